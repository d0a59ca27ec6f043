//! `unverified-name`: a name that no document confirms.

use adr_diagnostic::Finding;

/// A name that no document confirms.
pub(crate) static UNVERIFIED_NAME: Finding = Finding::warning(
    "unverified-name",
    "a setting has a name that no document confirms",
    include_str!("../pages/unverified-name.md"),
);
