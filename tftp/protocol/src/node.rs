//! One node of several, as an answer about client cores names it.

use serde::{Deserialize, Serialize};

use crate::clients::Clients;

/// Whether a node answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeState {
    /// It has reported lately.
    Up,
    /// It has ended as planned. Its cores are expected at other nodes.
    Ended,
    /// It has not reported for long. Its cores are expected back, here or at other nodes. Also any
    /// word that this version does not know.
    #[serde(other)]
    Down,
}

impl NodeState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Up, Self::Ended, Self::Down];

    /// The word in JSON and in metrics.
    ///
    /// ```
    /// assert_eq!(adr_protocol::NodeState::Ended.word(), "ended");
    /// ```
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Ended => "ended",
            Self::Down => "down",
        }
    }
}

/// A node whose client cores are part of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeSummary {
    /// Its name.
    pub node: String,
    /// Whether it answers.
    pub state: NodeState,
    /// The generation that it serves according to its last report; 0 for none.
    pub generation: u64,
    /// SHA-256 of the manifest of that generation, lower-case hexadecimal; empty for none.
    pub sha256: String,
    /// The client cores that followed it at that time.
    pub clients: usize,
    /// Seconds since its last report; 0 for the node that answers.
    pub reported_seconds: u64,
    /// Its version of adrc; empty if unknown.
    #[serde(default)]
    pub version: String,
}

impl NodeSummary {
    /// Whether it serves this generation: number and SHA-256 are the same.
    #[must_use]
    pub fn serves(&self, generation: u64, sha256: &str) -> bool {
        self.generation == generation && self.sha256 == sha256
    }
}

/// The last report of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeClients {
    /// Its name.
    pub node: String,
    /// Whether it answers.
    pub state: NodeState,
    /// Seconds since the report.
    pub age_seconds: u64,
    /// Its version of adrc; may be empty.
    pub version: String,
    /// What it serves, and its client cores with a row for each. With fewer rows than
    /// [`Clients::matching`], the others are missing.
    pub clients: Clients,
}

impl NodeClients {
    /// The node without its cores.
    #[must_use]
    pub fn summary(&self) -> NodeSummary {
        NodeSummary {
            node: self.node.clone(),
            state: self.state,
            generation: self.clients.generation,
            sha256: self.clients.sha256.clone(),
            clients: self.clients.clients,
            reported_seconds: self.age_seconds,
            version: self.version.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_reads_back_from_its_word() {
        for state in NodeState::ALL {
            let json = serde_json::to_string(&state).unwrap();
            assert_eq!(json, format!("\"{}\"", state.word()));
            assert_eq!(serde_json::from_str::<NodeState>(&json).unwrap(), state);
        }
        let later: NodeState = serde_json::from_str("\"asleep\"").unwrap();
        assert_eq!(later, NodeState::Down, "an unknown state is not success");
    }
}
