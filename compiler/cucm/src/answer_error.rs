//! Why an answer holds no result.

use crate::version::SchemaVersion;
use crate::xml::XmlError;

/// Why an HTTP answer holds no result of the operation.
///
/// Each variant asks for another reaction: log in again, wait, ask with another version or in
/// smaller pages, start the change queue over, or report. No variant may ever be read as "there
/// are no rules".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// HTTP 401: name or password is wrong. CUCM sends it as a page.
    #[error("CUCM rejects the user name or password (HTTP 401)")]
    Unauthorized {
        /// The title of the page; may be empty.
        title: String,
    },
    /// HTTP 403: the user lacks a role. CUCM sends it as a page.
    #[error("the user may not use this service (HTTP 403); check the user's roles")]
    Forbidden {
        /// The title of the page; may be empty.
        title: String,
    },
    /// HTTP 404: a stale session cookie, or the service is not activated. Log in again once.
    #[error("CUCM does not find this service (HTTP 404); the session may have expired")]
    NotFound,
    /// HTTP 300 to 399. Credentials are never sent to another place.
    #[error("CUCM redirects to another address (HTTP {status})")]
    Redirected {
        /// The HTTP status.
        status: u16,
    },
    /// HTTP 599: CUCM does not support this schema version.
    #[error("CUCM does not support this AXL version; it supports {}", list(supported))]
    UnsupportedVersion {
        /// The versions that the body names, newest first; may be empty and may contain the
        /// rejected one. See [`SchemaVersion::next`].
        supported: Vec<SchemaVersion>,
    },
    /// CUCM is overloaded: wait, then ask again.
    #[error("CUCM is busy: {0}")]
    Busy(BusyReason),
    /// The change queue was restarted (fault 5007): ask for a new baseline.
    #[error("CUCM restarted its change queue")]
    QueueRestarted,
    /// The result exceeds 8 MB: ask in pages.
    #[error("the result has {matched} rows, too many for one answer; ask in pages")]
    TooManyRows {
        /// Rows of the result; 0 if the fault does not say.
        matched: u64,
        /// Rows for which CUCM would answer; 0 if the fault does not say.
        suggested: u64,
    },
    /// Any other fault.
    #[error("CUCM reports {0}")]
    Fault(Fault),
    /// A page in place of an answer, for example of a proxy or a login.
    #[error("a web page came in place of an answer (HTTP {status}, title `{title}`)")]
    Html {
        /// The HTTP status.
        status: u16,
        /// The title of the page; may be empty.
        title: String,
    },
    /// Another HTTP status without a fault in the body.
    #[error("CUCM answers HTTP {status}")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// The body has parts or records, and they end in the middle, or do not fit each other.
    #[error("the attachment of the answer is cut or damaged")]
    DamagedAttachment,
    /// The body is not well-formed XML within the limits, for example because it was cut.
    #[error("the answer is not readable XML")]
    Malformed(#[source] XmlError),
    /// The answer belongs to another operation, or is not SOAP.
    #[error("the answer holds `{found}` where adrc expects `{expected}`")]
    Unexpected {
        /// The element that adrc expects.
        expected: String,
        /// The element that the answer holds.
        found: String,
    },
    /// An element that the result needs is absent.
    #[error("the answer has no usable `{element}`")]
    Missing {
        /// The element.
        element: &'static str,
    },
}

impl AnswerError {
    /// The error of HTTP 599 with this body.
    pub(crate) fn unsupported_version(body: &[u8]) -> Self {
        Self::UnsupportedVersion {
            supported: SchemaVersion::all_in(&String::from_utf8_lossy(body)),
        }
    }
}

/// Why CUCM answers nothing for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusyReason {
    /// HTTP 503.
    #[error("the service is unavailable (HTTP 503)")]
    Unavailable,
    /// "Maximum AXL Memory Allocation" in a fault: other AXL requests use the memory.
    #[error("AXL has used its memory")]
    Memory,
    /// "Exceeded allowed rate" in a fault: more requests per minute than the service allows.
    #[error("more requests per minute than CUCM allows")]
    Rate,
}

/// A SOAP fault that none of the other errors describes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// `faultstring`, shortened to 500 characters.
    pub text: String,
    /// `axlcode`, if the fault has one.
    pub axl_code: Option<i64>,
    /// `axlmessage`, shortened to 500 characters; empty if the fault has none.
    pub axl_message: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let message = if self.axl_message.is_empty() { &self.text } else { &self.axl_message };
        write!(f, "`{}`", message.escape_debug())?;
        match self.axl_code {
            Some(code) => write!(f, " (code {code})"),
            None => Ok(()),
        }
    }
}

fn list(versions: &[SchemaVersion]) -> String {
    match versions {
        [] => "others".to_owned(),
        _ => versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}
