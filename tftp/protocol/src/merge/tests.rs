//! Tests of the cores of several nodes.

use super::*;
use crate::report::{Reason, Refusal};

/// A core that runs generation `generation` of the cluster, seen this long ago.
fn row(client: &str, state: ClientState, generation: u64, seen: u64) -> ClientRow {
    ClientRow {
        client: client.to_owned(),
        address: Some([10, 0, 0, 1].into()),
        state,
        generation,
        sha256: sha256(generation),
        last_seen_seconds: seen,
        ..ClientRow::default()
    }
}

fn sha256(generation: u64) -> String {
    if generation == 0 { String::new() } else { format!("{generation:064x}") }
}

fn node(name: &str, state: NodeState, generation: u64, rows: Vec<ClientRow>) -> NodeClients {
    let clients = Clients { generation, sha256: sha256(generation), rows, ..Clients::default() };
    let age_seconds = if state == NodeState::Up { 1 } else { 60 };
    NodeClients { node: name.to_owned(), state, age_seconds, version: String::new(), clients }
}

fn merge(nodes: &[NodeClients]) -> Clients {
    merged((7, &sha256(7)), nodes)
}

/// State and node of the only core.
fn only(nodes: &[NodeClients]) -> (ClientState, String, String) {
    let all = merge(nodes);
    assert_eq!(all.rows.len(), 1, "{all:?}");
    let row = &all.rows[0];
    (row.state, row.node.clone(), row.reason.clone())
}

const CURRENT: ClientState = ClientState::Current;
const GONE: ClientState = ClientState::Disconnected;

#[test]
fn core_counts_once_where_it_is_connected_or_was_heard_of_last() {
    let here = |state, seen| node("a", NodeState::Up, 7, vec![row("core-0001", state, 7, seen)]);
    let there = |state, seen| node("b", NodeState::Up, 7, vec![row("core-0001", state, 7, seen)]);
    for (one, other, state, at) in [
        (here(CURRENT, 0), there(GONE, 3), CURRENT, "a"),
        (here(GONE, 1), there(CURRENT, 60), CURRENT, "b"),
        (here(CURRENT, 4), there(CURRENT, 0), CURRENT, "b"),
        (here(GONE, 5), there(ClientState::Expected, 600), GONE, "a"),
        (here(GONE, 900), there(ClientState::Expected, 600), ClientState::Expected, "b"),
    ] {
        for nodes in [[one.clone(), other.clone()], [other.clone(), one.clone()]] {
            let (found, node, _) = only(&nodes);
            assert_eq!((found, node.as_str()), (state, at));
        }
    }
}

#[test]
fn cores_are_compared_with_the_generation_of_the_answer() {
    let lagging =
        |generation| node("b", NodeState::Up, 6, vec![row("core-0001", CURRENT, generation, 0)]);
    let (state, _, reason) = only(&[lagging(6)]);
    assert_eq!((state, reason.as_str()), (ClientState::Behind, "runs generation 6"));
    let ahead = node("b", NodeState::Up, 6, vec![row("core-0001", ClientState::Behind, 7, 0)]);
    assert_eq!(only(&[ahead]).0, CURRENT);
    let other = ClientRow { sha256: "other".to_owned(), ..row("core-0001", CURRENT, 7, 0) };
    let (state, _, reason) = only(&[node("b", NodeState::Up, 7, vec![other])]);
    let expected = "runs another generation with the number 7";
    assert_eq!((state, reason.as_str()), (ClientState::Behind, expected));
}

#[test]
fn cores_of_a_node_that_is_gone_are_expected_until_they_are_somewhere_else() {
    let rows = vec![row("core-0001", CURRENT, 7, 0)];
    for (state, part) in [(NodeState::Down, "does not report"), (NodeState::Ended, "has ended")] {
        let gone = node("b", state, 7, rows.clone());
        let (found, _, reason) = only(std::slice::from_ref(&gone));
        assert_eq!(found, ClientState::Expected);
        assert!(reason.contains(part), "{reason}");
        let back = node("a", NodeState::Up, 7, rows.clone());
        assert_eq!(only(&[gone.clone(), back]).0, CURRENT);
        let long = NodeClients { age_seconds: RETURN_SECONDS, ..gone };
        assert_eq!(only(&[long]).0, GONE);
    }
}

#[test]
fn sums_are_those_of_the_rows() {
    let refusal = Refusal { generation: 7, reason: Reason::Disk, detail: String::new() };
    let refusing =
        ClientRow { refusal: Some(refusal), ..row("core-0003", ClientState::Refused, 6, 0) };
    let silent = ClientRow {
        reason: "connected, and has not reported".to_owned(),
        ..row("core-0004", ClientState::Behind, 0, 0)
    };
    let a = vec![row("core-0001", CURRENT, 7, 0), row("core-0002", CURRENT, 6, 0)];
    let all = merge(&[
        node("a", NodeState::Up, 7, a),
        node("b", NodeState::Up, 7, vec![refusing, silent, row("core-0005", GONE, 7, 60)]),
        node("c", NodeState::Down, 6, vec![row("core-0006", CURRENT, 7, 0)]),
    ]);
    assert_eq!((all.clients, all.current, all.refused), (4, 1, 1));
    assert_eq!((all.expected, all.disconnected, all.matching), (1, 1, 6));
    let running = [(7, 1), (6, 2), (0, 1)];
    let running = running.map(|(generation, clients)| GenerationCount { generation, clients });
    assert_eq!(all.running, running);
    assert_eq!((all.reasons[&Reason::Disk], all.refusals.len()), (1, 1));
    assert_eq!(all.rows[3].reason, "connected, and has not reported");
    let nodes: Vec<_> = all.nodes.iter().map(|it| (it.node.as_str(), it.state)).collect();
    assert_eq!(nodes, [("a", NodeState::Up), ("b", NodeState::Up), ("c", NodeState::Down)]);
}

/// A report that is too long to be read comes without its rows: nobody knows what its cores run.
#[test]
fn node_that_lists_fewer_cores_than_it_knows_is_a_problem() {
    let with = |name: &str, state, matching| {
        let mut node = node(name, state, 7, vec![row("core-0001", CURRENT, 7, 0)]);
        node.clients.matching = matching;
        node
    };
    let problem = |nodes: &[NodeClients]| merge(nodes).nodes_problem;
    assert_eq!(problem(&[with("a", NodeState::Up, 1), with("b", NodeState::Up, 0)]), "");
    let two = [with("a", NodeState::Up, 3), with("b", NodeState::Down, 5)];
    assert_eq!(problem(&two), "node a lists 1 of 3 client cores, node b lists 1 of 5 client cores");
    let mut long_gone = with("b", NodeState::Ended, 5);
    long_gone.age_seconds = RETURN_SECONDS;
    assert_eq!(problem(&[long_gone]), "", "its cores are expected no longer");
}
