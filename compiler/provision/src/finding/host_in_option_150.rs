//! `host-in-option-150`: a host name in a list of addresses.

use adr_diagnostic::Finding;

/// A host name among the addresses of option 150.
pub(crate) static HOST_IN_OPTION_150: Finding = Finding::warning(
    "host-in-option-150",
    "option 150 cannot hold a host name",
    include_str!("../pages/host-in-option-150.md"),
);
