//! One HTTP request as a value: what the transport has to send.

/// What the transport sends, apart from host, credentials and cookies.
#[derive(Clone, Debug, PartialEq, Eq)]
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
