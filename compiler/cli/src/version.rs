//! The version of adrc, of the tree that it was built from, and of the formats that it speaks.

use adr_client::control::message::PROTOCOL_VERSION;
use adr_cucm::SchemaVersion;

/// The version in `adrc -V`, in manifests and in SARIF.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What `adrc --version` prints after the name: the version, then one `name: value` on each line.
///
/// ```text
/// adrc 0.1.0
/// commit: 488dbc16aa34 of 2026-11-30
/// compiler: rustc 1.95.0 (59807616e 2026-04-14)
/// manifest: 1
/// ```
pub(crate) fn long() -> String {
    format!(
        "{VERSION}
commit: {}
compiler: {}
manifest: {}
JSON documents: {}
control socket: {PROTOCOL_VERSION}
clients of a server: {}
AXL of CUCM: {} to {}
names of client settings: {}",
        env!("ADRC_BUILT_FROM"),
        env!("ADRC_BUILT_BY"),
        adr_bundle::FORMAT_VERSION,
        adr_diagnostic::render::FORMAT_VERSION,
        adr_protocol::CLIENTS_VERSION,
        SchemaVersion::OLDEST,
        SchemaVersion::NEWEST,
        adr_provision::NAMES_VERSION,
    )
}
