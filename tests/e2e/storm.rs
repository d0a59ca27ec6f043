//! Many concurrent clients, also while the generation changes.

use adr_kit::needs;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use adr_tests::load::{End, Expected, Pace, Requests, Storm};
use rustix::process::Signal;

use super::published_tree;
use super::server_process::{MAX_MEMORY, ServerProcess};
use adr_kit::http::curl;
use adr_kit::optional::is_long;

const NAME: &str = "CUPC/AppDialRules.xml";

/// Publishes a generation of [`NAME`], and returns the content of the file.
fn publish(sandbox: &std::path::Path, generation: u64) -> Vec<u8> {
    let file = published_tree::bytes(2_048, generation);
    published_tree::publish(&sandbox.join("tree"), generation, &[(NAME.to_owned(), file.clone())]);
    file
}

#[test]
fn storm_of_clients_is_served() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    let file = publish(sandbox.path(), 1);
    let server = ServerProcess::start(sandbox.path(), &["tree"]);
    let clients = if is_long() { 5_000 } else { 1_000 };
    let storm = Storm::new(server.tftp, NAME, [file].into(), clients);
    let figures = storm.run().unwrap();
    assert_eq!((figures.served(), figures.failures()), (clients as u64, 0), "{figures}");
    let memory = server.peak_memory();
    assert!(memory < MAX_MEMORY, "{memory} kB");
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn generation_change_under_load_neither_fails_nor_mixes_transfers() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    let first = publish(sandbox.path(), 1);
    let expected: Expected = (1..=20)
        .map(|generation| published_tree::bytes(2_048, generation))
        .collect::<Vec<_>>()
        .into();
    assert_eq!(expected[0], first);
    let mut server = ServerProcess::start(sandbox.path(), &["tree"]);
    let (tftp, http) = (server.tftp, server.http);
    let pause = Duration::from_millis(if is_long() { 1_200 } else { 160 });
    let stop = Arc::new(OnceLock::new());
    let end = End::Stopped(Arc::clone(&stop));
    let by_tftp = std::thread::spawn({
        let mut storm = Storm::new(tftp, NAME, expected.clone(), 50);
        storm.pace = Pace::Until(end.clone());
        move || storm.run().unwrap()
    });
    let by_http = std::thread::spawn({
        let requests =
            Requests { server: http, path: format!("/{NAME}"), expected, connections: 10, end };
        move || requests.run().unwrap()
    });
    for generation in 2..=20 {
        // files are replaced one by one here, not by a link; the server must not read a mixture
        publish(sandbox.path(), generation);
        server.signal(Signal::HUP);
        server.wait_for_nth("reloaded", usize::try_from(generation).unwrap() - 1);
        std::thread::sleep(pause);
    }
    stop.set(Instant::now()).unwrap();
    for figures in [by_tftp.join().unwrap(), by_http.join().unwrap()] {
        assert_eq!(figures.failures(), 0, "{figures}");
        assert!(figures.done.len() > 5, "{:?}", figures.done);
    }
    let etag = curl(&[], &format!("http://{http}/{NAME}"));
    assert!(etag.head.contains("etag"), "{etag:?}");
}
