//! The requests that came, without passwords.

/// A request in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Name of the node.
    pub node: String,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// SOAP operation, or the last part of the path.
    pub operation: String,
    /// User of HTTP Basic or of a session; `None` if the request names neither.
    pub user: Option<String>,
    /// Whether the request carried a password.
    pub with_password: bool,
    /// Number of bytes of the body.
    pub body_bytes: usize,
    /// Status of the answer; `None` if a fault left the request unanswered.
    pub status: Option<u16>,
}
