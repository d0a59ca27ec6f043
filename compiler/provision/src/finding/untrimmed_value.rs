//! `untrimmed-value`: a value with spaces around it.

use adr_diagnostic::Finding;

/// A value with spaces around it.
pub(crate) static UNTRIMMED_VALUE: Finding = Finding::warning(
    "untrimmed-value",
    "a value begins or ends with spaces",
    include_str!("../pages/untrimmed-value.md"),
);
