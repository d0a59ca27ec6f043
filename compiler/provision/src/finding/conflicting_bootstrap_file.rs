//! `conflicting-bootstrap-file`: other values in the bootstrap file than in the configuration.

use adr_diagnostic::Finding;

/// Other values in the bootstrap file than in the configuration.
pub(crate) static CONFLICTING_BOOTSTRAP_FILE: Finding = Finding::warning(
    "conflicting-bootstrap-file",
    "the bootstrap file and a configuration file have different values",
    include_str!("../pages/conflicting-bootstrap-file.md"),
);
