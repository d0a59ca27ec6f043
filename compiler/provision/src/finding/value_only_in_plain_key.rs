//! `value-only-in-plain-key`: a value that only the plain key has.

use adr_diagnostic::Finding;

/// A value that only the plain key has.
pub(crate) static VALUE_ONLY_IN_PLAIN_KEY: Finding = Finding::warning(
    "value-only-in-plain-key",
    "a value is in the plain key only, beside a Policies key",
    include_str!("../pages/value-only-in-plain-key.md"),
);
