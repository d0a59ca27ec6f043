//! What happens to a cluster between nodes and brokers: the brokers are away, slow, or killed.
//!
//! Every test ends with the whole history in order and all nodes and cores at one generation.

use std::thread::sleep;
use std::time::Duration;

use adr_kit::relay::Relay;
use adr_kit::wait::{TIMEOUT, wait_within};

use super::broker::{Broker, needs_nats};
use super::node::{Node, generation_of};
use super::scene::Scene;

/// Nodes with these names, each with its own path to one broker, and a core for each.
pub(crate) fn behind_paths(broker: &Broker, names: &[&str]) -> (Scene, Vec<Relay>) {
    let mut scene = Scene::new();
    let mut paths = Vec::new();
    for name in names {
        let path = Relay::before(&[broker.address()]);
        let cluster = format!("nats://{}", path.address());
        let mut node = Node::of_cluster(scene.folder(), name, &cluster);
        node.start();
        scene.nodes.push(node);
        paths.push(path);
    }
    scene.cores_of_all_nodes();
    scene.observe();
    scene.until_all(1);
    (scene, paths)
}

/// What a node says when the cluster does not answer.
pub(crate) const SILENCE: &str = "no answer from the cluster since ";

/// Waits until a node has said that the cluster does not answer.
pub(crate) fn until_it_says_so(node: &Node) {
    let is_silent = || node.metric("adrc_cluster_up") == Some(0.0);
    wait_within(TIMEOUT, is_silent, || format!("{}: {:?}", node.name, node.events("")));
    node.until_said(SILENCE, 1);
}

#[test]
fn node_restarts_and_serves_while_the_broker_is_away() {
    let Some(broker) = needs_nats() else { return };
    let (mut scene, paths) = behind_paths(&broker, &["a", "b"]);
    // of the log that begins with the restart, and of the one before
    let before = [0, scene.nodes[1].said(SILENCE)];
    paths.iter().for_each(Relay::cut);
    scene.nodes.iter().for_each(until_it_says_so);
    scene.node("a").stop();
    scene.node("a").start();
    scene.until_all(1);
    // what is saved meanwhile is published later
    scene.node("a").save(2);
    until_it_says_so(&scene.nodes[0]);
    scene.nodes[0].until_answers_ready();
    // a busy machine may be silent for a moment before
    for (node, before) in scene.nodes.iter().zip(before) {
        assert!(node.said(SILENCE) <= before + 1, "{}: {:?}", node.name, node.events(""));
    }
    paths.iter().for_each(Relay::restore);
    scene.until_all(2);
    scene.end();
}

/// A new node without a folder waits for the broker, and becomes ready when it answers.
#[test]
fn new_node_waits_for_the_broker() {
    let Some(broker) = needs_nats() else { return };
    let (mut scene, _paths) = behind_paths(&broker, &["a"]);
    let path = Relay::before(&[broker.address()]);
    path.cut();
    let mut new = Node::follower(scene.folder(), "b", &format!("nats://{}", path.address()));
    new.launch();
    sleep(Duration::from_millis(500));
    assert!(new.events("ready").is_empty(), "{:?}", new.events(""));
    path.restore();
    new.until_ready();
    scene.nodes.push(new);
    scene.node("a").save(2);
    scene.until_all(2);
    scene.end();
}

/// The connection breaks at any moment of publishing, again and again.
#[test]
fn connection_that_breaks_while_publishing_loses_nothing() {
    let Some(broker) = needs_nats() else { return };
    let (scene, paths) = behind_paths(&broker, &["a", "b"]);
    let rounds = if adr_kit::optional::is_long() { 200 } else { 8 };
    for round in 0..rounds {
        let prefix = 2 + round % 7;
        scene.nodes[0].save(prefix);
        // past the debounce time of 50 ms, and anywhere in what follows
        sleep(Duration::from_millis(50 + (round as u64 * 13) % 60));
        paths[0].cut();
        sleep(Duration::from_millis(100));
        paths[0].restore();
    }
    scene.nodes[0].save(9);
    scene.until_all(9);
    scene.end();
}

