//! Ten thousand connections that say nothing, at a server that a shell has started.

use std::fs;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use adr_tests::load::allow_sockets;

use super::clients::Client;
use super::served::{PATIENCE, Served};
use super::tree;

const CONNECTIONS: usize = 10_000;

/// What a shell allows a process, unless it asks for more.
const OPEN_FILES: usize = 1_024;

const NAME: &str = "CUPC/AppDialRules.xml";

#[test]
fn ten_thousand_idle_connections_keep_nobody_from_being_served() {
    let room = tempfile::tempdir().unwrap();
    let file = tree::bytes(2_048, 1);
    let files = [(NAME.to_owned(), file.clone())];
    tree::publish(&room.path().join("tree"), 1, &files);
    let patient = "[limits.http]\nheader_timeout_milliseconds = 30000\n";
    fs::write(room.path().join("adrc.toml"), patient).unwrap();
    let words = ["tree", "--config", "adrc.toml"];
    let served = Served::with_few_files(room.path(), &words, OPEN_FILES);
    allow_sockets(CONNECTIONS).unwrap();
    let idle: Vec<TcpStream> =
        (0..CONNECTIONS).map(|_| TcpStream::connect(served.http).unwrap()).collect();
    until("all are there", || served.in_flight("http") >= CONNECTIONS);
    for client in [Client::Curl, Client::CurlHttp] {
        let fetched = client.fetch(client.address(&served), NAME, room.path());
        assert_eq!(fetched.as_ref(), Ok(&file), "{client:?}");
    }
    let memory = served.peak_memory();
    assert!(memory < 256 << 10, "{memory} kB");
    until("the end of all", || served.in_flight("http") == 0);
    drop(idle);
    assert_eq!(served.end(), Some(0));
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{what}: not yet");
        std::thread::sleep(Duration::from_millis(50));
    }
}
