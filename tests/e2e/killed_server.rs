//! A server that is killed in the middle of transfers: clients that retry get whole files.

use adr_kit::needs;
use adr_tests::load::{Expected, Pace, Storm};
use std::time::Duration;

use super::published_tree;
use super::real_clients::Client;
use super::server_process::ServerProcess;
use adr_kit::optional::is_long;

/// Large enough that no transfer ends before the server is killed.
const SIZE: usize = 2_000_000;

#[test]
fn clients_that_retry_after_a_kill_get_whole_files() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    let file = published_tree::bytes(SIZE, 1);
    published_tree::publish(
        &sandbox.path().join("tree"),
        1,
        &[("large.bin".to_owned(), file.clone())],
    );
    // an address that no other test uses, so that its ports stay free until the next start
    let mut server = ServerProcess::start_at(
        sandbox.path(),
        &["tree"],
        ["127.0.0.3:0", "127.0.0.3:0", "127.0.0.1:0"],
    );
    let (tftp, http) = (server.tftp, server.http);
    let clients = if is_long() { 1_000 } else { 100 };
    let interrupted = std::thread::spawn({
        let expected: Expected = [file.clone()].into();
        let mut storm = Storm::new(tftp, "large.bin", expected, clients);
        storm.deadline = Duration::from_secs(30);
        move || storm.run().unwrap()
    });
    wait_for_transfers(&server, clients);
    server.kill();
    let figures = interrupted.join().unwrap();
    assert!(figures.failures() > 0, "the server was killed after the last transfer: {figures}");
    // interrupted clients request the file again, from the same port
    let server = ServerProcess::start_at(
        sandbox.path(),
        &["tree"],
        [&tftp.to_string(), &http.to_string(), "127.0.0.1:0"],
    );
    let mut storm = Storm::new(tftp, "large.bin", [file.clone()].into(), clients.min(100));
    storm.pace = Pace::Once;
    storm.options = vec![("blksize", 1428), ("windowsize", 8)];
    storm.deadline = Duration::from_secs(300);
    let figures = storm.run().unwrap();
    assert_eq!(figures.failures(), 0, "{figures}");
    for client in [Client::Curl, Client::CurlHttp] {
        let fetched = client.fetch(client.address(&server), "large.bin", sandbox.path());
        assert!(fetched.is_ok_and(|fetched| fetched == file), "{client:?}");
    }
}

/// Waits until half of the clients have a transfer in progress.
fn wait_for_transfers(server: &ServerProcess, clients: usize) {
    let began = std::time::Instant::now();
    while server.in_flight("tftp") < clients / 2 {
        assert!(
            began.elapsed() < adr_kit::wait::TIMEOUT,
            "{} transfers in progress",
            server.in_flight("tftp")
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}
