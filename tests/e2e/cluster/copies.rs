//! Nodes that serve copies of a published folder, made by other programs.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use adr_kit::needs;
use adr_kit::relay::Relay;
use adr_kit::wait::{TIMEOUT, wait_within};
use serde_json::Value;

use super::node::Node;
use super::scene::Scene;

/// How many cores are behind the balancer.
const CORES: usize = 6;

/// Publishes a prefix into `desk/published`.
fn publish(desk: &Node, prefix: usize) {
    desk.save(prefix);
    let output = desk.adrc("compile rules -o published");
    assert!(output.status.success(), "{output:?}");
}

/// Copies with the links followed, as `cp -rL`, `rsync -L` and copies of object stores do.
fn plain_copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").args(["-rLT"]).args([from, to]).status().unwrap();
    assert!(copied.success());
}

/// Writes another version of adrc into the manifest of a plain copy.
fn change_manifest(copy: &Path, change: impl Fn(&mut Value)) {
    let path = copy.join("manifest.json");
    let mut manifest = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    change(&mut manifest);
    let text = serde_json::to_string_pretty(&manifest).unwrap();
    fs::write(copy.join("aside"), text + "\n").unwrap();
    fs::rename(copy.join("aside"), path).unwrap();
}

fn serve(scene: &mut Scene, name: &str) {
    let mut node = Node::new(scene.folder(), name, &["published"]);
    node.start();
    scene.nodes.push(node);
}

/// A rolling upgrade: the same rules and number, and another manifest.
#[test]
fn core_accepts_the_same_rules_from_another_version() {
    needs!("cp");
    let mut scene = Scene::new();
    let desk = Node::new(scene.folder(), "a", &[]);
    publish(&desk, 1);
    let other = scene.folder().join("b");
    fs::create_dir_all(&other).unwrap();
    plain_copy(&desk.published().join("current"), &other.join("published"));
    change_manifest(&other.join("published"), |manifest| manifest["tool"] = "0.9.0".into());
    serve(&mut scene, "a");
    serve(&mut scene, "b");
    let urls = [scene.nodes[0].url(), scene.nodes[1].url()];
    scene.core("core", &urls);
    scene.until_dialed("core", 1);
    scene.until_follows("core", &urls[0]);
    scene.node("a").kill();
    scene.until_follows("core", &urls[1]);
    scene.until_status("core", "refuses nothing", |status| status["refused"].is_null());
    // both numbers go on
    publish(&desk, 2);
    plain_copy(&desk.published().join("current"), &other.join("published"));
    scene.until_dialed("core", 2);
}

/// The link `current` is what a publisher changes; a plain copy has none.
#[test]
fn renewed_plain_copy_is_followed() {
    needs!("cp");
    let mut scene = Scene::new();
    let desk = Node::new(scene.folder(), "desk", &[]);
    publish(&desk, 1);
    let copy = scene.folder().join("a");
    fs::create_dir_all(&copy).unwrap();
    plain_copy(&desk.published().join("current"), &copy.join("published"));
    serve(&mut scene, "a");
    for prefix in [2, 3] {
        publish(&desk, prefix);
        plain_copy(&desk.published().join("current"), &copy.join("published"));
        scene.until_all(prefix);
    }
}

/// A balancer gives connections in turn to two nodes, of which one lags behind.
#[test]
fn cores_behind_a_balancer_run_what_the_first_node_has() {
    needs!("cp");
    let mut scene = Scene::new();
    let desk = Node::new(scene.folder(), "a", &[]);
    publish(&desk, 1);
    let [first, second] = ["a", "b"].map(|name| scene.folder().join(name).join("published"));
    let copy = |generation: u64| {
        fs::create_dir_all(second.join("generations")).unwrap();
        let folder = format!("generations/{generation}");
        plain_copy(&first.join(&folder), &second.join(&folder));
        symlink(&folder, second.join("next")).unwrap();
        fs::rename(second.join("next"), second.join("current")).unwrap();
    };
    copy(1);
    serve(&mut scene, "a");
    serve(&mut scene, "b");
    let balancer = Relay::before(&scene.nodes.iter().map(|node| node.http).collect::<Vec<_>>());
    let url = format!("http://{}", balancer.address());
    for at in 0..CORES {
        scene.core(&format!("core-{at}"), std::slice::from_ref(&url));
        scene.until_dialed(&format!("core-{at}"), 1);
    }
    publish(&desk, 3);
    // the second node does not have it yet
    for at in 0..CORES {
        scene.until_dialed(&format!("core-{at}"), 3);
    }
    copy(2);
    scene.until_all(3);
    for at in 0..CORES {
        let refuses_nothing = |status: &Value| status["refused"].is_null();
        scene.until_status(&format!("core-{at}"), "refuses nothing", refuses_nothing);
    }
    let clients = || scene.nodes[0].asked("/-/clients");
    wait_within(TIMEOUT, || !clients().is_null(), || "no answer".to_owned());
}
