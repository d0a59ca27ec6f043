//! Nodes with a cluster, while nothing fails: one sequence of generations for all.
//!
//! Each test runs with a shared folder as the cluster, which needs nothing but adrc, and with NATS.

use adr_kit::wait::{TIMEOUT, wait_within};
use serde_json::Value;

use super::broker::needs_nats;
use super::node::Node;
use super::scene::Scene;

/// The cluster in a folder that the sandbox of a scene holds.
const FOLDER: &str = "file:../cluster";

/// Runs a test with NATS, or leaves it out.
fn with_nats(test: impl Fn(&str)) {
    if let Some(broker) = needs_nats() {
        test(&broker.url());
    }
}

fn refuses_nothing(status: &Value) -> bool {
    status["refused"].is_null()
}

/// Nodes with equal rules make one generation, also after one of them missed some.
fn numbers_come_from_the_sequence(cluster: &str) {
    let mut scene = Scene::of_cluster(cluster, &["a", "b"]);
    let [a, b] = [0, 1].map(|at| scene.nodes[at].state());
    assert_eq!(a, b);
    assert_eq!(a.unwrap().generation, 1);
    // the second node is down for two changes, and its sources have the last one
    scene.node("b").stop();
    for prefix in [6, 7] {
        scene.node("a").save(prefix);
        scene.nodes[0].until_serves(prefix);
    }
    scene.node("b").save(7);
    scene.node("b").start();
    scene.until_all(7);
    assert_eq!(scene.nodes[0].state(), scene.nodes[1].state());
    // the first node goes, and a change comes from the second one
    scene.until_follows("core-0", &scene.nodes[0].url());
    scene.node("a").stop();
    scene.until_follows("core-0", &scene.nodes[1].url());
    scene.until_status("core-0", "refuses nothing", refuses_nothing);
    scene.node("b").save(5);
    scene.until_dialed("core-0", 5);
    scene.until_status("core-0", "refuses nothing", refuses_nothing);
    scene.node("a").start();
    assert_eq!(scene.end().generation, 4);
}

#[test]
fn numbers_come_from_the_sequence_of_a_folder() {
    numbers_come_from_the_sequence(FOLDER);
}

#[test]
fn numbers_come_from_the_sequence_of_nats() {
    with_nats(numbers_come_from_the_sequence);
}

/// A node restarts with sources that are older than what is current: it serves what is current and
/// says why it does not publish.
fn old_sources_do_not_win(cluster: &str) {
    let mut scene = Scene::of_cluster(cluster, &["a", "b"]);
    scene.node("a").save(6);
    scene.until_all(6);
    let current = scene.nodes[0].state();
    scene.node("b").stop();
    scene.node("b").start();
    scene.until_all(6);
    assert_eq!(scene.nodes[1].state(), current);
    // its sources catch up, and it publishes again
    scene.node("b").save_and_wait(6);
    scene.node("b").save(3);
    scene.until_all(3);
    assert_eq!(scene.end().generation, 3);
}

#[test]
fn old_sources_do_not_win_in_a_folder() {
    old_sources_do_not_win(FOLDER);
}

#[test]
fn old_sources_do_not_win_in_nats() {
    with_nats(old_sources_do_not_win);
}

/// A node that lost its disk and whose rules differ from what is current changes nothing. A person
/// decides.
fn node_with_a_new_disk_publishes_nothing(cluster: &str) {
    let mut scene = Scene::of_cluster(cluster, &["a", "b"]);
    scene.node("a").save(2);
    scene.until_all(2);
    scene.node("b").stop();
    std::fs::remove_dir_all(scene.nodes[1].published()).unwrap();
    scene.node("b").save(8);
    scene.node("b").start();
    scene.until_all(2);
    let output = scene.nodes[1]
        .adrc(&format!("compile rules --publish published --keep 1000 --cluster {cluster}"));
    assert!(output.status.success(), "{output:?}");
    scene.acknowledged(3, 8);
    scene.until_all(8);
    assert_eq!(scene.end().generation, 3);
}

#[test]
fn node_with_a_new_disk_publishes_nothing_in_a_folder() {
    node_with_a_new_disk_publishes_nothing(FOLDER);
}

