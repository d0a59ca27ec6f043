//! One HTTP request as a value: what the transport has to send.

use std::fmt;

/// What the transport sends, apart from host, credentials and cookies.
///
/// `Debug` shows the length of the body only, because the body of a login has a password.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The path on the node, with a leading slash.
    pub path: &'static str,
    /// Value of the header `Content-Type`.
    pub content_type: String,
    /// Value of the header `SOAPAction` with its quotes; `None` for forms.
    pub soap_action: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("path", &self.path)
            .field("soap_action", &self.soap_action)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
