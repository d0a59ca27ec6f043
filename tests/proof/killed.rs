//! kill -9 in the middle of transfers, and what clients have after the next start.

use adr_tests::load::{Expected, Pace, Storm};
use std::time::Duration;

use super::clients::Client;
use super::served::Served;
use super::{is_long, tree};

/// Large enough that no transfer is over before the server is killed.
const SIZE: usize = 2_000_000;

#[test]
fn clients_that_try_again_get_whole_files_after_a_kill() {
    let room = tempfile::tempdir().unwrap();
    let file = tree::bytes(SIZE, 1);
    tree::publish(&room.path().join("tree"), 1, &[("large.bin".to_owned(), file.clone())]);
    // an address of its own, on which nobody takes a port between the kill and the next start
    let served = Served::at(room.path(), &["tree"], ["127.0.0.3:0", "127.0.0.3:0", "127.0.0.1:0"]);
    let (tftp, http) = (served.tftp, served.http);
    let clients = if is_long() { 1_000 } else { 100 };
    let cut = std::thread::spawn({
        let expected: Expected = [file.clone()].into();
        let mut storm = Storm::new(tftp, "large.bin", expected, clients);
        storm.deadline = Duration::from_secs(3);
        move || storm.run().unwrap()
    });
    wait_for_transfers(&served, clients);
    served.kill();
    let figures = cut.join().unwrap();
    assert!(figures.failures() > 0, "the server was killed after the last transfer: {figures}");
    // a client whose transfer broke off begins again, and the port is the same
    let served =
        Served::at(room.path(), &["tree"], [&tftp.to_string(), &http.to_string(), "127.0.0.1:0"]);
    let mut storm = Storm::new(tftp, "large.bin", [file.clone()].into(), clients.min(100));
    storm.pace = Pace::Once;
    storm.options = vec![("blksize", 1428), ("windowsize", 8)];
    storm.deadline = Duration::from_secs(300);
    let figures = storm.run().unwrap();
    assert_eq!(figures.failures(), 0, "{figures}");
    for client in [Client::Curl, Client::CurlHttp] {
        let fetched = client.fetch(client.address(&served), "large.bin", room.path());
        assert!(fetched.is_ok_and(|fetched| fetched == file), "{client:?}");
    }
}

/// Until most clients are served at the same time.
fn wait_for_transfers(served: &Served, clients: usize) {
    let began = std::time::Instant::now();
    while served.in_flight("tftp") < clients / 2 {
        assert!(
            began.elapsed() < super::served::PATIENCE,
            "{} in flight",
            served.in_flight("tftp")
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}
