//! `bad-registry-header`: a `.reg` file without header.

use adr_diagnostic::Finding;

/// A `.reg` file without header.
pub(crate) static BAD_REGISTRY_HEADER: Finding = Finding::unreadable_input(
    "bad-registry-header",
    "a `.reg` file does not begin with its header",
    include_str!("../pages/bad-registry-header.md"),
);
