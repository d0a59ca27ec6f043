//! `two-tftp-addresses`: two TFTP servers in phone mode.

use adr_diagnostic::Finding;

/// Two TFTP servers in phone mode.
pub(crate) static TWO_TFTP_ADDRESSES: Finding = Finding::note(
    "two-tftp-addresses",
    "phone mode has two TFTP servers",
    include_str!("../pages/two-tftp-addresses.md"),
);
