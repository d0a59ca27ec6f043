//! `invalid-server`: a text that cannot name a server.

use adr_diagnostic::Finding;

/// A text that cannot name a server.
pub(crate) static INVALID_SERVER: Finding = Finding::error(
    "invalid-server",
    "a server is neither a host nor an address",
    include_str!("../pages/invalid-server.md"),
);
