//! `stale-bootstrap-file`: an old bootstrap file.

use adr_diagnostic::Finding;

/// An old bootstrap file.
pub(crate) static STALE_BOOTSTRAP_FILE: Finding = Finding::error(
    "stale-bootstrap-file",
    "the bootstrap file is not that of the profile",
    include_str!("../pages/stale-bootstrap-file.md"),
);
