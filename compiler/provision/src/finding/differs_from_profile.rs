//! `differs-from-profile`: a value that differs from the profile.

use adr_diagnostic::Finding;

/// A value that differs from the profile.
pub(crate) static DIFFERS_FROM_PROFILE: Finding = Finding::error(
    "differs-from-profile",
    "a value of a PC differs from the profile",
    include_str!("../pages/differs-from-profile.md"),
);
