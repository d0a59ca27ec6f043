//! `empty-profile`: a profile without a setting.

use adr_diagnostic::Finding;

/// A profile without a setting.
pub(crate) static EMPTY_PROFILE: Finding = Finding::warning(
    "empty-profile",
    "a profile sets nothing",
    include_str!("../pages/empty-profile.md"),
);
