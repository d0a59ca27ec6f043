//! `tftp-addresses-differ`: different TFTP servers in two places.

use adr_diagnostic::Finding;

/// Different TFTP servers in two places.
pub(crate) static TFTP_ADDRESSES_DIFFER: Finding = Finding::warning(
    "tftp-addresses-differ",
    "two places name different TFTP servers",
    include_str!("../pages/tftp-addresses-differ.md"),
);
