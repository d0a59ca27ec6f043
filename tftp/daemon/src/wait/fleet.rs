//! The client cores of all servers together, and how far they are. Plain values, no sockets.

use std::collections::HashMap;

use adr_protocol::{ClientRow, ClientState, Clients, NodeState};
use adr_watcher::publish::Base;

/// What a server answered about its cores, and about those of the other nodes of its cluster.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// What messages call the server: the address of its admin port.
    pub(super) server: String,
    /// Its sums. The rows are those of all cores if there are several servers, else at least the
    /// first ones that do not run what it serves.
    pub(super) clients: Clients,
}

/// How far the cores are with a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// All of them run it.
    Done,
    /// Some of them do not run it yet, or none is known yet.
    Pending,
    /// All of them run it or refuse it for a reason that lasts.
    Refused,
}

/// A server that serves another generation than the one that was published.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Elsewhere {
    pub(super) server: String,
    /// What it serves.
    pub(super) generation: u64,
}

/// The cores of all servers, each counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fleet {
    /// The servers that were asked.
    pub(super) servers: Vec<String>,
    /// How many nodes answered or report; 0 if the servers know no other nodes.
    pub(super) nodes: usize,
    /// Nodes that do not report: their names, and for how many seconds. Their cores count where
    /// they are now, and are missing until then.
    pub(super) silent: Vec<(String, u64)>,
    /// Why cores of other nodes may be missing in the answers, a sentence each.
    pub(super) problems: Vec<String>,
    /// Servers that serve something else. Their cores count nevertheless.
    pub(super) elsewhere: Vec<Elsewhere>,
    /// Cores that run the generation.
    pub(super) current: usize,
    /// Cores that do not.
    pub(super) missing: usize,
    /// The first of these by name, with what their server knows about them.
    pub(super) missing_rows: Vec<ClientRow>,
    /// Cores that are gone, and do not count.
    pub(super) disconnected: usize,
    /// How many of `missing` refuse the generation for a reason that lasts.
    refusing: usize,
}

impl Fleet {
    /// The cores of these servers, and how far they are with the generation `base`.
    pub(super) fn of(answers: &[Answer], base: &Base) -> Self {
        let mut fleet = match answers {
            [answer] => Self::of_one(&answer.clients),
            answers => Self::merged(answers),
        };
        fleet.servers = answers.iter().map(|answer| answer.server.clone()).collect();
        fleet.elsewhere = elsewhere(answers, base);
        fleet.note_nodes(answers);
        let refuses = |row: &&ClientRow| is_lasting_refusal(row, base);
        fleet.refusing = fleet.missing_rows.iter().filter(refuses).count();
        fleet
    }

    /// Notes which nodes report, and which do not.
    fn note_nodes(&mut self, answers: &[Answer]) {
        let mut up: Vec<&str> = Vec::new();
        let mut down: Vec<(&str, u64)> = Vec::new();
        for node in answers.iter().flat_map(|answer| &answer.clients.nodes) {
            match node.state {
                NodeState::Up => up.push(&node.node),
                NodeState::Down => down.push((&node.node, node.reported_seconds)),
                NodeState::Ended => {}
            }
        }
        up.sort_unstable();
        up.dedup();
        down.sort_unstable();
        down.dedup_by_key(|(node, _)| *node);
        down.retain(|(node, _)| !up.contains(node));
        self.nodes = up.len();
        self.silent = down.into_iter().map(|(node, since)| (node.to_owned(), since)).collect();
        let problems = answers.iter().filter(|answer| !answer.clients.nodes_problem.is_empty());
        let problems = problems.map(|Answer { server, clients }| {
            format!("{server} does not hear of all nodes: {}", clients.nodes_problem)
        });
        self.problems = problems.collect();
    }

    /// The cores of a server that lists only the missing ones.
    fn of_one(clients: &Clients) -> Self {
        let is_missing = |row: &&ClientRow| ClientState::MISSING.contains(&row.state);
        Self {
            current: clients.current,
            missing: clients.clients.saturating_sub(clients.current) + clients.expected,
            missing_rows: clients.rows.iter().filter(is_missing).cloned().collect(),
            disconnected: clients.disconnected,
            ..Self::default()
        }
    }

    /// The cores of several servers that list all of them. A core that several servers know follows
    /// the one to which it is connected, or that heard of it last.
    fn merged(answers: &[Answer]) -> Self {
        let mut latest: HashMap<&str, &ClientRow> = HashMap::new();
        for row in answers.iter().flat_map(|answer| &answer.clients.rows) {
            let known = latest.entry(&row.client).or_insert(row);
            if row.precedence() > known.precedence() {
                *known = row;
            }
        }
        let mut fleet = Self::default();
        for row in latest.into_values() {
            match row.state {
                ClientState::Current => fleet.current += 1,
                ClientState::Disconnected => fleet.disconnected += 1,
                ClientState::Behind | ClientState::Refused | ClientState::Expected => {
                    fleet.missing += 1;
                    fleet.missing_rows.push(row.clone());
                }
            }
        }
        fleet.missing_rows.sort_unstable_by(|one, other| one.client.cmp(&other.client));
        fleet
    }

    /// How many cores count.
    pub(super) fn total(&self) -> usize {
        self.current + self.missing
    }

    /// How far the cores are. Without any core, that is success only if `allows_none`.
    pub(super) fn progress(&self, allows_none: bool) -> Progress {
        if !self.elsewhere.is_empty() || !self.problems.is_empty() {
            return Progress::Pending;
        }
        match (self.current, self.missing) {
            (0, 0) if !allows_none => Progress::Pending,
            (_, 0) => Progress::Done,
            (_, missing) if self.refusing == missing => Progress::Refused,
            _ => Progress::Pending,
        }
    }
}

/// The servers, and the nodes that they know, which serve another generation.
fn elsewhere(answers: &[Answer], base: &Base) -> Vec<Elsewhere> {
    let mut found: Vec<Elsewhere> = Vec::new();
    for Answer { server, clients } in answers {
        let is_same = clients.generation == base.generation && clients.sha256 == base.sha256;
        if !is_same {
            found.push(Elsewhere { server: server.clone(), generation: clients.generation });
            // it compares other nodes with what it serves itself
            continue;
        }
        let up = clients.nodes.iter().filter(|node| node.state == NodeState::Up);
        let others = up.filter(|node| !node.serves(base.generation, &base.sha256));
        found.extend(others.map(|node| Elsewhere {
            server: format!("node {}", node.node),
            generation: node.generation,
        }));
    }
    found.sort_unstable();
    found.dedup_by(|one, other| one.server == other.server);
    found
}

/// Whether a core rejected this generation or a later one, and will not try again.
fn is_lasting_refusal(row: &ClientRow, base: &Base) -> bool {
    row.state == ClientState::Refused
        && row.refusal.as_ref().is_some_and(|refusal| {
            refusal.generation >= base.generation && refusal.reason.is_lasting()
        })
}

#[cfg(test)]
pub(super) mod tests;
