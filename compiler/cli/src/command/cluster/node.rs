//! The nodes of a cluster, as their reports describe them. Plain values, no sockets.

use std::time::Duration;

use adr_watcher::publication::NodeReport;
use adr_watcher::publish::Base;
use serde::Serialize;

/// How far a node is with the current generation of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum NodeState {
    /// It serves the current generation.
    Current,
    /// It serves an older one, or none.
    Behind,
    /// It serves a generation that the cluster does not have: the same number with other content,
    /// or a later one.
    Other,
    /// It has not reported for [`NodeReport::DOWN_AFTER`].
    Down,
    /// It was stopped as planned.
    Stopped,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Node {
    pub(super) node: String,
    pub(super) state: NodeState,
    /// What it serves; 0 for nothing.
    pub(super) generation: u64,
    /// How many generations it is behind the current one.
    pub(super) lag: u64,
    /// The version of adrc.
    pub(super) version: String,
    /// The client cores that it knows.
    pub(super) cores: usize,
    /// Those that run the generation that it serves.
    pub(super) current_cores: usize,
    /// Seconds since its last report, by the clocks of NATS or of the node and of this machine.
    pub(super) seen_seconds: u64,
}

impl NodeState {
    /// The word for people and programs.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Behind => "behind",
            Self::Other => "other",
            Self::Down => "down",
            Self::Stopped => "stopped",
        }
    }
}

impl Node {
    /// A node by its report, for what is current in the cluster, at the time `now` in seconds since
    /// 1970. `stored` is when NATS got the report: the clock of the node does not matter then.
    pub(super) fn of(
        report: &NodeReport,
        stored: Option<u64>,
        current: Option<&Base>,
        now: u64,
    ) -> Self {
        let clients = &report.clients;
        let newest = current.map_or(0, |current| current.generation);
        let seen_seconds = now.saturating_sub(stored.unwrap_or(report.reported));
        let served = (clients.generation > 0)
            .then(|| Base { generation: clients.generation, sha256: clients.sha256.clone() });
        let state = if report.has_ended {
            NodeState::Stopped
        } else if Duration::from_secs(seen_seconds) > NodeReport::DOWN_AFTER {
            NodeState::Down
        } else if served.as_ref() == current {
            NodeState::Current
        } else if clients.generation < newest {
            NodeState::Behind
        } else {
            NodeState::Other
        };
        Self {
            node: report.node.clone(),
            state,
            generation: clients.generation,
            lag: newest.saturating_sub(clients.generation),
            version: report.tool.clone(),
            cores: clients.clients,
            current_cores: clients.current,
            seen_seconds,
        }
    }
}

#[cfg(test)]
mod tests {
    use adr_protocol::Clients;

    use super::*;

    fn base(generation: u64, sha256: &str) -> Base {
        Base { generation, sha256: sha256.to_owned() }
    }

    fn report(generation: u64, sha256: &str, reported: u64) -> NodeReport {
        let clients = Clients { generation, sha256: sha256.to_owned(), ..Clients::default() };
        NodeReport {
            format_version: NodeReport::FORMAT_VERSION,
            node: "tftp1".to_owned(),
            tool: "0.1.0".to_owned(),
            reported,
            has_ended: false,
            clients,
        }
    }

    #[test]
    fn state_compares_number_and_sha256() {
        let current = base(7, "aa");
        for (served, sha256, state, lag) in [
            (7, "aa", NodeState::Current, 0),
            (7, "bb", NodeState::Other, 0),
            (8, "aa", NodeState::Other, 0),
            (5, "aa", NodeState::Behind, 2),
            (0, "", NodeState::Behind, 7),
        ] {
            let node = Node::of(&report(served, sha256, 100), None, Some(&current), 101);
            assert_eq!((node.state, node.lag), (state, lag), "{served} {sha256}");
        }
    }

    #[test]
    fn node_without_a_generation_is_current_in_an_empty_cluster() {
        assert_eq!(Node::of(&report(0, "", 100), None, None, 100).state, NodeState::Current);
        assert_eq!(Node::of(&report(1, "aa", 100), None, None, 100).state, NodeState::Other);
    }

    #[test]
    fn silent_node_is_down_and_a_clock_ahead_is_not() {
        let current = base(7, "aa");
        let of = |reported, now| Node::of(&report(7, "aa", reported), None, Some(&current), now);
        assert_eq!((of(100, 115).state, of(100, 116).state), (NodeState::Current, NodeState::Down));
        assert_eq!((of(200, 100).state, of(200, 100).seen_seconds), (NodeState::Current, 0));
        let ended = NodeReport { has_ended: true, ..report(7, "aa", 100) };
        assert_eq!(Node::of(&ended, None, Some(&current), 900).state, NodeState::Stopped);
    }

    #[test]
    fn clock_of_a_node_does_not_matter_where_nats_knows_the_time_of_its_report() {
        let current = base(7, "aa");
        for (reported, stored, state, seen) in [
            (1000, 5000, NodeState::Current, 7),
            (9000, 5000, NodeState::Current, 7),
            (9000, 4900, NodeState::Down, 107),
        ] {
            let node = Node::of(&report(7, "aa", reported), Some(stored), Some(&current), 5007);
            assert_eq!((node.state, node.seen_seconds), (state, seen), "{reported} {stored}");
        }
    }
}
