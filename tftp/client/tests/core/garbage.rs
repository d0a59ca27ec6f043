//! Servers that answer with any kind of garbage for a moment. The core stays within its bounds, and
//! takes the rules as soon as the server is honest.

use std::time::{Duration, Instant};

use adr_bundle::signature::{PublicKey, new_keys};
use adr_client::{Core, Settings};

use crate::dialing::{dial, wait_for_prefix, wait_until};
use crate::script::Garbage;
use crate::scripted_server::ScriptedServer;

const EVENTS: &str = "/-/events";
const STATE: &str = "/-/state";
/// Files, and everything else.
const ALL: &str = "/";

const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
const FILE: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\n\r\n";

fn once(path: &'static str, answer: String) -> Garbage {
    Garbage { path, answer: answer.into_bytes(), repeated: Vec::new() }
}

fn endless(path: &'static str, head: &str, repeated: &[u8]) -> Garbage {
    Garbage { path, answer: head.as_bytes().to_vec(), repeated: repeated.to_vec() }
}

fn status(line: &str) -> String {
    format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

fn state(generation: u64) -> String {
    format!("event: state\ndata: {{\"generation\":{generation},\"sha256\":\"\",\"window\":0}}\n\n")
}

fn all_garbage() -> Vec<(&'static str, Garbage)> {
    let nested = format!("{STREAM}event: state\ndata: {}\n\n", "[".repeat(60_000));
    let many: String = (2..500).map(state).collect();
    let promised = |length: &str| FILE.replace("\r\n\r\n", &format!("\r\n{length}\r\n\r\n"));
    let chunked = |chunk: &str| promised("transfer-encoding: chunked") + chunk;
    vec![
        ("an endless line", endless(EVENTS, &format!("{STREAM}data: "), &[b'x'; 1 << 16])),
        ("endless states", endless(EVENTS, STREAM, many.as_bytes())),
        ("endless empty lines", endless(EVENTS, STREAM, &[b'\n'; 1 << 16])),
        ("nested JSON", once(EVENTS, nested)),
        ("reconnect at once", once(EVENTS, format!("{STREAM}retry: 0\n{}", state(1)))),
        ("busy for no time", once(EVENTS, status("503 x\r\nretry-after: 0"))),
        ("busy for ever", once(EVENTS, status(&format!("503 x\r\nretry-after: {}", u64::MAX)))),
        ("an endless answer to a long poll", endless(STATE, FILE, &[b'{'; 1 << 16])),
        ("a redirect", once(ALL, status("302 x\r\nlocation: /"))),
        ("a redirect to a file", once(ALL, status("301 x\r\nlocation: file:///etc/passwd"))),
        ("a login page", once(ALL, format!("{FILE}<html>Please log in</html>"))),
        ("unchanged without a request", once(ALL, status("304 x"))),
        ("10 GB", endless(ALL, &promised("content-length: 10737418240"), &[b'x'; 1 << 16])),
        ("an endless file", endless(ALL, FILE, &[b'x'; 1 << 16])),
        ("a chunk without a size", once(ALL, chunked("ZZZ\r\n{}\r\n"))),
        ("a huge chunk", endless(ALL, &chunked("ffffffffffffffff\r\n"), &[b'x'; 1 << 16])),
        ("endless headers", endless(ALL, "HTTP/1.1 200 OK\r\n", b"x-a: bbbbbbbbbbbbbbbb\r\n")),
        ("endless interim answers", endless(ALL, "", b"HTTP/1.1 100 Continue\r\n\r\n")),
        ("nothing", once(ALL, String::new())),
    ]
}

#[test]
fn core_survives_garbage_and_takes_the_next_honest_answer() {
    for (name, garbage) in all_garbage() {
        let is_about_files = garbage.path == ALL;
        let server = ScriptedServer::published();
        server.script().garbage = Some(garbage);
        let began = Instant::now();
        let core = server.core();
        let asked = || server.script().requests.len();
        wait_until(name, || asked() >= 2 || began.elapsed() > Duration::from_secs(3));
        if is_about_files {
            assert_eq!(dial(&core, "5551212"), "5551212", "{name}");
        } else {
            wait_for_prefix(&core, "1");
        }
        // a round is up to four requests, and attempts are at least 20 ms apart
        let requests = asked() as u128;
        let most = 20 + began.elapsed().as_millis() / 4;
        assert!(requests <= most, "{name}: {requests} requests, at most {most}");
        server.script().garbage = None;
        wait_for_prefix(&core, "1");
    }
}

/// Nothing of a manifest is parsed, and little of it read, before its signature is verified.
#[test]
fn large_unsigned_manifest_is_not_read_with_a_pinned_key() {
    let (_, public) = new_keys().unwrap();
    let server = ScriptedServer::published();
    let large = "\"1.2.3.4/8\",".repeat(16 << 20 >> 4);
    server.script().files.insert("manifest.json".into(), large.into_bytes());
    let key = Some(PublicKey::parse(&public).unwrap());
    let core = Core::open(Settings { key, ..server.settings() }).unwrap();
    let refusal = || core.handle().status().refused;
    wait_until("rejects", || refusal().is_some());
    let refusal = refusal().unwrap();
    assert!(refusal.detail.contains("more than 1048576 bytes"), "{refusal:?}");
    server.script().files.insert("manifest.json".into(), b"[".repeat(1 << 20));
    let rejection = core.handle().reload(Duration::from_secs(60)).unwrap_err();
    assert_eq!(rejection.reason().word(), "bad-signature", "{rejection}");
}
