//! A broker whose contents are deleted, replaced or filled by somebody else, and credentials that
//! are revoked.

use adr_kit::nats::NatsServer;
use adr_kit::wait::{TIMEOUT, wait_within};
use serde_json::{Value, json};

use super::broker::{Broker, needs_nats, write_secret};
use super::faults::SILENCE;
use super::node::{Node, get};
use super::scene::Scene;

/// The subject of the key that says what is current.
const CURRENT: &str = "$KV.adrc.current";

/// The stream of the object store with the files.
const FILES: &str = "OBJ_adrc-files";

/// Nodes keep what they have, and a person prepares the cluster again from a folder.
#[test]
fn deleted_buckets_are_restored_from_a_folder() {
    let Some(mut broker) = needs_nats() else { return };
    let mut scene = Scene::of_cluster(&broker.url(), &["a", "b"]);
    scene.node("a").save(2);
    scene.until_all(2);
    let server = broker.server();
    let names = server.api("STREAM.NAMES", &Value::Null)["streams"].clone();
    for name in names.as_array().unwrap() {
        let request = format!("STREAM.DELETE.{}", name.as_str().unwrap());
        assert_eq!(server.api(&request, &Value::Null)["success"], true);
    }
    scene.node("a").save(3);
    let says = || scene.nodes[0].metric("adrc_cluster_up") == Some(0.0);
    wait_within(TIMEOUT, says, || format!("{:?}", scene.nodes[0].events("")));
    scene.nodes.iter().for_each(|node| node.until_serves(2));
    broker.init(&[]);
    let import = format!("cluster import published --cluster {}", broker.url());
    let imported = scene.nodes[1].adrc(&import);
    assert!(imported.status.success(), "{imported:?}");
    scene.until_all(3);
    assert_eq!(scene.end().generation, 3);
}

/// A value that adrc did not write is not served, and nodes go on when it is gone.
#[test]
fn foreign_value_is_not_served() {
    let Some(mut broker) = needs_nats() else { return };
    let mut scene = Scene::of_cluster(&broker.url(), &["a", "b"]);
    let last = json!({ "last_by_subj": CURRENT });
    let before = broker.server().api("STREAM.MSG.GET.KV_adrc", &last);
    let before = decoded(before["message"]["data"].as_str().unwrap());
    let foreign = ["", "nonsense", "{\"generation\": 99}", "{\"format_version\": 999}"];
    for (at, foreign) in foreign.into_iter().enumerate() {
        put(broker.server(), foreign.as_bytes());
        // each node says it once
        for node in &scene.nodes {
            node.until_said("the key `current` ", at + 1);
        }
        scene.until_all(1);
        // and again only after a silence, as on a machine that is busy
        for node in &scene.nodes {
            let said = node.said("the key `current` ");
            assert!(said <= at + 1 + node.said(SILENCE), "{}: {:?}", node.name, node.events(""));
        }
        if at == 3 {
            // saved meanwhile, and published later
            scene.node("a").save(2);
        }
        // the value before is put back
        put(broker.server(), &before);
        let is_up = |node: &Node| node.metric("adrc_cluster_up") == Some(1.0);
        let are_up = || scene.nodes.iter().all(is_up);
        wait_within(TIMEOUT, are_up, || format!("{foreign}: {:?}", scene.nodes[0].events("")));
    }
    scene.until_all(2);
    scene.end();
}

/// The file of a generation is gone from the store before a node has it.
#[test]
fn cut_file_is_not_served_and_the_next_generation_is() {
    let Some(mut broker) = needs_nats() else { return };
    let mut scene = Scene::of_cluster(&broker.url(), &["a", "b"]);
    scene.node("b").stop();
    scene.node("a").save(2);
    scene.nodes[0].until_serves(2);
    let server = broker.server();
    let info = server.api(&format!("STREAM.INFO.{FILES}"), &Value::Null);
    for sequence in 1..=info["state"]["last_seq"].as_u64().unwrap() {
        let _ = server.api(&format!("STREAM.MSG.DELETE.{FILES}"), &json!({ "seq": sequence }));
    }
    scene.node("b").start();
    scene.nodes[1].until_said("generation 2 is damaged", 1);
    scene.nodes[1].until_serves(1);
    scene.node("a").save(3);
    scene.until_all(3);
    assert_eq!(scene.end().generation, 3);
}

/// The token of the nodes is replaced at the broker. They serve what they have, and go on with the
/// new one.
#[test]
fn revoked_credentials_stop_publishing_and_nothing_else() {
    let mut scene = Scene::new();
    let first = scene.folder().join("init.token");
    write_secret(&first, "first-token");
    let Some(mut broker) = Broker::with_token(&first) else { return };
    for name in ["a", "b"] {
        let token = scene.folder().join(format!("{name}.token"));
        write_secret(&token, "first-token");
        let more = ["--cluster-token-file", token.to_str().unwrap()];
        let mut node = Node::of_cluster(scene.folder(), name, &broker.url()).and(&more);
        node.start();
        scene.nodes.push(node);
    }
    scene.core("core", &[scene.nodes[0].url(), scene.nodes[1].url()]);
    scene.observe();
    scene.until_all(1);
    broker.server().reconfigure(Some("second-token"), "");
    scene.node("a").save(2);
    let says = || scene.nodes[0].metric("adrc_cluster_up") == Some(0.0);
    wait_within(TIMEOUT, says, || format!("{:?}", scene.nodes[0].events("")));
    scene.until_all(1);
    for name in ["a", "b"] {
        let node = scene.node(name);
        let mut shown: Vec<_> = node.events("").iter().map(Value::to_string).collect();
        shown.extend(
            ["/metrics", "/", "/-/ready"].map(|path| get(node.admin, path).unwrap_or_default()),
        );
        for token in ["first-token", "second-token"] {
            assert!(shown.iter().all(|text| !text.contains(token)), "{shown:?}");
        }
        write_secret(&scene.folder().join(format!("{name}.token")), "second-token");
    }
    scene.until_all(2);
    scene.end();
}

/// Writes what is current, as any client may that may write at all.
fn put(server: &NatsServer, value: &[u8]) {
    assert!(server.wire().request(CURRENT, value).is_some());
}

/// What a message holds that JetStream returns in base64.
fn decoded(base64: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<_> = base64.trim_end_matches('=').bytes().map(digit).collect();
    let group = |group: &[u8]| {
        let bits = group.iter().fold(0_u32, |bits, digit| bits << 6 | u32::from(*digit));
        let bits = bits << (6 * (4 - group.len()));
        bits.to_be_bytes()[1..group.len()].to_vec()
    };
    digits.chunks(4).flat_map(group).collect()
}
