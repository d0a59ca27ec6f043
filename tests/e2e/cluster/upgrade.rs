//! Nodes and cores of the version before there were clusters, beside those of this tree.
//!
//! The recorded messages of that version are in `tests/corpus/before_nodes`. `ADR_OLD_ADRC` names
//! its binary; with `ADR_LONG=1`, the tests build it from git. Without either, the tests that need
//! the binary print what they need.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use adr_kit::optional;
use adr_kit::wait::{TIMEOUT, wait_within};
use adr_protocol::Clients;

use super::node::{KEEP, Node};
use super::scene::Scene;

/// The last commit without clusters.
const COMMIT: &str = "638b3086";

/// The folder of the recorded messages.
const RECORDED: &str = "tests/corpus/before_nodes";

/// Reports of a former core count, and its answers for all clients are read.
#[test]
fn recorded_messages_of_a_former_core_are_accepted() {
    let mut scene = Scene::new();
    let mut node = Node::new(scene.folder(), "a", &["rules", "--publish", "published"]);
    node.start();
    for report in adr_tests::text(&format!("{RECORDED}/reports.ndjson")).lines() {
        let (head, http) = ("POST /-/report HTTP/1.1\r\nHost: a\r\n", node.http);
        let length = report.len();
        let request = format!(
            "{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{report}"
        );
        let answer = adr_kit::http::exchange(http, request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
    }
    let clients = || node.asked("/-/clients");
    wait_within(TIMEOUT, || clients()["clients"] == 1, || clients().to_string());
    assert_eq!(clients()["rows"][0]["generation"], 4, "{}", clients());
    scene.nodes.push(node);
    let former = adr_tests::text(&format!("{RECORDED}/clients.json"));
    let clients: Clients = serde_json::from_str(&former).unwrap();
    assert_eq!((clients.generation, clients.clients, clients.current), (4, 1, 1));
    assert_eq!(clients.rows.len(), 1);
}

/// A core of this tree runs what a former server announces.
#[test]
fn recorded_events_of_a_former_server_are_followed() {
    let server = replay();
    let mut scene = Scene::new();
    scene.core("core", &[format!("http://{server}")]);
    // generation 3 was fetched, generation 4 came along with its event
    scene.until_dialed("core", 6);
    scene.until_status("core", "generation 4", |status| status["generation"] == 4);
    scene.until_status("core", "refuses nothing", |status| status["refused"].is_null());
}

/// A server that answers as the recorded one did.
fn replay() -> SocketAddr {
    let read = |name| fs::read(adr_tests::root().join(RECORDED).join(name)).unwrap();
    let (files, events) = (read("files.http"), read("events.http"));
    let answers = answers(&files);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (answers, events) = (answers.clone(), events.clone());
            std::thread::spawn(move || answer(&stream, &answers, &events));
        }
    });
    address
}

/// The answers in a recorded connection, in the order of the requests.
fn answers(recorded: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8(recorded.to_vec()).unwrap();
    let parts = text.split("HTTP/1.1 ").skip(1);
    parts.map(|part| format!("HTTP/1.1 {part}").into_bytes()).collect()
}

fn answer(stream: &TcpStream, answers: &[Vec<u8>], events: &[u8]) {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    let names = ["/manifest.json", "/CUPC/AppDialRules.xml", "/CUPC/DirLookupDialRules.xml"];
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|length| length > 0) {
        let path = line.split(' ').nth(1).unwrap_or_default();
        let known = names.iter().position(|name| *name == path);
        if let Some(known) = known {
            let _ = writer.write_all(&answers[known]);
        } else if path.starts_with("/-/events") {
            let _ = writer.write_all(events);
            std::thread::sleep(Duration::from_secs(3600));
        } else if line.starts_with("POST ") {
            let _ = writer.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
        }
        line.clear();
    }
}

/// The former command, or leaves the test out.
fn former() -> Option<&'static Path> {
    static PATH: OnceLock<Option<PathBuf>> = OnceLock::new();
    let path = PATH.get_or_init(|| {
        if let Some(path) = std::env::var_os("ADR_OLD_ADRC") {
            return Some(path.into());
        }
        optional::is_long().then(build)
    });
    if path.is_none() {
        // also with ADR_ALL=1, because building takes minutes
        println!("LEFT OUT: needs ADR_OLD_ADRC, or ADR_LONG=1 and the commit {COMMIT}");
    }
    path.as_deref()
}

