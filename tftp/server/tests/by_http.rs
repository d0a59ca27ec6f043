//! What a client by HTTP is told of a file, which parts of it there are, and what it need not fetch
//! again.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "a test is a client with sockets and files, and fails by panicking"
)]

mod stand;

use std::io::{Read, Write};
use std::net::TcpStream;

use adr_server::{Outcome, Record};
use stand::{LONG, Stand, bytes, generation};

/// Of every file of [`stand::generation`].
const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

const EARLIER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";

const RULES: &str = "<DialRules>default</DialRules>\n";

/// An answer, taken apart.
struct Answer {
    status: String,
    /// In lower case.
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.map(str::trim)
    }
}

fn ask(stand: &Stand, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request =
        format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
    let answer = stand.talk(request.as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer { status: head[9..12].to_owned(), head: head.to_owned(), body: body.to_owned() }
}

fn rules(stand: &Stand, method: &str, headers: &[(&str, &str)]) -> Answer {
    ask(stand, method, "/CUPC/AppDialRules.xml", headers)
}

fn etag(stand: &Stand) -> String {
    rules(stand, "HEAD", &[]).header("etag").unwrap().to_owned()
}

/// The only record there is, once it is there.
fn record(stand: &Stand) -> Record {
    stand.until("a record", |server| server.latest_records().len() == 1);
    stand.server().latest_records().remove(0)
}

#[test]
fn a_file_comes_with_all_that_is_known_of_it() {
    let stand = Stand::with(|_| {});
    for (method, body) in [("GET", RULES), ("HEAD", "")] {
        let answer = rules(&stand, method, &[]);
        assert_eq!((answer.status.as_str(), answer.body.as_str()), ("200", body));
        for (name, value) in [
            ("content-length", "31"),
            ("content-type", "text/xml; charset=utf-8"),
            ("last-modified", MODIFIED),
            ("accept-ranges", "bytes"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{method} {name}");
        }
        let etag = answer.header("etag").unwrap();
        assert!(etag.starts_with('"') && etag.len() == 66, "{etag}");
    }
    let manifest = ask(&stand, "GET", "/manifest.json", &[]);
    assert_eq!(manifest.header("content-type"), Some("application/json"));
    let other = ask(&stand, "GET", "/size-513.bin", &[]);
    let kind = other.header("content-type");
    assert_eq!(kind, Some("application/octet-stream"));
}

#[test]
fn what_a_client_has_is_not_sent_again() {
    let stand = Stand::with(|_| {});
    let etag = etag(&stand);
    let weak = format!("W/{etag}, \"x\"");
    for method in ["GET", "HEAD"] {
        for known in [
            ("if-none-match", etag.as_str()),
            ("if-none-match", "*"),
            ("if-none-match", &weak),
            ("if-modified-since", MODIFIED),
        ] {
            let answer = rules(&stand, method, &[known]);
            assert_eq!(answer.status, "304", "{method} {known:?}");
            assert_eq!(answer.body, "", "{method} {known:?}");
            assert_eq!(answer.header("etag"), Some(etag.as_str()));
            assert_eq!(answer.header("last-modified"), Some(MODIFIED));
            assert_eq!(answer.header("content-type"), None);
        }
        for other in [
            ("if-none-match", "\"x\""),
            ("if-modified-since", EARLIER),
            ("if-modified-since", "yesterday"),
        ] {
            let answer = rules(&stand, method, &[other]);
            assert_eq!(answer.status, "200", "{method} {other:?}");
        }
    }
    let outcome = stand.server().latest_records().into_iter().rev().nth(1);
    assert_eq!(outcome.unwrap().outcome, Outcome::NotModified);
}

#[test]
fn a_part_is_sent_to_whoever_asks_for_one() {
    let stand = Stand::with(|_| {});
    for (range, told, body) in [
        ("bytes=1-9", "bytes 1-9/31", "DialRules"),
        ("bytes=11-", "bytes 11-30/31", "default</DialRules>\n"),
        ("bytes=-2", "bytes 29-30/31", ">\n"),
        ("bytes=30-99", "bytes 30-30/31", "\n"),
    ] {
        let part = rules(&stand, "GET", &[("range", range)]);
        assert_eq!((part.status.as_str(), part.body.as_str()), ("206", body), "{range}");
        assert_eq!(part.header("content-range"), Some(told));
        let length = body.len().to_string();
        assert_eq!(part.header("content-length"), Some(length.as_str()));
    }
    let beyond = rules(&stand, "GET", &[("range", "bytes=31-")]);
    assert_eq!(beyond.status, "416");
    assert_eq!(beyond.header("content-range"), Some("bytes */31"));
    assert!(!beyond.body.contains("DialRules"), "{}", beyond.body);
    let several = rules(&stand, "GET", &[("range", "bytes=0-1,3-4")]);
    assert_eq!((several.status.as_str(), several.body.as_str()), ("200", RULES));
}

#[test]
fn a_part_of_another_file_is_not_sent() {
    let stand = Stand::with(|_| {});
    let etag = etag(&stand);
    let asked = |known: &str| rules(&stand, "GET", &[("range", "bytes=1-2"), ("if-range", known)]);
    for same in [etag.as_str(), MODIFIED] {
        assert_eq!(asked(same).status, "206", "{same}");
    }
    for other in ["\"x\"", EARLIER] {
        let whole = asked(other);
        assert_eq!((whole.status.as_str(), whole.body.as_str()), ("200", RULES), "{other}");
    }
    // what the client has weighs more than the part it asks for
    let known = rules(&stand, "GET", &[("range", "bytes=1-2"), ("if-none-match", &etag)]);
    assert_eq!(known.status, "304");
}

#[test]
fn a_head_has_no_parts() {
    let stand = Stand::with(|_| {});
    for range in ["bytes=1-2", "bytes=31-"] {
        let answer = rules(&stand, "HEAD", &[("range", range)]);
        assert_eq!((answer.status.as_str(), answer.body.as_str()), ("200", ""), "{range}");
        assert_eq!(answer.header("content-length"), Some("31"));
        assert_eq!(answer.header("content-range"), None);
    }
}

#[test]
fn a_record_counts_what_a_client_took_of_a_large_file() {
    const SIZE: usize = 33_000_000;
    let big = vec![("big.bin".to_owned(), bytes(SIZE))];
    let request = b"GET /big.bin HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let stand = Stand::of(generation(1, &big), |_| {});
    let mut stream = TcpStream::connect(stand.http()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.write_all(request).unwrap();
    stream.read_exact(&mut [0; 1_024]).unwrap();
    // with bytes that it has not read, its end is a reset
    drop(stream);
    let broken = record(&stand);
    assert_eq!(broken.outcome, Outcome::Unanswered);
    // what the kernel held for the client counts as sent
    assert!((1_024..SIZE as u64).contains(&broken.bytes), "{}", broken.bytes);
    let stand = Stand::of(generation(1, &big), |_| {});
    let mut stream = TcpStream::connect(stand.http()).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.ends_with(&big[0].1));
    let whole = record(&stand);
    assert_eq!((whole.outcome, whole.bytes), (Outcome::Complete, SIZE as u64));
}

#[test]
fn a_head_of_a_file_that_would_be_streamed_is_complete() {
    let room = tempfile::tempdir().unwrap();
    std::fs::write(room.path().join("firmware.sgn"), bytes(3_000_000)).unwrap();
    let stand = Stand::with(|settings| settings.root = Some(room.path().to_owned()));
    let head = ask(&stand, "HEAD", "/firmware.sgn", &[]);
    assert_eq!((head.status.as_str(), head.body.as_str()), ("200", ""));
    assert_eq!(head.header("content-length"), Some("3000000"));
    let record = record(&stand);
    assert_eq!((record.outcome, record.bytes), (Outcome::Complete, 0));
}
