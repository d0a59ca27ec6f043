//! `/-/ready`: the server asks its own listeners.

use std::sync::{Arc, Mutex, PoisonError};

use adr_kit::http::exchange;
use adr_kit::wait::{TIMEOUT, wait_until, wait_within};
use adr_server::{Part, TlsFiles};

use crate::harness::TestServer;

fn ready(admin: std::net::SocketAddr) -> String {
    exchange(admin, b"GET /-/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
}

#[test]
fn listeners_answer_and_no_client_is_counted() {
    let sandbox = tempfile::tempdir().unwrap();
    let key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let at = |name: &str| sandbox.path().join(name);
    std::fs::write(at("cert.pem"), key.cert.pem()).unwrap();
    std::fs::write(at("key.pem"), key.signing_key.serialize_pem()).unwrap();
    let mut server = TestServer::with(|settings| {
        // on all addresses as well
        settings.tftp.push("0.0.0.0:0".parse().unwrap());
        settings.http.push("0.0.0.0:0".parse().unwrap());
        settings.https.push("127.0.0.1:0".parse().unwrap());
        settings.tls = Some(TlsFiles { certificate: at("cert.pem"), key: at("key.pem") });
    });
    let admin = server.admin();
    // many probes at once are one request to each listener; a machine that is busy may not answer
    // it in time
    wait_until("all probes are answered", || {
        let probes: Vec<_> = (0..20).map(|_| std::thread::spawn(move || ready(admin))).collect();
        let answers: Vec<_> = probes.into_iter().map(|probe| probe.join().unwrap()).collect();
        answers.iter().all(|answer| {
            answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("ready, generation 7\n")
        })
    });
    assert!(server.get("/AppDialRules.xml", "").starts_with("HTTP/1.1 200 "));
    let records = server.server().latest_records();
    assert!(records.iter().all(|record| record.file == "/AppDialRules.xml"), "{records:?}");
    let metrics = server.server().metrics_text();
    for protocol in ["tftp", "http", "https"] {
        let labels = format!("{{protocol=\"{protocol}\",result=\"missing\"}}");
        let line = format!("adrc_requests_total{labels} 0\n");
        assert!(metrics.contains(&line), "{line} in {metrics}");
    }
}

#[test]
fn listener_that_does_not_answer_is_named() {
    let gate = Arc::new(Mutex::new(()));
    let inside = Arc::clone(&gate);
    let mut server = TestServer::faulty(move |part| {
        if part == Part::Tftp {
            drop(inside.lock().unwrap_or_else(PoisonError::into_inner));
        }
    });
    let admin = server.admin();
    wait_within(TIMEOUT, || ready(admin).starts_with("HTTP/1.1 200 "), || ready(admin));
    let closed = gate.lock().unwrap();
    let address = server.tftp();
    let silent = format!("not ready\nTFTP at {address} does not answer\n");
    wait_within(TIMEOUT, || ready(admin).ends_with(&silent), || ready(admin));
    assert!(ready(admin).starts_with("HTTP/1.1 503 "));
    drop(closed);
    wait_within(TIMEOUT, || ready(admin).starts_with("HTTP/1.1 200 "), || ready(admin));
}
