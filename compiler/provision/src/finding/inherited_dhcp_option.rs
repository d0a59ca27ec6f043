//! `inherited-dhcp-option`: an option that a site lacks and inherits.

use adr_diagnostic::Finding;

/// An option of all PCs that holds at a site without a value of its own.
pub(crate) static INHERITED_DHCP_OPTION: Finding = Finding::warning(
    "inherited-dhcp-option",
    "a site inherits a DHCP option that it lacks",
    include_str!("../pages/inherited-dhcp-option.md"),
);
