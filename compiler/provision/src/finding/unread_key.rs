//! `unread-key`: a key that clients do not read.

use adr_diagnostic::Finding;

/// A key that clients do not read.
pub(crate) static UNREAD_KEY: Finding = Finding::warning(
    "unread-key",
    "values are in a key that clients do not read",
    include_str!("../pages/unread-key.md"),
);
