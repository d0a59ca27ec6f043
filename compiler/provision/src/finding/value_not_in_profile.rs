//! `value-not-in-profile`: a value that is not in the profile.

use adr_diagnostic::Finding;

/// A value that is not in the profile.
pub(crate) static VALUE_NOT_IN_PROFILE: Finding = Finding::warning(
    "value-not-in-profile",
    "a PC has a value that the profile does not have",
    include_str!("../pages/value-not-in-profile.md"),
);
