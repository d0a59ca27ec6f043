//! `client-file-too-large`: a file above the limits.

use adr_diagnostic::Finding;

/// A file above the limits.
pub(crate) static CLIENT_FILE_TOO_LARGE: Finding = Finding::unreadable_input(
    "client-file-too-large",
    "a file of a PC is larger than adrc accepts",
    include_str!("../pages/client-file-too-large.md"),
);
