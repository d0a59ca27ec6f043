//! Two nodes that have the same rules and share nothing: no folder, no cluster.

use adr_kit::relay::Relay;
use serde_json::Value;

use super::node::{self, Node};
use super::scene::Scene;

/// Two nodes that keep generations in memory. The second one starts later, so that its first
/// generation has another number.
fn two_nodes() -> Scene {
    let mut scene = Scene::new();
    for name in ["a", "b"] {
        let mut node = Node::new(scene.folder(), name, &["rules", "--debounce", "50ms"]);
        node.start();
        scene.nodes.push(node);
    }
    let [a, b] = [0, 1].map(|at| scene.nodes[at].state().unwrap().generation);
    assert!(a < b, "{a} {b}");
    scene
}

fn refuses_nothing(status: &Value) -> bool {
    status["refused"].is_null()
}

#[test]
fn core_moves_to_the_second_node_and_back_without_a_refusal() {
    let mut scene = two_nodes();
    let paths = [0, 1].map(|at| Relay::before(&[scene.nodes[at].http]));
    let urls = paths.each_ref().map(|path| format!("http://{}", path.address()));
    scene.core("core", &urls);
    scene.until_dialed("core", 1);
    scene.until_follows("core", &urls[0]);
    // the path to the first node breaks: the second one has the same rules under another number
    paths[0].cut();
    scene.until_follows("core", &urls[1]);
    scene.until_status("core", "refuses nothing", refuses_nothing);
    // and back, to a smaller number
    paths[0].restore();
    paths[1].cut();
    scene.until_follows("core", &urls[0]);
    scene.until_status("core", "refuses nothing", refuses_nothing);
    for prefix in [6, 2, 3] {
        for node in &scene.nodes {
            node.save(prefix);
        }
        scene.until_all(prefix);
    }
    scene.until_status("core", "refuses nothing", refuses_nothing);
    // its report counts as current
    let generation = scene.nodes[0].state().unwrap().generation;
    let current = || scene.nodes[0].asked("/-/clients")["current"] == 1;
    adr_kit::wait::wait_until("the core is current at the first node", current);
    assert!(node::state(scene.nodes[0].http).unwrap().generation >= generation);
}

/// After a move the core runs new rules of its node, whichever number they have.
#[test]
fn core_runs_rules_that_are_changed_after_the_first_node_died() {
    let mut scene = two_nodes();
    // the second node gets the larger number first, and the core follows it
    let urls = [scene.nodes[1].url(), scene.nodes[0].url()];
    scene.core("core", &urls);
    scene.until_dialed("core", 1);
    scene.until_follows("core", &urls[0]);
    scene.node("b").kill();
    scene.until_follows("core", &urls[1]);
    scene.node("a").save(6);
    scene.until_dialed("core", 6);
    scene.until_status("core", "refuses nothing", refuses_nothing);
}