/// Packets are lost without a word. Both sides change their rules meanwhile.
#[test]
fn partition_ends_in_one_order_and_a_person_decides() {
    let Some(broker) = needs_nats() else { return };
    let (mut scene, paths) = behind_paths(&broker, &["a", "b"]);
    paths[1].hold();
    scene.node("a").save(2);
    scene.nodes[0].until_serves(2);
    // the core of the other side gets the newer rules from the node that has them, or keeps its own
    scene.node("b").save(3);
    until_it_says_so(&scene.nodes[1]);
    assert_eq!(scene.nodes[1].state().unwrap().generation, 1);
    paths[1].restore();
    scene.until_all(2);
    let cluster = format!("nats://{}", paths[1].address());
    scene.decided("b", 3, &cluster);
    assert_eq!(scene.end().generation, 3);
}

/// Two people publish at once, again and again. Each is accepted, or reads that the other was
/// first. `ADR_LONG=1` does it for ten minutes.
#[test]
fn two_publishers_at_once_share_one_order() {
    let Some(broker) = needs_nats() else { return };
    let scene = Scene::of_cluster(&broker.url(), &["a", "b"]);
    let time = Duration::from_secs(if adr_kit::optional::is_long() { 600 } else { 5 });
    let began = std::time::Instant::now();
    let desks = ["one", "two"].map(|name| Node::new(scene.folder(), name, &[]));
    let line = format!("compile rules --publish published --keep 1000 --cluster {}", broker.url());
    let publish = |desk: &Node, at: usize| {
        for round in 0.. {
            if began.elapsed() >= time {
                break;
            }
            let prefix = 2 + at * 4 + round % 4;
            desk.save(prefix);
            let output = desk.adrc(&line);
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            match output.status.code() {
                Some(0) => {
                    if let Some(generation) = generation_of(&text) {
                        scene.acknowledged(generation, prefix);
                    }
                }
                Some(3) => {}
                other => panic!("{other:?}: {text}"),
            }
        }
    };
    std::thread::scope(|scope| {
        let (publish, desks) = (&publish, &desks);
        for (at, desk) in desks.iter().enumerate() {
            scope.spawn(move || publish(desk, at));
        }
    });
    desks[0].save(1);
    let output = desks[0].adrc(&line);
    assert!(output.status.success(), "{output:?}");
    scene.until_all(1);
    scene.end();
}

/// Three brokers, of which the leader is killed three times while rules are saved.
#[test]
fn killed_leader_of_three_brokers_stops_nothing() {
    let Some(mut brokers) = Broker::three() else { return };
    let scene = Scene::of_cluster(&brokers.url(), &["a", "b"]);
    for killed in 0..3 {
        let Broker::Three(cluster) = &mut brokers else { panic!("three servers") };
        let killed_server = cluster.leader("KV_adrc").unwrap_or(killed);
        cluster.servers[killed_server].kill();
        for (at, prefix) in [(0, 2 + killed * 2), (1, 3 + killed * 2)] {
            scene.nodes[at].save(prefix);
            // the other node's rules follow, so that it has no older ones than what is current
            scene.nodes[1 - at].until_serves(prefix);
            scene.nodes[1 - at].save_and_wait(prefix);
            scene.until_all(prefix);
        }
        let Broker::Three(cluster) = &mut brokers else { panic!("three servers") };
        cluster.servers[killed_server].restart();
        cluster.wait_until_complete();
    }
    scene.end();
}

#[test]
fn slow_broker_delays_and_breaks_nothing() {
    let Some(broker) = needs_nats() else { return };
    let (scene, paths) = behind_paths(&broker, &["a", "b"]);
    paths.iter().for_each(|path| path.delay(Duration::from_millis(100)));
    for prefix in [2, 3] {
        scene.nodes[0].save(prefix);
        scene.until_all(prefix);
    }
    scene.end();
}

