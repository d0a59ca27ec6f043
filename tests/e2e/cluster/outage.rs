//! A broker that is away for long.

use std::thread::sleep;
use std::time::Duration;

use super::broker::needs_nats;
use super::faults::{SILENCE, behind_paths, until_it_says_so};

/// Looks and changes while the broker is away.
const ROUNDS: u32 = 10;

/// For one node the broker refuses connections, for the other one it is silent. Both serve, one of
/// them restarts, rules are saved again and again, and the log stays short. `ADR_LONG=1` does it
/// for an hour.
#[test]
fn broker_that_is_away_for_long_stops_no_node() {
    let Some(broker) = needs_nats() else { return };
    let (mut scene, paths) = behind_paths(&broker, &["a", "b"]);
    let time = Duration::from_secs(if adr_kit::optional::is_long() { 3600 } else { 10 });
    // a busy machine may be silent for a moment
    let before = scene.nodes[0].said(SILENCE);
    paths[0].cut();
    paths[1].hold();
    scene.nodes.iter().for_each(until_it_says_so);
    for round in 0..ROUNDS {
        scene.node("a").save(2 + round as usize % 7);
        scene.node("b").stop();
        scene.node("b").start();
        sleep(time / ROUNDS);
        scene.until_all(1);
    }
    assert!(scene.nodes[0].said(SILENCE) <= before + 1, "{:?}", scene.nodes[0].events(""));
    let lines = scene.nodes[0].events("").len();
    assert!(lines < 20 * ROUNDS as usize, "{lines} lines: {:?}", scene.nodes[0].events(""));
    scene.node("a").save(9);
    paths.iter().for_each(adr_kit::relay::Relay::restore);
    scene.until_all(9);
    // one of them at least, and the one before if the node had not read the last one yet
    let generation = scene.end().generation;
    assert!((2..=3).contains(&generation), "{generation}");
}
