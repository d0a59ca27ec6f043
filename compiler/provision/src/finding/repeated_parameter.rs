//! `repeated-parameter`: a parameter that is set twice.

use adr_diagnostic::Finding;

/// A parameter that is set twice.
pub(crate) static REPEATED_PARAMETER: Finding = Finding::warning(
    "repeated-parameter",
    "a file sets a parameter twice",
    include_str!("../pages/repeated-parameter.md"),
);