#[test]
fn node_with_a_new_disk_publishes_nothing_in_nats() {
    with_nats(node_with_a_new_disk_publishes_nothing);
}

/// `--wait` at a node covers the cores of all nodes, also after a restart of that node.
fn wait_covers_all_nodes(cluster: &str) {
    let mut scene = Scene::of_cluster(cluster, &["a", "b"]);
    scene.until_follows("core-1", &scene.nodes[1].url());
    let known = |node: &Node| {
        let clients = || node.asked("/-/clients");
        wait_within(TIMEOUT, || clients()["clients"] == 2, || clients().to_string());
    };
    known(&scene.nodes[0]);
    scene.node("a").stop();
    scene.node("a").start();
    known(&scene.nodes[0]);
    let admin = scene.nodes[0].admin;
    scene.node("a").save(4);
    let line = format!("compile rules --publish published --keep 1000 --cluster {cluster}");
    let wait = || scene.nodes[0].adrc(&format!("{line} --wait 60s --admin {admin}"));
    // 3 while the node itself publishes what was saved
    let mut waited = wait();
    while waited.status.code() == Some(3) {
        waited = wait();
    }
    assert!(waited.status.success(), "{waited:?}");
    assert_eq!([scene.dialed("core-0"), scene.dialed("core-1")], ["45551212"; 2]);
    scene.node("b").save(4);
    scene.end();
}

#[test]
fn wait_covers_all_nodes_of_a_folder() {
    wait_covers_all_nodes(FOLDER);
}

#[test]
fn wait_covers_all_nodes_of_nats() {
    with_nats(wait_covers_all_nodes);
}

/// A node without rules serves what others publish, and a rollback reaches all.
fn follower_serves_what_others_publish(cluster: &str) {
    let mut scene = Scene::new();
    let (a, follower) = (
        Node::of_cluster(scene.folder(), "a", cluster),
        Node::follower(scene.folder(), "b", cluster),
    );
    scene.nodes.extend([a, follower]);
    scene.nodes.iter_mut().for_each(Node::start);
    scene.core("core", &[scene.nodes[1].url()]);
    scene.observe();
    for prefix in [2, 3] {
        scene.node("a").save(prefix);
        scene.until_all(prefix);
    }
    let line = format!("rollback --publish published --cluster {cluster}");
    let rolled = scene.nodes[1].adrc(&line);
    assert!(rolled.status.success(), "{rolled:?}");
    scene.until_all(2);
    // the rules of the other node are those that were rolled back: they stay blocked
    scene.node("a").stop();
    scene.node("a").start();
    scene.until_all(2);
    scene.node("a").save(4);
    scene.until_all(4);
    assert_eq!(scene.end().generation, 5);
}

#[test]
fn follower_serves_what_others_publish_in_a_folder() {
    follower_serves_what_others_publish(FOLDER);
}

#[test]
fn follower_serves_what_others_publish_in_nats() {
    with_nats(follower_serves_what_others_publish);
}

/// A planned stop hands the listeners over: no core is without a server that it follows.
#[test]
fn planned_stop_hands_the_cores_over() {
    with_nats(|cluster| {
        let mut scene = Scene::of_cluster(cluster, &["a", "b"]);
        for _ in 0..2 {
            scene.until_follows("core-0", &scene.nodes[0].url());
            assert_eq!(scene.node("a").stop(), Some(0));
            scene.until_follows("core-0", &scene.nodes[1].url());
            scene.node("a").start();
            scene.node("b").stop();
            scene.until_follows("core-0", &scene.nodes[0].url());
            scene.node("b").start();
        }
        scene.node("b").save(2);
        scene.until_all(2);
        scene.end();
    });
}

/// A new node whose disk is full waits for room: other nodes may publish meanwhile.
#[test]
fn new_node_with_a_full_disk_waits() {
    let scene = Scene::new();
    let full = ["sh", "-c", "trap '' XFSZ; ulimit -S -f 0; exec \"$0\" \"$@\""];
    let mut node = Node::of_cluster(scene.folder(), "a", FOLDER).wrapped(&full);
    node.launch();
    node.until_said("too large", 1);
    node.limit_files(None);
    node.until_ready();
    node.until_serves(1);
    assert_eq!(node.stop(), Some(0));
}
