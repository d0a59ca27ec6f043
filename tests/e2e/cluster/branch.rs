//! A branch, whose node reaches the broker of the main site through a leaf node of NATS.

use adr_kit::nats::{JetStream, NatsOptions, NatsServer};
use adr_kit::relay::Relay;

use super::broker::Broker;
use super::faults::until_it_says_so;
use super::node::Node;
use super::scene::Scene;

/// The connection of the branch goes and comes back. The branch serves all the time, and then what
/// it missed; in the end it publishes itself.
#[test]
fn branch_serves_while_it_is_cut_off_and_catches_up() {
    let Some(main) = Broker::with_leaf_nodes() else { return };
    let line = Relay::before(&[main.leaf_address()]);
    let jetstream = JetStream::At(line.address());
    let Some(leaf) = NatsServer::start(NatsOptions { jetstream, ..NatsOptions::default() }) else {
        return;
    };
    let mut scene = Scene::new();
    let nodes = [
        Node::of_cluster(scene.folder(), "main", &main.url()),
        Node::follower(scene.folder(), "branch", &leaf.url()),
    ];
    for mut node in nodes {
        node.start();
        scene.nodes.push(node);
    }
    scene.core("phone", &[scene.nodes[1].url()]);
    scene.observe();
    scene.until_all(1);
    scene.node("main").save(2);
    scene.until_all(2);
    line.cut();
    scene.node("main").save(3);
    scene.nodes[0].until_serves(3);
    until_it_says_so(&scene.nodes[1]);
    scene.until_dialed("phone", 2);
    // it starts without the main site, too
    scene.node("branch").stop();
    scene.node("branch").start();
    scene.until_dialed("phone", 2);
    line.restore();
    scene.until_all(3);
    let desk = Node::new(scene.folder(), "desk", &[]);
    desk.save(4);
    let publish = format!("compile rules --publish published --cluster {}", leaf.url());
    let published = desk.adrc(&publish);
    assert!(published.status.success(), "{published:?}");
    scene.acknowledged(4, 4);
    scene.until_all(4);
    assert_eq!(scene.end().generation, 4);
}
