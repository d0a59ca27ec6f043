//! Ten thousand idle connections to a server that may open as few files as a shell allows.

use adr_kit::needs;
use std::fs;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use adr_tests::load::allow_sockets;

use super::published_tree;
use super::real_clients::Client;
use super::server_process::ServerProcess;
use adr_kit::wait::TIMEOUT;

const CONNECTIONS: usize = 10_000;

/// The usual soft limit of open files for a process that a shell starts.
const OPEN_FILES: usize = 1_024;

const NAME: &str = "CUPC/AppDialRules.xml";

#[test]
fn idle_connections_do_not_block_other_clients() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    let file = published_tree::bytes(2_048, 1);
    let files = [(NAME.to_owned(), file.clone())];
    published_tree::publish(&sandbox.path().join("tree"), 1, &files);
    let settings = "[limits.http]\nheader_timeout_milliseconds = 60000\n";
    fs::write(sandbox.path().join("adrc.toml"), settings).unwrap();
    let words = ["tree", "--config", "adrc.toml"];
    let server = ServerProcess::start_with_open_files(sandbox.path(), &words, OPEN_FILES);
    allow_sockets(CONNECTIONS).unwrap();
    let idle: Vec<TcpStream> =
        (0..CONNECTIONS).map(|_| TcpStream::connect(server.http).unwrap()).collect();
    wait_until("all connections are open", || server.in_flight("http") >= CONNECTIONS);
    for client in [Client::Curl, Client::CurlHttp] {
        let fetched = client.fetch(client.address(&server), NAME, sandbox.path());
        assert_eq!(fetched.as_ref(), Ok(&file), "{client:?}");
    }
    let memory = server.peak_memory();
    assert!(memory < 256 << 10, "{memory} kB");
    wait_until("all connections timed out", || server.in_flight("http") == 0);
    drop(idle);
    assert_eq!(server.terminate(), Some(0));
}

/// Waits for a condition that `what` names.
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < TIMEOUT, "timed out: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
