//! Tests of the decision when waiting is over.

use adr_protocol::{NodeSummary, Reason, Refusal};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

pub(in super::super) fn base() -> Base {
    Base { generation: 7, sha256: "ab".to_owned() }
}

/// A core in a state, of which the server heard this many seconds ago.
pub(in super::super) fn row(client: &str, state: ClientState, seen: u64) -> ClientRow {
    ClientRow {
        client: client.to_owned(),
        address: Some([10, 0, 0, 1].into()),
        state,
        generation: 0,
        sha256: String::new(),
        version: String::new(),
        transport: None,
        freshness: None,
        last_seen_seconds: seen,
        refusal: None,
        reason: format!("because of {client}"),
        node: String::new(),
    }
}

/// A core that refused a generation.
fn refused(client: &str, generation: u64, reason: Reason) -> ClientRow {
    let refusal = Some(Refusal { generation, reason, detail: String::new() });
    ClientRow { refusal, ..row(client, ClientState::Refused, 0) }
}

/// What a server that serves the generation answers about these cores.
pub(in super::super) fn answer(port: u16, rows: Vec<ClientRow>) -> Answer {
    let counted =
        |states: &[ClientState]| rows.iter().filter(|row| states.contains(&row.state)).count();
    let clients = Clients {
        generation: 7,
        sha256: "ab".to_owned(),
        clients: counted(&[ClientState::Current, ClientState::Behind, ClientState::Refused]),
        current: counted(&[ClientState::Current]),
        expected: counted(&[ClientState::Expected]),
        disconnected: counted(&[ClientState::Disconnected]),
        matching: rows.len(),
        rows,
        ..Clients::default()
    };
    Answer { server: format!("127.0.0.1:{port}"), clients }
}

fn progress(answers: &[Answer]) -> Progress {
    Fleet::of(answers, &base()).progress(false)
}

fn of_one(rows: &[ClientRow]) -> Progress {
    progress(&[answer(1, rows.to_vec())])
}

const CURRENT: ClientState = ClientState::Current;

#[test]
fn cores_are_done_only_with_the_generation_of_the_folder() {
    let all = [row("core-0001", CURRENT, 0), row("core-0002", CURRENT, 3)];
    assert_eq!(of_one(&all), Progress::Done);
    for state in ClientState::MISSING {
        assert_eq!(of_one(&[all[0].clone(), row("core-0003", state, 0)]), Progress::Pending);
    }
    let answers = [answer(1, all.to_vec())];
    for other in [
        Base { sha256: "cd".to_owned(), ..base() },
        Base { generation: 8, ..base() },
        Base { generation: 6, ..base() },
    ] {
        assert_eq!(Fleet::of(&answers, &other).progress(true), Progress::Pending, "{other:?}");
    }
}

#[test]
fn nobody_is_success_only_if_that_is_allowed() {
    let gone = answer(1, vec![row("core-0001", ClientState::Disconnected, 99)]);
    for answers in [vec![answer(1, Vec::new())], vec![gone], vec![answer(1, Vec::new()); 2]] {
        assert_eq!(progress(&answers), Progress::Pending);
        assert_eq!(Fleet::of(&answers, &base()).progress(true), Progress::Done);
    }
    // a core that was known before the server started may come back
    let expected = [answer(1, vec![row("core-0001", ClientState::Expected, 99)])];
    assert_eq!(Fleet::of(&expected, &base()).progress(true), Progress::Pending);
}

#[test]
fn disconnected_core_does_not_count() {
    let rows = [row("core-0001", CURRENT, 0), row("core-0002", ClientState::Disconnected, 60)];
    assert_eq!(of_one(&rows), Progress::Done);
    assert_eq!(Fleet::of(&[answer(1, rows.to_vec())], &base()).disconnected, 1);
}

#[test]
fn refusal_ends_the_wait_early_only_for_a_lasting_reason() {
    let current = row("core-0001", CURRENT, 0);
    for reason in [Reason::BadSignature, Reason::InvalidFile, Reason::Expired, Reason::Older] {
        let rows = [current.clone(), refused("core-0002", 7, reason)];
        assert_eq!(of_one(&rows), Progress::Refused, "{reason:?}");
        let older = [current.clone(), refused("core-0002", 6, reason)];
        assert_eq!(of_one(&older), Progress::Pending, "it refused an earlier generation");
        let mixed = [row("core-0001", ClientState::Behind, 0), refused("core-0002", 7, reason)];
        assert_eq!(of_one(&mixed), Progress::Pending, "another one may still take it");
    }
    for reason in [Reason::Unreachable, Reason::NotVerified, Reason::Disk, Reason::Other] {
        let rows = [current.clone(), refused("core-0002", 7, reason)];
        assert_eq!(of_one(&rows), Progress::Pending, "{reason:?}");
    }
}

/// A server lists the first thousand: more may be missing than the rows say.
#[test]
fn cores_that_are_not_listed_are_waited_for() {
    let mut answer = answer(1, vec![refused("core-0001", 7, Reason::Expired)]);
    answer.clients.clients = 2;
    answer.clients.refused = 2;
    assert_eq!(progress(&[answer.clone()]), Progress::Pending);
    answer.clients.rows.clear();
    assert_eq!(progress(&[answer]), Progress::Pending);
}

#[test]
fn core_that_moved_to_another_server_counts_once() {
    let there = answer(2, vec![row("core-0001", CURRENT, 20)]);
    for (state, seen) in [
        (ClientState::Disconnected, 11),
        (ClientState::Expected, 5),
        (ClientState::Behind, 200),
        (ClientState::Refused, 21),
    ] {
        let here = answer(1, vec![row("core-0001", state, seen)]);
        for answers in [[here.clone(), there.clone()], [there.clone(), here]] {
            let fleet = Fleet::of(&answers, &base());
            assert_eq!((fleet.total(), fleet.progress(false)), (1, Progress::Done), "{state:?}");
        }
    }
    let back = answer(1, vec![row("core-0001", ClientState::Behind, 0)]);
    assert_eq!(progress(&[back, there]), Progress::Pending);
}

