//! The client cores of several nodes together, each counted once.

use std::collections::{BTreeMap, HashMap};

use crate::client_row::{ClientRow, ClientState};
use crate::clients::{CLIENTS_VERSION, ClientRefusal, Clients, GenerationCount};
use crate::node::{NodeClients, NodeState};

/// How long a core whose node is gone is expected at another one, in seconds. A core that lost its
/// server often in a row tries again after at most seven and a half minutes.
const RETURN_SECONDS: u64 = 15 * 60;

/// Most nodes that a phrase names.
const MAX_NAMED: usize = 3;

/// Most refusals, and most generations, in an answer.
pub const MAX_LISTED: usize = 100;

/// The client cores of these nodes together, compared with a generation: its number, and the
/// SHA-256 of its manifest.
///
/// A core that several nodes know follows the one to which it is connected, or that heard of it
/// last. The cores of a node that is down or has ended are [expected](ClientState::Expected) for a
/// quarter of an hour. The result has a row for each core, sorted by name, with the name of its
/// node, and a summary of each node in their order. `nodes_problem` names the nodes that know more
/// cores than they have rows.
///
/// ```
/// use adr_protocol::{Clients, NodeClients, NodeState, merged};
///
/// let node = |name: &str, generation| NodeClients {
///     node: name.to_owned(),
///     state: NodeState::Up,
///     age_seconds: 0,
///     version: String::new(),
///     clients: Clients { generation, sha256: "ab".to_owned(), ..Clients::default() },
/// };
/// let all = merged((7, "ab"), &[node("tftp1", 7), node("tftp2", 6)]);
/// assert_eq!((all.generation, all.clients, all.nodes.len()), (7, 0, 2));
/// assert!(!all.nodes[1].serves(7, "ab"));
/// ```
#[must_use]
pub fn merged<'n>(
    served: (u64, &str),
    nodes: impl IntoIterator<Item = &'n NodeClients, IntoIter: Clone>,
) -> Clients {
    let nodes = nodes.into_iter();
    let mut latest: HashMap<&str, ClientRow> = HashMap::new();
    for node in nodes.clone() {
        for reported in &node.clients.rows {
            let row = seen_from_outside(reported, node, served);
            let is_newer = match latest.get(&*reported.client) {
                None => true,
                // of two nodes that expect it, the one that knows why comes later
                Some(known) if row.state == ClientState::Expected => {
                    row.precedence() >= known.precedence()
                }
                Some(known) => row.precedence() > known.precedence(),
            };
            if is_newer {
                latest.insert(&reported.client, row);
            }
        }
    }
    let mut rows: Vec<ClientRow> = latest.into_values().collect();
    rows.sort_unstable_by(|one, other| one.client.cmp(&other.client));
    let up = nodes.clone().filter(|node| node.state == NodeState::Up);
    Clients {
        format_version: CLIENTS_VERSION,
        generation: served.0,
        sha256: served.1.to_owned(),
        listeners: up.fold(0, |all, node| all.saturating_add(node.clients.listeners)),
        matching: rows.len(),
        nodes_problem: missing_rows(nodes.clone()),
        nodes: nodes.map(NodeClients::summary).collect(),
        ..sums(&rows)
    }
    .with_rows(rows)
}

/// A row of a node, as it is now and compared with the generation `served`.
fn seen_from_outside(row: &ClientRow, node: &NodeClients, served: (u64, &str)) -> ClientRow {
    let last_seen_seconds = row.last_seen_seconds.saturating_add(node.age_seconds);
    let mut row = ClientRow { last_seen_seconds, node: node.node.clone(), ..row.clone() };
    let is_connected = !matches!(row.state, ClientState::Expected | ClientState::Disconnected);
    if is_connected && node.state != NodeState::Up {
        (row.state, row.reason) = match node.age_seconds < RETURN_SECONDS {
            true => (ClientState::Expected, format!("{}; expected back", absence(node))),
            false => (ClientState::Disconnected, format!("disconnected: {}", absence(node))),
        };
    } else if is_connected {
        row.compare_with(served);
    }
    row
}

/// Which nodes know more cores than they have rows, a phrase; empty if none does. Such cores do not
/// count, whatever they run.
fn missing_rows<'n>(nodes: impl Iterator<Item = &'n NodeClients>) -> String {
    let counts =
        |node: &&NodeClients| node.state == NodeState::Up || node.age_seconds < RETURN_SECONDS;
    let phrase = |node: &NodeClients| {
        let (listed, known) = (node.clients.rows.len(), node.clients.matching);
        let phrase = || format!("node {} lists {listed} of {known} client cores", node.node);
        (listed < known).then(phrase)
    };
    let phrases: Vec<String> = nodes.filter(counts).filter_map(phrase).take(MAX_NAMED).collect();
    phrases.join(", ")
}

/// Why the cores of a node are expected at another one.
fn absence(node: &NodeClients) -> String {
    match node.state {
        NodeState::Ended => format!("its node {} has ended", node.node),
        _ => format!("its node {} does not report", node.node),
    }
}

/// The sums of these rows.
fn sums(rows: &[ClientRow]) -> Clients {
    let mut sums = Clients::default();
    let mut generations: BTreeMap<u64, usize> = BTreeMap::new();
    for row in rows {
        match row.state {
            ClientState::Expected => sums.expected += 1,
            ClientState::Disconnected => sums.disconnected += 1,
            ClientState::Current | ClientState::Refused | ClientState::Behind => {
                sums.clients += 1;
                sums.current += usize::from(row.state == ClientState::Current);
                *generations.entry(row.generation).or_default() += 1;
                if let Some(freshness) = row.freshness {
                    *sums.freshness.entry(freshness).or_default() += 1;
                }
            }
        }
        if let Some(refusal) = row.refusal.as_ref().filter(|_| row.state == ClientState::Refused) {
            sums.refused += 1;
            *sums.reasons.entry(refusal.reason).or_default() += 1;
        }
    }
    let newest_first = generations.into_iter().rev().take(MAX_LISTED);
    let running = newest_first.map(|(generation, clients)| GenerationCount { generation, clients });
    sums.running = running.collect();
    sums.refusals = refusals(rows);
    sums
}

/// The refusals, first those of cores that do not run what is served, each by name.
fn refusals(rows: &[ClientRow]) -> Vec<ClientRefusal> {
    let (minor, major): (Vec<&ClientRow>, Vec<&ClientRow>) = rows
        .iter()
        .filter(|row| row.refusal.is_some())
        .partition(|row| matches!(row.state, ClientState::Disconnected | ClientState::Current));
    let all = major.into_iter().chain(minor);
    let listed = all.filter_map(|row| {
        Some(ClientRefusal {
            client: row.client.clone(),
            address: row.address?,
            running: row.generation,
            refusal: row.refusal.clone()?,
        })
    });
    listed.take(MAX_LISTED).collect()
}

#[cfg(test)]
mod tests;