/// Builds the former command below `target`, from the files that git has of it.
fn build() -> PathBuf {
    let target = adr_tests::root().join("target/before_nodes");
    let sources = target.join("sources");
    if !sources.join("Cargo.toml").is_file() {
        fs::create_dir_all(&sources).unwrap();
        let archive = target.join("sources.tar");
        let mut git = Command::new("git");
        git.current_dir(adr_tests::root()).args(["archive", COMMIT, "--output"]).arg(&archive);
        let help = "`git fetch --unshallow` gets all commits";
        assert!(git.status().unwrap().success(), "git lacks the commit {COMMIT}; {help}");
        let mut tar = Command::new("tar");
        tar.arg("-xf").arg(&archive).arg("-C").arg(&sources);
        assert!(tar.status().unwrap().success(), "{}", archive.display());
        fs::remove_file(&archive).unwrap();
    }
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&sources).args(["build", "--locked", "-p", "adr-cli", "--target-dir"]);
    assert!(cargo.arg(&target).status().unwrap().success(), "the commit {COMMIT} was not built");
    target.join("debug/adrc")
}

/// A former core follows nodes of this tree through a change, a planned stop, and a kill.
#[test]
fn former_core_follows_new_nodes() {
    let Some(former) = former() else { return };
    let mut scene = Scene::new();
    for name in ["a", "b"] {
        let mut node = Node::of_cluster(scene.folder(), name, "file:../cluster");
        node.start();
        scene.nodes.push(node);
    }
    let urls: Vec<_> = scene.nodes.iter().map(Node::url).collect();
    scene.core_of("core", &urls, former);
    scene.observe();
    scene.until_all(1);
    scene.until_follows("core", &urls[0]);
    scene.node("a").save(2);
    scene.until_all(2);
    scene.node("a").stop();
    scene.until_follows("core", &urls[1]);
    scene.node("b").save_and_wait(2);
    scene.node("b").save(3);
    scene.until_dialed("core", 3);
    scene.node("a").save(3);
    scene.node("a").start();
    scene.node("b").kill();
    scene.until_follows("core", &urls[0]);
    scene.node("a").save(4);
    scene.until_dialed("core", 4);
    scene.node("b").save(4);
    scene.node("b").start();
    scene.end();
}

/// A core of this tree follows a former node.
#[test]
fn new_core_follows_a_former_node() {
    let Some(former) = former() else { return };
    let mut scene = Scene::new();
    let words = ["rules", "--publish", "published", "--debounce", "50ms", "--keep", KEEP];
    let mut node = Node::new(scene.folder(), "a", &words).program(former);
    node.start();
    scene.core("core", &[node.url()]);
    scene.nodes.push(node);
    scene.observe();
    for prefix in [2, 3] {
        scene.node("a").save(prefix);
        scene.until_all(prefix);
    }
    scene.node("a").kill();
    scene.node("a").start();
    scene.node("a").save(4);
    scene.until_all(4);
    scene.end();
}

/// One folder under the former command, then this one, and back. The numbers go on.
#[test]
fn folder_is_used_by_both_versions() {
    let Some(former) = former() else { return };
    let mut scene = Scene::new();
    let words = ["rules", "--publish", "published", "--debounce", "50ms", "--keep", KEEP];
    let versions = [Some(former), None, Some(former), None];
    for (prefix, version) in (1..).zip(versions) {
        let mut node = Node::new(scene.folder(), "a", &words);
        if let Some(program) = version {
            node = node.program(program);
        }
        // it begins with the sources that the version before published
        node.save(prefix.max(2) - 1);
        node.start();
        node.save(prefix);
        node.until_serves(prefix);
        assert_eq!(node.state().unwrap().generation, u64::try_from(prefix).unwrap());
        assert_eq!(node.stop(), Some(0));
    }
    // a former node serves the folder that a node of a cluster keeps
    let mut cluster = Node::of_cluster(scene.folder(), "a", "file:../cluster");
    let import = cluster.adrc("cluster import published --cluster file:../cluster");
    assert!(import.status.success(), "{import:?}");
    // it begins with the sources of what is current
    cluster.save(4);
    cluster.start();
    cluster.save_and_wait(4);
    cluster.save(5);
    let mut reader = Node::new(scene.folder(), "reader", &["../a/published"]).program(former);
    reader.start();
    scene.nodes.extend([cluster, reader]);
    scene.until_all(5);
    assert_eq!(scene.end().generation, 5);
}
