//! `equal-servers`: a server that is listed twice.

use adr_diagnostic::Finding;

/// A server that is listed twice.
pub(crate) static EQUAL_SERVERS: Finding = Finding::warning(
    "equal-servers",
    "two servers of a role are equal",
    include_str!("../pages/equal-servers.md"),
);
