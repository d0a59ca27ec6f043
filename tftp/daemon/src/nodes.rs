//! One node of several that share a sequence of generations.
//!
//! ```text
//!  publication ──watch──▶ follow (thread `nodes`) ──Event::FolderChanged──▶ worker: brings the
//!       │                                                                   folder up to date
//!       └──reports──▶ reports (thread `reports`) ──▶ Announcer: the client cores of all nodes
//! ```

pub(crate) mod follow;
pub(crate) mod heard;
pub(crate) mod member;
pub(crate) mod status;

use std::sync::Arc;

use adr_bundle::signature::PublicKey;
use adr_watcher::publication::Publication;

/// What a daemon needs to be one node of a cluster.
///
/// The daemon publishes through the publication, installs what other nodes publish into its own
/// published folder, and tells the other nodes about its client cores.
#[derive(Clone, Debug)]
pub struct Nodes {
    /// The sequence of generations that all nodes share.
    pub publication: Arc<dyn Publication>,
    /// The key that must have signed every generation of the publication; `None` if none must.
    pub key: Option<PublicKey>,
    /// The name of this node, see [`adr_watcher::publication::is_node_name`]. Every node has
    /// another one.
    pub node: String,
}

#[cfg(test)]
mod tests;
