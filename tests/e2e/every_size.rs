//! Every real client fetches files of every size, byte for byte.

use super::published_tree;
use super::real_clients::Client;
use super::server_process::ServerProcess;
use adr_kit::needs;
use adr_kit::wait::{TIMEOUT, wait_within};

#[test]
fn every_client_gets_files_of_every_size() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    let files = published_tree::sizes();
    published_tree::publish(&sandbox.path().join("tree"), 1, &files);
    let server = ServerProcess::start(sandbox.path(), &["tree"]);
    let mut failures = Vec::new();
    for client in Client::available() {
        for (name, bytes) in &files {
            match client.fetch(client.address(&server), name, sandbox.path()) {
                Ok(fetched) if fetched == *bytes => {}
                Ok(fetched) => {
                    failures.push(format!("{client:?}, {name}: {} other bytes", fetched.len()));
                }
                Err(error) => failures.push(format!("{name}: {error}")),
            }
        }
    }
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn clients_with_ipv6_get_files() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    let files: Vec<_> = [0, 512, 5_000]
        .map(|size| (format!("size-{size}.bin"), published_tree::bytes(size, size as u64)))
        .into();
    published_tree::publish(&sandbox.path().join("tree"), 1, &files);
    let addresses = ["[::1]:0", "[::1]:0", "127.0.0.1:0"];
    let server = ServerProcess::start_at(sandbox.path(), &["tree"], addresses);
    // tftpy knows IPv4 only
    let clients = Client::available().into_iter();
    for client in clients.filter(|client| *client != Client::Tftpy) {
        for (name, bytes) in &files {
            let fetched = client.fetch(client.address(&server), name, sandbox.path());
            assert_eq!(fetched.as_ref(), Ok(bytes), "{client:?}, {name}");
        }
    }
}

#[test]
fn missing_file_is_reported_to_every_client() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    published_tree::publish(&sandbox.path().join("tree"), 1, &published_tree::sizes()[..1]);
    let server = ServerProcess::start(sandbox.path(), &["tree"]);
    for client in Client::available() {
        let fetched = client.fetch(client.address(&server), "missing.xml", sandbox.path());
        // busybox and tftp-hpa leave an empty file behind
        let is_empty = fetched.as_ref().map_or(true, Vec::is_empty);
        assert!(is_empty, "{client:?}: {fetched:?}");
    }
    // the server may log the last request after the end of its client
    let missing = || {
        let transfers = server.events("transfer");
        let missing = transfers.iter().filter(|event| event["result"] == "missing");
        missing.count()
    };
    wait_within(
        TIMEOUT,
        || missing() >= Client::available().len(),
        || format!("{} requests for missing files in the log", missing()),
    );
}
