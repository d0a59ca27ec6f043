//! `plain-value-ignored`: a plain value that a policy hides.

use adr_diagnostic::Finding;

/// A plain value that a policy hides.
pub(crate) static PLAIN_VALUE_IGNORED: Finding = Finding::warning(
    "plain-value-ignored",
    "a policy hides another value of the plain key",
    include_str!("../pages/plain-value-ignored.md"),
);
