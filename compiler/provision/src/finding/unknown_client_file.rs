//! `unknown-client-file`: a file of an unknown kind.

use adr_diagnostic::Finding;

/// A file of an unknown kind.
pub(crate) static UNKNOWN_CLIENT_FILE: Finding = Finding::unreadable_input(
    "unknown-client-file",
    "a file is none of those that a PC has for the client",
    include_str!("../pages/unknown-client-file.md"),
);
