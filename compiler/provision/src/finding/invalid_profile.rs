//! `invalid-profile`: a profile that is not TOML.

use adr_diagnostic::Finding;

/// A profile that is not TOML.
pub(crate) static INVALID_PROFILE: Finding = Finding::error(
    "invalid-profile",
    "a profile is not TOML",
    include_str!("../pages/invalid-profile.md"),
);
