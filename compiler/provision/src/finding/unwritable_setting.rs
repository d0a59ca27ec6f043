//! `unwritable-setting`: a file that cannot be written.

use adr_diagnostic::Finding;

/// A file that cannot be written.
pub(crate) static UNWRITABLE_SETTING: Finding = Finding::error(
    "unwritable-setting",
    "a format cannot hold a setting",
    include_str!("../pages/unwritable-setting.md"),
);
