//! Tests of reports to and from other nodes.

use std::net::{IpAddr, Ipv4Addr};

use adr_protocol::ClientState;
use adr_server::AnnounceLimits;
use adr_watcher::publication::memory::MemoryPublication;

use super::*;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A server of generation 7 whose core is known by this name, if it has one.
fn announcer(core: Option<&str>) -> Arc<Announcer> {
    let announcer = Announcer::new(AnnounceLimits::default());
    announcer.announce(7, "ab");
    if let Some(core) = core {
        hear(&announcer, core, 7);
    }
    announcer
}

fn hear(announcer: &Announcer, core: &str, generation: u64) {
    let report = format!(r#"{{"client":"{core}","generation":{generation},"sha256":"ab"}}"#);
    announcer.accept_report(report.as_bytes(), HERE).unwrap();
}

fn node(cluster: MemoryPublication, name: &str, announcer: &Arc<Announcer>) -> Exchange {
    let publication: Arc<dyn Publication> = Arc::new(cluster);
    let nodes = Nodes { publication, key: None, node: name.to_owned() };
    Exchange::new(Reporting::to_cluster(&nodes, "test", announcer, &NodesMetrics::default()))
}

/// What the admin port of a server answers.
fn answer(announcer: &Announcer) -> Clients {
    announcer.clients_of_nodes().unwrap()
}

#[test]
fn each_node_answers_for_the_cores_of_all() {
    let cluster = MemoryPublication::new();
    let (here, there) = (announcer(Some("core-0001")), announcer(Some("core-0002")));
    let mut a = node(cluster.node(), "a", &here);
    let mut b = node(cluster.node(), "b", &there);
    let began = Instant::now();
    let at = |seconds| began + Duration::from_secs(seconds);
    a.look(at(0));
    b.look(at(0));
    a.look(at(1));
    b.look(at(1));
    for announcer in [&here, &there] {
        let all = answer(announcer);
        assert_eq!((all.clients, all.current, all.nodes.len()), (2, 2, 2));
        assert_eq!(all.nodes_problem, "");
    }
    // the core of the other node falls behind; this node hears of it within two seconds
    hear(&there, "core-0002", 6);
    b.look(at(2));
    a.look(at(2));
    assert_eq!(answer(&here).rows[1].state, ClientState::Behind);
    // and then the node vanishes: its core is expected, also when its report is forgotten
    a.look(at(20));
    let all = answer(&here);
    assert_eq!((all.current, all.expected), (1, 1));
    assert_eq!(all.nodes[1].state, NodeState::Down);
    cluster.forget_report("b");
    a.look(at(21));
    let all = answer(&here);
    assert_eq!((all.current, all.expected, all.nodes.len()), (1, 1, 1));
}

/// The rows of many cores are long: nobody reads them for nothing.
#[test]
fn rows_are_read_when_somebody_asks_or_a_node_has_gone() {
    let cluster = MemoryPublication::new();
    let (here, there) = (announcer(Some("core-0001")), announcer(Some("core-0002")));
    let mut a = node(cluster.node(), "a", &here);
    let mut b = node(cluster.node(), "b", &there);
    let began = Instant::now();
    let at = |seconds| began + Duration::from_secs(seconds);
    // reports have the times of the wall clock, so that both nodes look down after 15 seconds
    for seconds in 0..12 {
        b.look(at(seconds));
        a.look(at(seconds));
    }
    assert_eq!(cluster.reads_of_rows(), 0);
    assert_eq!([answer(&here).current, answer(&here).current], [2, 2]);
    assert_eq!(cluster.reads_of_rows(), 1, "both answers have the same rows");
    b.look(at(12));
    a.look(at(12));
    assert_eq!((answer(&here).current, cluster.reads_of_rows()), (2, 2));
    // the node vanishes
    for seconds in 13..60 {
        a.look(at(seconds));
    }
    assert_eq!((here.clients().expected, cluster.reads_of_rows()), (1, 3));
}

#[test]
fn answer_with_rows_that_cannot_be_read_says_so() {
    let cluster = MemoryPublication::new();
    let link = Arc::new(cluster.node());
    let (here, there) = (announcer(Some("core-0001")), announcer(Some("core-0002")));
    node(cluster.node(), "b", &there).look(Instant::now());
    let publication: Arc<dyn Publication> = Arc::<MemoryPublication>::clone(&link);
    let nodes = Nodes { publication, key: None, node: "a".to_owned() };
    let mut a = Exchange::new(Reporting::to_cluster(&nodes, "a", &here, &NodesMetrics::default()));
    a.look(Instant::now());
    link.cut();
    let all = answer(&here);
    assert_eq!((all.current, all.nodes.len()), (1, 2));
    assert!(all.nodes_problem.contains("does not answer"), "{}", all.nodes_problem);
}

#[test]
fn node_that_cannot_hear_of_others_says_so_after_a_while() {
    let cluster = MemoryPublication::new();
    let link = Arc::new(cluster.node());
    let here = announcer(Some("core-0001"));
    let publication: Arc<dyn Publication> = Arc::<MemoryPublication>::clone(&link);
    let nodes = Nodes { publication, key: None, node: "a".to_owned() };
    let metrics = NodesMetrics::default();
    let mut a = Exchange::new(Reporting::to_cluster(&nodes, "test", &here, &metrics));
    let began = Instant::now();
    let at = |seconds| began + Duration::from_secs(seconds);
    a.look(at(0));
    assert_eq!(answer(&here).nodes_problem, "");
    link.cut();
    a.look(at(5));
    assert_eq!(answer(&here).nodes_problem, "", "one lost answer says nothing");
    a.look(at(30));
    assert!(answer(&here).nodes_problem.contains("does not answer"), "{:?}", answer(&here));
    link.restore();
    a.look(at(31));
    assert_eq!(answer(&here).nodes_problem, "");
}

#[test]
fn ended_node_says_so_and_stays_ended() {
    let cluster = MemoryPublication::new();
    let (here, there) = (announcer(None), announcer(Some("core-0002")));
    let mut a = node(cluster.node(), "a", &here);
    let mut b = node(cluster.node(), "b", &there);
    let began = Instant::now();
    b.look(began);
    let clients = there.reported_clients();
    there.end();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(b.reporting.clone().end(clients));
    b.look(began + Duration::from_secs(60));
    a.look(began);
    let all = answer(&here);
    assert_eq!((all.nodes[1].state, all.expected), (NodeState::Ended, 1));
    assert!(all.rows[0].reason.contains("has ended"), "{}", all.rows[0].reason);
}

#[test]
fn server_that_is_alone_in_its_folder_leaves_no_trace_until_a_core_is_known() {
    let sandbox = tempfile::tempdir().unwrap();
    let here = announcer(None);
    let reporting = |node: &str, announcer| {
        Exchange::new(Reporting::to_folder(sandbox.path(), node.to_owned(), "test", announcer))
    };
    let mut a = reporting("a", &here);
    let began = Instant::now();
    let at = |seconds| began + Duration::from_secs(seconds);
    a.look(at(0));
    assert!(std::fs::read_dir(sandbox.path()).unwrap().next().is_none());
    assert_eq!(here.clients_of_nodes(), None, "it speaks for itself");
    hear(&here, "core-0001", 7);
    a.look(at(1));
    // another server of the same folder
    let there = announcer(None);
    let mut b = reporting("b", &there);
    b.look(at(2));
    let all = answer(&there);
    assert_eq!((all.current, all.nodes.len()), (1, 2));
    // the first one hears of it, and reports more often from then on
    a.look(at(3));
    assert_eq!(answer(&here).nodes.len(), 2);
    hear(&here, "core-0001", 6);
    a.look(at(4));
    b.look(at(5));
    assert_eq!(answer(&there).rows[0].state, ClientState::Behind);
}

#[test]
fn own_report_of_before_an_outage_is_not_that_of_another_node() {
    let cluster = MemoryPublication::new();
    let link = Arc::new(cluster.node());
    let here = announcer(None);
    let publication: Arc<dyn Publication> = Arc::<MemoryPublication>::clone(&link);
    let nodes = Nodes { publication, key: None, node: "a".to_owned() };
    let metrics = NodesMetrics::default();
    let mut a = Exchange::new(Reporting::to_cluster(&nodes, "test", &here, &metrics));
    let began = Instant::now();
    a.look(began);
    let stored = a.stored;
    assert!(stored.is_some());
    link.cut();
    // reports have the times of the wall clock, which the test does not wait for
    for seconds in 1..=100 {
        a.own.push(stored.unwrap() + seconds);
        a.look(began + Duration::from_secs(5 * seconds));
    }
    assert!(a.own.len() <= REMEMBERED);
    a.own.retain(|at| Some(*at) != stored);
    link.restore();
    a.read(began + Duration::from_secs(600));
    assert_eq!(a.foreign.count, 0);
}

#[test]
fn another_node_with_the_same_name_is_noticed() {
    let cluster = MemoryPublication::new();
    let here = announcer(None);
    let mut a = node(cluster.node(), "a", &here);
    let began = Instant::now();
    a.look(began);
    for seconds in 1..10 {
        let mut report = a.reporting.report(here.reported_clients(), false);
        report.reported += 1_000 + seconds;
        cluster.report(&report).unwrap();
        a.read(began + Duration::from_secs(seconds));
    }
    assert!(a.foreign.count >= FOREIGN_REPORTS);
}