#[test]
fn every_server_has_to_serve_the_generation() {
    let mut other = answer(2, Vec::new());
    other.clients.generation = 6;
    let here = answer(1, vec![row("core-0001", CURRENT, 0)]);
    let fleet = Fleet::of(&[here, other], &base());
    assert_eq!(fleet.progress(true), Progress::Pending);
    assert_eq!(fleet.elsewhere.len(), 1);
}

/// A node that serves this generation.
fn node(name: &str, state: NodeState, generation: u64) -> NodeSummary {
    NodeSummary {
        node: name.to_owned(),
        state,
        generation,
        sha256: "ab".to_owned(),
        clients: 1,
        reported_seconds: 40,
        version: String::new(),
    }
}

#[test]
fn every_node_that_is_up_has_to_serve_the_generation() {
    let with = |nodes: &[NodeSummary]| {
        let mut answer = answer(1, vec![row("core-0001", CURRENT, 0)]);
        answer.clients.nodes = nodes.to_vec();
        answer
    };
    let here = node("a", NodeState::Up, 7);
    let all = [here.clone(), node("b", NodeState::Up, 7)];
    let fleet = Fleet::of(&[with(&all)], &base());
    assert_eq!((fleet.progress(false), fleet.nodes), (Progress::Done, 2));
    let lagging = [here.clone(), node("b", NodeState::Up, 6)];
    let fleet = Fleet::of(&[with(&lagging)], &base());
    assert_eq!(fleet.progress(false), Progress::Pending);
    let elsewhere = Elsewhere { server: "node b".to_owned(), generation: 6 };
    assert_eq!(fleet.elsewhere, [elsewhere]);
    let down = [here.clone(), node("b", NodeState::Down, 6), node("c", NodeState::Ended, 6)];
    let fleet = Fleet::of(&[with(&down)], &base());
    assert_eq!(
        (fleet.progress(false), fleet.nodes),
        (Progress::Done, 1),
        "its cores are elsewhere"
    );
    assert_eq!(fleet.silent, [("b".to_owned(), 40)]);
    let both = Fleet::of(&[with(&down), with(&[here, node("b", NodeState::Up, 7)])], &base());
    assert_eq!((both.nodes, both.silent.len()), (2, 0), "another server has heard of it");
}

#[test]
fn answer_without_the_reports_of_other_nodes_is_not_success() {
    let mut answer = answer(1, vec![row("core-0001", CURRENT, 0)]);
    answer.clients.nodes_problem = "nats://nats1 does not answer".to_owned();
    let fleet = Fleet::of(&[answer], &base());
    assert_eq!(fleet.progress(true), Progress::Pending);
    let problem = "127.0.0.1:1 does not hear of all nodes: nats://nats1 does not answer";
    assert_eq!(fleet.problems, [problem]);
}

fn any_row() -> impl Strategy<Value = ClientRow> {
    let name = select(vec!["core-0001", "core-0002", "core-0003", "core-0004"]);
    (name, select(ClientState::ALL.to_vec()), 0_u64..3).prop_map(|(name, state, seen)| {
        let refusal = Refusal { generation: 7, reason: Reason::Expired, detail: String::new() };
        let refusal = (state == ClientState::Refused).then_some(refusal);
        ClientRow { refusal, ..row(name, state, seen) }
    })
}

/// The cores of a server: each name once.
fn any_answer(port: u16) -> impl Strategy<Value = Answer> {
    proptest::collection::vec(any_row(), 0..5).prop_map(move |mut rows| {
        rows.sort_by(|one, other| one.client.cmp(&other.client));
        rows.dedup_by(|one, other| one.client == other.client);
        answer(port, rows)
    })
}

proptest! {
    /// Whatever servers answer: done means that a core runs the generation, and that each core for
    /// which one server waits runs it or is gone according to a server that heard of it later.
    #[test]
    fn done_means_that_every_connected_core_runs_it(
        answers in (any_answer(1), any_answer(2), any_answer(3)),
        servers in 1_usize..4,
    ) {
        let answers = [answers.0, answers.1, answers.2];
        let answers = &answers[..servers];
        let fleet = Fleet::of(answers, &base());
        let rows = || answers.iter().flat_map(|answer| &answer.clients.rows);
        if fleet.progress(false) == Progress::Done {
            prop_assert!(rows().any(|row| row.state == CURRENT));
            for row in rows().filter(|row| ClientState::MISSING.contains(&row.state)) {
                let is_better = |other: &ClientRow| {
                    other.client == row.client
                        && !ClientState::MISSING.contains(&other.state)
                        && other.precedence() > row.precedence()
                };
                let is_known_better = rows().any(is_better);
                prop_assert!(is_known_better, "{:?}", row);
            }
        }
        let mut names: Vec<&str> = rows().map(|row| row.client.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        prop_assert_eq!(fleet.total() + fleet.disconnected, names.len(), "each core counts once");
        // the order of the servers does not matter, unless two heard of a core at the same time
        let seen = |row: &ClientRow| (row.client.clone(), row.precedence());
        let mut keys: Vec<_> = rows().map(seen).collect();
        keys.sort();
        let is_unambiguous = keys.windows(2).all(|two| two[0] != two[1]);
        let reversed: Vec<Answer> = answers.iter().rev().cloned().collect();
        if is_unambiguous {
            prop_assert_eq!(Fleet::of(&reversed, &base()).progress(false), fleet.progress(false));
        }
    }
}
