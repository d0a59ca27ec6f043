//! `invalid-profile-value`: a value of the wrong type or form.

use adr_diagnostic::Finding;

/// A value of the wrong type or form.
pub(crate) static INVALID_PROFILE_VALUE: Finding = Finding::error(
    "invalid-profile-value",
    "a setting of a profile has a wrong value",
    include_str!("../pages/invalid-profile-value.md"),
);
