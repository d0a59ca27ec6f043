//! `bad-bootstrap-line`: a bad line of the bootstrap file.

use adr_diagnostic::Finding;

/// A bad line of the bootstrap file.
pub(crate) static BAD_BOOTSTRAP_LINE: Finding = Finding::error(
    "bad-bootstrap-line",
    "a line of the bootstrap file is not `Name: value`",
    include_str!("../pages/bad-bootstrap-line.md"),
);
