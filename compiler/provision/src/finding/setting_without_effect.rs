//! `setting-without-effect`: a setting that no file has.

use adr_diagnostic::Finding;

/// A setting that no file has.
pub(crate) static SETTING_WITHOUT_EFFECT: Finding = Finding::warning(
    "setting-without-effect",
    "no file has a setting of the profile",
    include_str!("../pages/setting-without-effect.md"),
);
