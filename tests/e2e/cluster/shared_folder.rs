//! Nodes that serve one published folder.

use adr_kit::wait::{TIMEOUT, wait_within};

use super::node::{KEEP, Node};
use super::scene::Scene;
use crate::follow::world::rules;

/// Two nodes that serve the folder `common/published`, which holds the prefix 1.
fn two_readers() -> (Scene, Node) {
    let mut scene = Scene::new();
    // not started: its folder has the sources from which a person publishes
    let desk = Node::new(scene.folder(), "common", &[]);
    publish(&desk, 1, "");
    for name in ["a", "b"] {
        let mut node = Node::new(scene.folder(), name, &["../common/published"]);
        node.start();
        scene.nodes.push(node);
    }
    (scene, desk)
}

/// Publishes a prefix by hand, and returns exit status and messages.
fn publish(desk: &Node, prefix: usize, more: &str) -> (Option<i32>, String) {
    desk.save(prefix);
    let line = format!("compile rules -o published --keep {KEEP}{more}");
    let output = desk.adrc(&line);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn reload_by_hand_reaches_the_second_node_while_the_first_one_hangs() {
    let (mut scene, desk) = two_readers();
    let urls = [scene.nodes[0].url(), scene.nodes[1].url()];
    scene.core("core", &urls);
    scene.until_dialed("core", 1);
    scene.until_follows("core", &urls[0]);
    scene.node("a").hang();
    for prefix in [6, 5] {
        publish(&desk, prefix, "");
        scene.until_dialed("core", prefix);
    }
    let socket = scene.folder().join("core");
    let reload = serde_json::json!({ "verb": "reload" });
    let reply = crate::follow::world::ask(&socket, &reload).unwrap();
    assert_eq!(reply["ok"], true, "{reply}");
    scene.node("a").resume();
    scene.until_all(5);
}

/// Clients that follow another node than the one that is asked count, and are waited for.
#[test]
fn wait_at_one_node_covers_the_cores_of_the_other_one() {
    let (mut scene, desk) = two_readers();
    let url = scene.nodes[1].url();
    scene.core("core", &[url]);
    scene.until_dialed("core", 1);
    let admin = scene.nodes[0].admin;
    let clients = || scene.nodes[0].asked("/-/clients");
    wait_within(TIMEOUT, || clients()["clients"] == 1, || clients().to_string());
    let waited = publish(&desk, 4, &format!(" --wait 60s --admin {admin}"));
    assert_eq!(waited.0, Some(0), "{waited:?}");
    assert_eq!(scene.dialed("core"), "45551212", "the command ended before the core reloaded");
}

/// Two nodes publish into one folder, and their sources arrive at different times.
#[test]
fn node_that_restarts_with_old_sources_publishes_nothing() {
    let mut scene = Scene::new();
    let words = ["rules", "--publish", "../common", "--debounce", "50ms", "--keep", KEEP];
    for name in ["a", "b"] {
        let mut node = Node::new(scene.folder(), name, &words);
        node.start();
        scene.nodes.push(node);
    }
    scene.until_all(1);
    scene.node("a").save(6);
    scene.until_all(6);
    let generation = scene.nodes[0].state().unwrap();
    scene.node("b").stop();
    scene.node("b").start();
    scene.until_all(6);
    let history = || scene.nodes[0].adrc("history --publish ../common").stdout;
    let before = history();
    // the new sources arrive: they are what is current
    scene.node("b").save(6);
    // the next change shows that the node had its time
    scene.node("b").save_text(&format!("{}// the same\n", rules(6)));
    scene.node("a").save(7);
    scene.until_all(7);
    let now = scene.nodes[1].state().unwrap();
    assert_eq!(now.generation, generation.generation + 1, "{}", String::from_utf8_lossy(&before));
}
