//! Which nodes of a cluster serve files by TFTP.

use adr_cucm::axl::{ListProcessNodeService, tftp_nodes};
use adr_cucm_client::Node;

use super::error::DeployError;
use crate::connect::Connection;

/// The nodes with the service Cisco Tftp: those of the profile, else those that AXL lists.
///
/// # Errors
///
/// AXL does not answer, lists no such node, or one whose name is not a node.
pub(super) async fn nodes(connection: &Connection) -> Result<Vec<Node>, DeployError> {
    let configured = &connection.profile.tftp_nodes;
    if !configured.is_empty() {
        return Ok(unique(configured.clone()));
    }
    let services = connection.session.call(&ListProcessNodeService).await?;
    let names = tftp_nodes(&services);
    if names.is_empty() {
        return Err(DeployError::NoNodes { cluster: connection.name.clone() });
    }
    let node = |name: &str| {
        Node::new(name).map_err(|_| DeployError::InvalidNode { name: name.to_owned() })
    };
    Ok(unique(names.into_iter().map(node).collect::<Result<_, _>>()?))
}

/// Each node once, in order.
fn unique(nodes: Vec<Node>) -> Vec<Node> {
    let mut unique: Vec<Node> = Vec::with_capacity(nodes.len());
    for node in nodes {
        if !unique.contains(&node) {
            unique.push(node);
        }
    }
    unique
}
