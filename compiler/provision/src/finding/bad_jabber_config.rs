//! `bad-jabber-config`: a damaged configuration file.

use adr_diagnostic::Finding;

/// A damaged configuration file.
pub(crate) static BAD_JABBER_CONFIG: Finding = Finding::error(
    "bad-jabber-config",
    "a configuration file of Jabber is damaged",
    include_str!("../pages/bad-jabber-config.md"),
);
