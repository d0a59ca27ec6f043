//! Three hosts with a network of the kernel, a node and a broker on each: partitions as they are in
//! a building. A core for each node runs beside the test, and reaches all of them all the time.

use std::thread::sleep;
use std::time::{Duration, Instant};

use adr_kit::nats::CLIENT_PORT;
use adr_kit::network::Network;

use super::broker::Broker;
use super::faults::{Rng, until_it_says_so};
use super::node::Node;
use super::scene::Scene;

/// The ports of TFTP, HTTP and the admin address, on hosts of their own.
const PORTS: [u16; 3] = [6969, 6970, 6980];

/// Three hosts, the broker of each, and the nodes `a`, `b` and `c`, which serve the prefix 1.
/// `None` leaves the test out.
fn hosts() -> Option<(Scene, Broker, Network)> {
    let network = Network::of(3)?;
    let brokers = Broker::on(&network)?;
    let servers = network.hosts.iter().map(|host| format!("{}:{CLIENT_PORT}", host.address));
    let cluster = format!("nats://{}", servers.collect::<Vec<_>>().join(","));
    let mut scene = Scene::new();
    for (name, host) in ["a", "b", "c"].into_iter().zip(&network.hosts) {
        let node = Node::of_cluster(scene.folder(), name, &cluster);
        let mut node = node.at(PORTS.map(|port| (host.for_test, port).into()), host.wrapper());
        node.start();
        scene.nodes.push(node);
    }
    scene.cores_of_all_nodes();
    scene.observe();
    scene.until_all(1);
    Some((scene, brokers, network))
}

/// The host of one node is cut off: the others publish, and it serves what it has. Then no host
/// reaches another one: all serve, and nobody publishes until they reach each other again.
#[test]
fn majority_publishes_and_everybody_serves() {
    let Some((mut scene, brokers, network)) = hosts() else { return };
    network.isolate(0);
    scene.node("b").save(2);
    scene.nodes[1..].iter().for_each(|node| node.until_serves(2));
    (0..3).for_each(|core| scene.until_dialed(&format!("core-{core}"), 2));
    until_it_says_so(&scene.nodes[0]);
    assert_eq!(scene.nodes[0].state().unwrap().generation, 1);
    // its change waits, and is not published over the others' when it reaches them again
    scene.node("a").save(3);
    network.restore();
    scene.until_all(2);
    scene.decided("a", 3, &brokers.url());
    scene.nodes[1..].iter().for_each(|node| node.save_and_wait(3));
    (0..3).for_each(|host| network.isolate(host));
    scene.nodes.iter().for_each(until_it_says_so);
    scene.node("c").save(5);
    sleep(Duration::from_secs(2));
    scene.until_all(3);
    network.restore();
    scene.until_all(5);
    scene.end();
}

/// Packets of any direction between any two hosts are lost, in an order that a seed decides, while
/// all nodes change their rules. `ADR_LONG=1` does it for five minutes.
#[test]
fn random_partitions_leave_one_order() {
    let Some((mut scene, brokers, network)) = hosts() else { return };
    let (mut rng, time) = Rng::of_run(Duration::from_secs(20));
    let began = Instant::now();
    while began.elapsed() < time {
        let (from, to) = (rng.below(3), rng.below(3));
        match rng.below(6) {
            0..=1 => scene.nodes[from].save(2 + rng.below(7)),
            2 if from != to => network.lose(from, to),
            3 => network.isolate(from),
            4 => {
                scene.nodes[from].kill();
                scene.nodes[from].launch();
            }
            _ => network.restore(),
        }
        sleep(Duration::from_millis(100 + rng.below(900) as u64));
    }
    network.restore();
    scene.end_at(9, &brokers.url());
}
