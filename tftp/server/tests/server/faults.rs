//! Panics in a running server: what is lost, and what is started again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use adr_kit::wait::{TIMEOUT, wait_within};
use adr_server::Part;

use crate::harness::{Client, TestServer, bytes, describe, read_request};

/// A server in which the next so many visits to a part panic.
fn server(part: Part) -> (TestServer, Arc<AtomicUsize>) {
    let panics = Arc::new(AtomicUsize::new(0));
    let left = Arc::clone(&panics);
    let server = TestServer::faulty(move |reached| {
        let one_less = |left: usize| left.checked_sub(1);
        let is_next = || left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok();
        assert!(reached != part || !is_next(), "injected");
    });
    (server, panics)
}

/// Waits until so many restarts of a part are counted.
fn wait_for_restarts(server: &TestServer, part: &str, count: usize) {
    let line = format!("adrc_restarts_total{{part=\"{part}\"}} {count}\n");
    let metrics = || server.server().metrics_text();
    wait_within(TIMEOUT, || metrics().contains(&line), || format!("{line} in {}", metrics()));
}

#[test]
fn tftp_loop_that_panics_is_started_again() {
    let (server, panics) = server(Part::Tftp);
    assert!(Client::new().fetch("size-5000.bin", server.tftp()).is_ok());
    panics.store(2, Ordering::SeqCst);
    wait_for_restarts(&server, "tftp", 2);
    assert_eq!(Client::new().fetch("size-5000.bin", server.tftp()).unwrap(), bytes(5_000));
}

#[test]
fn tftp_request_that_panics_is_lost_alone() {
    let (server, panics) = server(Part::Request);
    let client = Client::new();
    client.send(&read_request("size-513.bin", &[]), server.tftp());
    let (first, transfer) = client.receive();
    assert_eq!(describe(&first), "data 1 (512)");
    panics.store(1, Ordering::SeqCst);
    let other = Client::new();
    other.send(&read_request("size-5000.bin", &[]), server.tftp());
    wait_for_restarts(&server, "request", 1);
    // the transfer that was in progress goes on, in the same loop
    client.send(&[0, 4, 0, 1], transfer);
    assert_eq!(describe(&client.receive().0), "data 2 (1)");
    assert_eq!(other.fetch("size-5000.bin", server.tftp()).unwrap(), bytes(5_000));
    wait_for_restarts(&server, "tftp", 0);
}

#[test]
fn tftp_transfer_whose_time_out_panics_is_lost_alone() {
    let (server, panics) = server(Part::Request);
    let begin = |name: &str| {
        let client = Client::new();
        client.send(&read_request(name, &[]), server.tftp());
        let (first, transfer) = client.receive();
        assert_eq!(describe(&first), "data 1 (512)");
        (client, transfer)
    };
    let (other, other_transfer) = begin("size-513.bin");
    let (client, transfer) = begin("size-5000.bin");
    client.send(&[0, 4, 0, 1], transfer);
    assert_eq!(describe(&client.receive().0), "data 2 (512)");
    // only a transfer that was acknowledged times out that soon
    panics.store(1, Ordering::SeqCst);
    wait_for_restarts(&server, "request", 1);
    other.send(&[0, 4, 0, 1], other_transfer);
    assert_eq!(describe(&other.receive().0), "data 2 (1)");
    client.send(&[0, 4, 0, 2], transfer);
    let mut answers = std::iter::repeat_with(|| describe(&client.receive().0));
    let answer = answers.find(|answer| answer != "data 2 (512)");
    assert_eq!(answer.unwrap(), "error 5 Unknown transfer");
    wait_for_restarts(&server, "tftp", 0);
}

#[test]
fn http_request_that_panics_is_answered_with_500() {
    let (server, panics) = server(Part::Request);
    panics.store(1, Ordering::SeqCst);
    let failed = server.get("/size-5000.bin", "");
    assert!(failed.starts_with("HTTP/1.1 500 "), "{failed}");
    assert!(failed.to_ascii_lowercase().contains("connection: close"), "{failed}");
    assert!(server.get("/AppDialRules.xml", "").starts_with("HTTP/1.1 200 "));
    wait_for_restarts(&server, "request", 1);
}

#[test]
fn http_listener_that_panics_accepts_again() {
    let (server, panics) = server(Part::Http);
    panics.store(2, Ordering::SeqCst);
    // the loop reaches the fault after the connection that it waits for
    assert!(server.get("/AppDialRules.xml", "").starts_with("HTTP/1.1 200 "));
    wait_for_restarts(&server, "http", 2);
    assert!(server.get("/AppDialRules.xml", "").starts_with("HTTP/1.1 200 "));
}
