//! `missing-client-value`: a value that a PC lacks.

use adr_diagnostic::Finding;

/// A value that a PC lacks.
pub(crate) static MISSING_CLIENT_VALUE: Finding = Finding::error(
    "missing-client-value",
    "a PC lacks a value of the profile",
    include_str!("../pages/missing-client-value.md"),
);
