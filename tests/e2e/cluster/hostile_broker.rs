//! A broker whose contents are deleted, replaced or filled by somebody else, and credentials that
//! are revoked.

use adr_kit::wait::{TIMEOUT, wait_within};

use super::broker::{Broker, needs_nats};
use super::nats_api::NatsApi;
use super::node::Node;
use super::scene::Scene;

/// The stream of the bucket with the current generation.
const BUCKET: &str = "KV_adrc";

/// The stream of the object store with the files.
const FILES: &str = "OBJ_adrc-files";

/// Nodes keep what they have, and a person prepares the cluster again from a folder.
#[test]
fn deleted_buckets_are_restored_from_a_folder() {
    let Some(broker) = needs_nats() else { return };
    let mut scene = Scene::of_cluster(&broker.url(), &["a", "b"]);
    scene.node("a").save(2);
    scene.until_all(2);
    let mut api = NatsApi::connect(broker.address());
    for stream in api.streams() {
        api.delete_stream(&stream);
    }
    scene.node("a").save(3);
    let says = || scene.nodes[0].metric("adrc_cluster_up") == Some(0.0);
    wait_within(TIMEOUT, says, || format!("{:?}", scene.nodes[0].events("")));
    scene.nodes.iter().for_each(|node| node.until_serves(2));
    broker.init();
    let import = format!("cluster import published --cluster {}", broker.url());
    let imported = scene.nodes[1].adrc(&import);
    assert!(imported.status.success(), "{imported:?}");
    scene.until_all(3);
    assert_eq!(scene.end().generation, 3);
}

/// A value that adrc did not write is not served, and nodes go on when it is gone.
#[test]
fn foreign_value_is_not_served() {
    let Some(broker) = needs_nats() else { return };
    let mut scene = Scene::of_cluster(&broker.url(), &["a", "b"]);
    let mut api = NatsApi::connect(broker.address());
    let before = api.request(
        "$JS.API.STREAM.MSG.GET.KV_adrc",
        &serde_json::json!({ "last_by_subj": "$KV.adrc.current" }).to_string(),
    );
    let data = before["message"]["data"].as_str().unwrap().to_owned();
    for foreign in ["", "nonsense", "{\"generation\": 99}", "{\"format_version\": 999}"] {
        api.put("adrc", "current", foreign);
        scene.node("a").save(2);
        let says = || scene.nodes[0].metric("adrc_cluster_up") == Some(0.0);
        wait_within(TIMEOUT, says, || format!("{foreign}: {:?}", scene.nodes[0].events("")));
        scene.until_all(1);
    }
    // the value before is put back
    api.put("adrc", "current", &super::nats_api::decoded(&data));
    scene.until_all(2);
    scene.end();
}

/// The file of a generation is gone from the store before a node has it.
#[test]
fn cut_file_is_not_served_and_the_next_generation_is() {
    let Some(broker) = needs_nats() else { return };
    let mut scene = Scene::of_cluster(&broker.url(), &["a", "b"]);
    scene.node("b").stop();
    scene.node("a").save(2);
    scene.nodes[0].until_serves(2);
    let mut api = NatsApi::connect(broker.address());
    let last = api.last_sequence(FILES);
    for sequence in 1..=last {
        let _ = api.delete_message(FILES, sequence);
    }
    assert!(api.last_sequence(BUCKET) > 0);
    scene.node("b").start();
    scene.nodes[1].until_serves(1);
    scene.node("a").save(3);
    scene.until_all(3);
    assert_eq!(scene.end().generation, 3);
}

/// The token of the nodes is replaced at the broker. They serve what they have, and go on with the
/// new one.
#[test]
fn revoked_credentials_stop_publishing_and_nothing_else() {
    let Some(mut broker) = Broker::with_token("first-token") else { return };
    let mut scene = Scene::new();
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
    broker.change_token("second-token");
    scene.node("a").save(2);
    let says = || scene.nodes[0].metric("adrc_cluster_up") == Some(0.0);
    wait_within(TIMEOUT, says, || format!("{:?}", scene.nodes[0].events("")));
    scene.until_all(1);
    for name in ["a", "b"] {
        let log = scene.node(name).events("");
        assert!(log.iter().all(|line| !line.to_string().contains("-token\"")), "{log:?}");
        write_secret(&scene.folder().join(format!("{name}.token")), "second-token");
    }
    scene.until_all(2);
    scene.end();
}

/// Writes a file that only this user can read.
fn write_secret(path: &std::path::Path, secret: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, secret).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
