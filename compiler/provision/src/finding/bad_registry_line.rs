//! `bad-registry-line`: a line that regedit skips.

use adr_diagnostic::Finding;

/// A line that regedit skips.
pub(crate) static BAD_REGISTRY_LINE: Finding = Finding::error(
    "bad-registry-line",
    "regedit skips a line of a `.reg` file",
    include_str!("../pages/bad-registry-line.md"),
);
