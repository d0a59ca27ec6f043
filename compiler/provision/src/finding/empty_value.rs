//! `empty-value`: an empty value.

use adr_diagnostic::Finding;

/// An empty value.
pub(crate) static EMPTY_VALUE: Finding = Finding::warning(
    "empty-value",
    "a value that a client uses is empty",
    include_str!("../pages/empty-value.md"),
);
