//! Protocols by which files are served, and how requests end.

use std::fmt;

/// A protocol by which files are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// TFTP, port 69.
    Tftp,
    /// HTTP, port 6970.
    Http,
    /// HTTPS, port 6972.
    Https,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The client received the file, or the part it asked for.
    Complete,
    /// The client already has the file (HTTP 304).
    NotModified,
    /// The client disconnected, or no longer acknowledges.
    Unanswered,
    /// The client ended the TFTP transfer with an error packet, for example after it asked for the
    /// size of the file.
    Aborted,
    /// The file does not exist.
    Missing,
    /// The request is not permitted: a path outside the tree, a write, or a denied name.
    Refused,
    /// A limit was reached, or the server is shutting down.
    Busy,
    /// The source of the file failed during the transfer.
    Failed,
}

impl Protocol {
    /// All protocols.
    pub const ALL: [Self; 3] = [Self::Tftp, Self::Http, Self::Https];

    /// The name in logs and metrics: one lower-case word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Tftp => "tftp",
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 8] = [
        Self::Complete,
        Self::NotModified,
        Self::Unanswered,
        Self::Aborted,
        Self::Missing,
        Self::Refused,
        Self::Busy,
        Self::Failed,
    ];

    /// The name in logs and metrics: lower-case words joined by `_`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::NotModified => "not_modified",
            Self::Unanswered => "unanswered",
            Self::Aborted => "aborted",
            Self::Missing => "missing",
            Self::Refused => "refused",
            Self::Busy => "busy",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
