//! The nodes that have just gone, whose client cores this server expects.

use std::collections::HashMap;

use adr_protocol::{NodeClients, NodeState};
use adr_server::KnownClients;
use adr_watcher::publication::Publication;

/// How often the cores of a node are asked for.
const ATTEMPTS: u32 = 3;

/// Which nodes are gone.
#[derive(Debug, Default)]
pub(super) struct Gone {
    /// The states of the other nodes, as they were heard of last.
    states: HashMap<String, NodeState>,
    /// Nodes that have gone and whose cores have yet to be read, and how often that failed.
    unread: HashMap<String, u32>,
}

impl Gone {
    /// Notes which nodes are gone now.
    pub(super) fn note(&mut self, nodes: &[NodeClients]) {
        for node in nodes {
            let before = self.states.insert(node.node.clone(), node.state);
            if node.state == NodeState::Up {
                self.unread.remove(&node.node);
            } else if before != Some(node.state) && node.clients.matching > 0 {
                self.unread.insert(node.node.clone(), 0);
            }
        }
        self.states.retain(|name, _| nodes.iter().any(|node| node.node == *name));
    }

    /// Reads the cores of one of the nodes that have gone: they are expected also when the report
    /// of the node is forgotten. `None` if there are none.
    pub(super) fn read_one(
        &mut self,
        publication: &dyn Publication,
        nodes: &[NodeClients],
    ) -> Option<KnownClients> {
        let name = self.unread.keys().next()?.clone();
        let failures = self.unread.remove(&name)?;
        let node = nodes.iter().find(|node| node.node == name)?;
        match publication.report_of(&name) {
            Ok(report) => {
                let node = NodeClients { clients: report?.clients, ..node.clone() };
                let known = KnownClients::of_node(&node);
                (!known.is_empty()).then_some(known)
            }
            Err(_) => {
                if failures + 1 < ATTEMPTS {
                    self.unread.insert(name, failures + 1);
                }
                None
            }
        }
    }
}
