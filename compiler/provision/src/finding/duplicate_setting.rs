//! `duplicate-setting`: names that are equal in the registry.

use adr_diagnostic::Finding;

/// Two names that differ in case only.
pub(crate) static DUPLICATE_SETTING: Finding = Finding::error(
    "duplicate-setting",
    "a setting, name or site is there twice",
    include_str!("../pages/duplicate-setting.md"),
);
