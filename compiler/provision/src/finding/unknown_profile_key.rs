//! `unknown-profile-key`: an unknown key.

use adr_diagnostic::Finding;

/// A key that a profile does not have.
pub(crate) static UNKNOWN_PROFILE_KEY: Finding = Finding::error(
    "unknown-profile-key",
    "a profile has a setting that adrc does not know",
    include_str!("../pages/unknown-profile-key.md"),
);
