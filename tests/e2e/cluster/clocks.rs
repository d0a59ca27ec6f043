//! Nodes whose clocks are a day apart.

use adr_kit::optional;
use adr_kit::wait::{TIMEOUT, wait_within};

use super::broker::needs_nats;
use super::node::Node;
use super::scene::Scene;

/// The library that gives a program another time of day.
fn other_clock() -> Option<String> {
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let libraries = folders.map(|folder| folder.path().join("faketime/libfaketime.so.1"));
    let library = libraries.into_iter().find(|library| library.is_file());
    if library.is_none() {
        optional::leave_out("libfaketime");
    }
    library.map(|library| library.to_str().unwrap().to_owned())
}

/// The order of generations is that of the cluster, not that of clocks; the doctor names the clock.
#[test]
fn clocks_that_differ_change_no_order() {
    let (Some(library), Some(broker)) = (other_clock(), needs_nats()) else { return };
    let mut scene = Scene::new();
    for (name, time) in [("a", "-1d"), ("b", "+0"), ("c", "+1d")] {
        let preload = format!("LD_PRELOAD={library}");
        let time = format!("FAKETIME={time}");
        // files keep their times, and durations are real
        let rest = ["NO_FAKE_STAT=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"];
        let wrapper = ["env", &preload, &time, rest[0], rest[1]];
        let mut node = Node::of_cluster(scene.folder(), name, &broker.url()).wrapped(&wrapper);
        node.start();
        scene.nodes.push(node);
    }
    scene.cores_of_all_nodes();
    scene.observe();
    scene.until_all(1);
    let mut prefix = 1;
    for _ in 0..2 {
        for at in [2, 0, 1] {
            prefix += 1;
            scene.nodes[at].save(prefix);
            scene.until_all(prefix);
            for other in (0..3).filter(|other| *other != at) {
                scene.nodes[other].save_and_wait(prefix);
            }
        }
    }
    scene.node("c").kill();
    scene.node("c").start();
    scene.until_all(prefix);
    let doctor = || {
        let line = format!("cluster doctor --cluster {} --format json", broker.url());
        let output = scene.nodes[1].adrc(&line);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    wait_within(TIMEOUT, || doctor().contains("\"clocks-apart\""), doctor);
    assert_eq!(scene.end().generation, 7);
}