/// A node is killed at any moment of publishing. It starts again, and all agree.
#[test]
fn node_that_is_killed_while_publishing_agrees_afterwards() {
    let Some(broker) = needs_nats() else { return };
    let mut scene = Scene::of_cluster(&broker.url(), &["a", "b"]);
    let rounds = if adr_kit::optional::is_long() { 100 } else { 5 };
    for round in 0..rounds {
        scene.node("a").save(2 + round % 7);
        sleep(Duration::from_millis(40 + (round as u64 * 17) % 80));
        scene.node("a").kill();
        scene.node("a").start();
    }
    scene.node("a").save(9);
    scene.until_all(9);
    scene.end();
}

/// The disk of a node is full: it serves on, says so, and catches up when there is room.
#[test]
fn node_with_a_full_disk_serves_on_and_catches_up() {
    let Some(broker) = needs_nats() else { return };
    let mut scene = Scene::new();
    let ignore = ["sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""];
    for name in ["a", "b"] {
        let mut node = Node::of_cluster(scene.folder(), name, &broker.url()).wrapped(&ignore);
        node.start();
        scene.nodes.push(node);
    }
    scene.core("core", &[scene.nodes[1].url(), scene.nodes[0].url()]);
    scene.observe();
    scene.until_all(1);
    // no file of more than a few bytes can be written, as on a full disk
    scene.node("b").limit_files(Some(8));
    scene.node("a").save(2);
    scene.nodes[0].until_serves(2);
    let alerts = || scene.nodes[1].events("");
    let has_said = || alerts().iter().any(|it| it.to_string().contains("too large"));
    wait_within(TIMEOUT, has_said, || format!("{:?}", alerts()));
    assert_eq!(scene.nodes[1].state().unwrap().generation, 1);
    // the core takes the newer rules from the other node
    scene.until_dialed("core", 2);
    scene.node("b").limit_files(None);
    scene.until_all(2);
    scene.end();
}

/// Everything at once, in an order that a seed decides. `ADR_LONG=1` does it for five minutes.
#[test]
fn random_faults_leave_one_order() {
    let Some(broker) = needs_nats() else { return };
    let (mut scene, paths) = behind_paths(&broker, &["a", "b", "c"]);
    let (mut rng, time) = Rng::of_run(Duration::from_secs(15));
    let began = std::time::Instant::now();
    while began.elapsed() < time {
        let at = rng.below(3);
        match rng.below(9) {
            0..=3 => scene.nodes[at].save(2 + rng.below(7)),
            4 => paths[at].cut(),
            5 => paths[at].hold(),
            6 => paths[at].delay(Duration::from_millis(50)),
            7 => {
                scene.nodes[at].kill();
                scene.nodes[at].launch();
            }
            _ => {
                let line = "rollback --publish published --keep 1000 --cluster";
                // may fail: with 2 while the broker is away, with 3 if another node was first
                drop(scene.nodes[at].adrc(&format!("{line} {}", broker.url())));
            }
        }
        if rng.below(2) == 0 {
            paths[rng.below(3)].restore();
        }
        sleep(Duration::from_millis(50 + rng.below(400) as u64));
    }
    paths.iter().for_each(Relay::restore);
    scene.end_at(9, &broker.url());
}

/// A pseudorandom generator (SplitMix64).
pub(crate) struct Rng(u64);

impl Rng {
    /// The generator of a random run, and how long the run takes: five minutes with `ADR_LONG=1`.
    pub(crate) fn of_run(short: Duration) -> (Self, Duration) {
        let seed = adr_kit::optional::seed().unwrap_or_else(|| std::process::id().into());
        println!("ADR_SEED={seed} repeats this run");
        let time = if adr_kit::optional::is_long() { Duration::from_secs(300) } else { short };
        (Self(seed), time)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}
