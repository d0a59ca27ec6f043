//! What a node says about itself.

use std::time::Duration;

use adr_protocol::Clients;
use serde::{Deserialize, Serialize};

/// What a node says about itself and its client cores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeReport {
    /// [`NodeReport::FORMAT_VERSION`].
    pub format_version: u32,
    /// The node's name, see [`is_node_name`].
    pub node: String,
    /// The version of adrc that runs there.
    pub tool: String,
    /// When the node reported, in seconds since 1970 by its own clock.
    pub reported: u64,
    /// Whether the node has ended as planned; its cores are expected at other nodes.
    #[serde(default)]
    pub has_ended: bool,
    /// What it serves, and its client cores with a row for each. Generation 0 if it serves nothing.
    pub clients: Clients,
}

impl NodeReport {
    /// The version of the format.
    pub const FORMAT_VERSION: u32 = 1;

    /// How long a report is kept after the node's last word: as long as a core is expected back.
    pub const LIFETIME: Duration = Duration::from_secs(15 * 60);

    /// How often a node reports at least.
    pub const INTERVAL: Duration = Duration::from_secs(5);

    /// A node without a word for this long counts as down.
    pub const DOWN_AFTER: Duration = Duration::from_secs(15);
}

/// Whether a node may have this name: 1 to 63 characters of `0-9 a-z -`, not at an edge, as in a
/// host name.
///
/// ```
/// use adr_watcher::publication::is_node_name;
///
/// assert!(is_node_name("tftp1"));
/// assert!(!is_node_name("-tftp1") && !is_node_name("TFTP1") && !is_node_name("a.b"));
/// ```
#[must_use]
pub fn is_node_name(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&name.len())
        && name.bytes().all(is_inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}
