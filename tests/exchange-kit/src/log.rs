//! The requests that came, without passwords.

/// A request in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// HTTP method.
    pub method: String,
    /// Path without query, in lower case.
    pub path: String,
    /// Operation of EWS, such as `GetFolder`; empty for other requests.
    pub operation: String,
    /// Scheme of `Authorization` in lower case, such as `basic`; `None` without credentials.
    pub scheme: Option<String>,
    /// User of HTTP Basic, in the form in which the client wrote it.
    pub user: Option<String>,
    /// Address of the user whom the account impersonates.
    pub impersonated: Option<String>,
    /// Number of bytes of the body.
    pub body_bytes: usize,
    /// Status of the answer; `None` if a fault left the request unanswered.
    pub status: Option<u16>,
}

impl LogEntry {
    /// Whether the operation changes something in a mailbox: whatever neither gets, finds,
    /// resolves, converts, expands nor looks up.
    #[must_use]
    pub fn is_write(&self) -> bool {
        const READING: [&str; 6] = ["Get", "Find", "Resolve", "Convert", "Expand", "Sync"];
        !self.operation.is_empty() && !READING.iter().any(|verb| self.operation.starts_with(verb))
    }
}
