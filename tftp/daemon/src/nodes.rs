//! One node of several that share a sequence of generations.

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
