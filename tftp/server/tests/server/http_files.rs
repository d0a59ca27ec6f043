//! Files by HTTP: headers, ranges, conditional requests, and records.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::harness::{ANSWER_TIMEOUT, Client, TestServer, bytes, generation};
use adr_server::{Outcome, Record};

/// `Last-Modified` of the files of all views of [`crate::harness::generation`].
const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

const EARLIER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";

const LATER: &str = "Fri, 31 Dec 9999 23:59:59 GMT";

const RULES: &str = "<DialRules>default</DialRules>\n";

/// A parsed answer.
struct Answer {
    status: String,
    /// Header lines in lower case.
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

fn ask(served: &TestServer, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request =
        format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
    let answer = served.talk(request.as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer { status: head[9..12].to_owned(), head: head.to_owned(), body: body.to_owned() }
}

fn rules(served: &TestServer, method: &str, headers: &[(&str, &str)]) -> Answer {
    ask(served, method, "/CUPC/AppDialRules.xml", headers)
}

fn etag(served: &TestServer) -> String {
    rules(served, "HEAD", &[]).header("etag").unwrap().to_owned()
}

/// Waits for the only record.
fn record(served: &TestServer) -> Record {
    served.wait_until("a record", |server| server.latest_records().len() == 1);
    served.server().latest_records().remove(0)
}

#[test]
fn answer_has_all_headers_of_a_file() {
    let served = TestServer::with(|_| {});
    for (method, body) in [("GET", RULES), ("HEAD", "")] {
        let answer = rules(&served, method, &[]);
        assert_eq!((answer.status.as_str(), answer.body.as_str()), ("200", body));
        for (name, value) in [
            ("content-length", "31"),
            ("content-type", "text/xml; charset=utf-8"),
            ("cache-control", "private, no-cache"),
            ("accept-ranges", "bytes"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{method} {name}");
        }
        let etag = answer.header("etag").unwrap();
        assert!(etag.starts_with('"') && etag.len() == 66, "{etag}");
    }
    let manifest = ask(&served, "GET", "/manifest.json", &[]);
    assert_eq!(manifest.header("content-type"), Some("application/json"));
    assert_eq!(manifest.header("cache-control"), Some("no-cache"));
    assert_eq!(manifest.header("last-modified"), Some(MODIFIED));
    let other = ask(&served, "GET", "/size-513.bin", &[]);
    let kind = other.header("content-type");
    assert_eq!(kind, Some("application/octet-stream"));
}

#[test]
fn unchanged_file_is_not_sent_again() {
    let served = TestServer::with(|_| {});
    let etag = etag(&served);
    let weak = format!("W/{etag}, \"x\"");
    for method in ["GET", "HEAD"] {
        for known in [etag.as_str(), "*", &weak] {
            let answer = rules(&served, method, &[("if-none-match", known)]);
            assert_eq!(answer.status, "304", "{method} {known:?}");
            assert_eq!(answer.body, "", "{method} {known:?}");
            assert_eq!(answer.header("etag"), Some(etag.as_str()));
            assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
            assert_eq!(answer.header("content-type"), None);
        }
        let answer = rules(&served, method, &[("if-none-match", "\"x\"")]);
        assert_eq!(answer.status, "200", "{method}");
    }
    let outcome = served.server().latest_records().into_iter().rev().nth(1);
    assert_eq!(outcome.unwrap().outcome, Outcome::NotModified);
}

/// A client that moves to another site has the date of a file that it must not keep.
#[test]
fn date_answers_only_for_a_file_of_all_views() {
    let served = TestServer::with(|_| {});
    for (name, date, manifest) in [
        ("if-modified-since", MODIFIED, "304"),
        ("if-modified-since", EARLIER, "200"),
        ("if-modified-since", LATER, "200"),
        ("if-modified-since", "yesterday", "200"),
        ("if-unmodified-since", MODIFIED, "200"),
        ("if-unmodified-since", EARLIER, "412"),
        ("if-unmodified-since", LATER, "412"),
        ("if-unmodified-since", "yesterday", "200"),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = ask(&served, method, "/manifest.json", &[(name, date)]);
            assert_eq!(answer.status, manifest, "{method} {name} {date}");
            let of_view = rules(&served, method, &[(name, date)]);
            assert_eq!(of_view.status, "200", "{method} {name} {date}");
            assert_eq!(of_view.header("last-modified"), None);
        }
    }
    let of_view = rules(&served, "GET", &[("range", "bytes=1-2"), ("if-range", MODIFIED)]);
    assert_eq!(of_view.status, "200");
}

#[test]
fn date_of_two_generations_answers_for_neither() {
    let served = TestServer::with(|_| {});
    served.store.swap(generation(8, &crate::harness::files()));
    let answer = ask(&served, "GET", "/manifest.json", &[("if-modified-since", MODIFIED)]);
    assert_eq!(answer.status, "200");
    assert_eq!(answer.header("last-modified"), None);
    assert!(answer.body.contains("\"generation\": 8"), "{}", answer.body);
}

#[test]
fn precondition_on_another_version_fails_without_a_file() {
    let served = TestServer::with(|_| {});
    let etag = etag(&served);
    for method in ["GET", "HEAD"] {
        for known in [etag.as_str(), "*"] {
            assert_eq!(rules(&served, method, &[("if-match", known)]).status, "200", "{known}");
        }
        for other in ["\"x\"", &format!("W/{etag}")] {
            let answer = rules(&served, method, &[("if-match", other)]);
            assert_eq!(answer.status, "412", "{method} {other}");
            assert!(!answer.body.contains("DialRules"), "{}", answer.body);
        }
    }
    let missing = ask(&served, "GET", "/nothing.xml", &[("if-match", "*")]);
    assert_eq!(missing.status, "404");
}

#[test]
fn lookup_rules_have_the_name_of_ciscos_cme_guide_as_well() {
    let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    let files = vec![
        file("DirLookupDialRules.xml", "lookup"),
        file("CUPC/DirLookupDialRules.xml", "lookup"),
        file("sites/here/CUPC/DirLookupDialRules.xml", "here"),
        file("other/DirLookupDialRules.xml", "lookup"),
        file("other/DirLookupRules.xml", "own"),
    ];
    let exact = TestServer::of(generation(1, &files), |_| {});
    let any_case = TestServer::of(generation(1, &files), |settings| {
        settings.case_insensitive = true;
    });
    for served in [&exact, &any_case] {
        for (path, body) in [
            ("/CUPC/DirLookupRules.xml", "lookup"),
            ("/DirLookupRules.xml", "lookup"),
            ("/other/DirLookupRules.xml", "own"),
        ] {
            let answer = ask(served, "GET", path, &[]);
            assert_eq!((answer.status.as_str(), answer.body.as_str()), ("200", body), "{path}");
            assert_eq!(answer.header("cache-control"), Some("private, no-cache"), "{path}");
            let by_tftp = Client::new().fetch(&path[1..], served.tftp());
            assert_eq!(by_tftp.unwrap(), body.as_bytes(), "{path}");
        }
        assert_eq!(ask(served, "GET", "/more/DirLookupRules.xml", &[]).status, "404");
    }
    assert_eq!(ask(&exact, "GET", "/CUPC/dirlookuprules.xml", &[]).status, "404");
    assert_eq!(ask(&any_case, "GET", "/cupc/dirlookuprules.xml", &[]).body, "lookup");
}

#[test]
fn range_request_gets_a_part() {
    let served = TestServer::with(|_| {});
    for (range, content_range, body) in [
        ("bytes=1-9", "bytes 1-9/31", "DialRules"),
        ("bytes=11-", "bytes 11-30/31", "default</DialRules>\n"),
        ("bytes=-2", "bytes 29-30/31", ">\n"),
        ("bytes=30-99", "bytes 30-30/31", "\n"),
        ("Bytes=0-1", "bytes 0-1/31", "<D"),
    ] {
        let part = rules(&served, "GET", &[("range", range)]);
        assert_eq!((part.status.as_str(), part.body.as_str()), ("206", body), "{range}");
        assert_eq!(part.header("content-range"), Some(content_range));
        let length = body.len().to_string();
        assert_eq!(part.header("content-length"), Some(length.as_str()));
    }
    let beyond = rules(&served, "GET", &[("range", "bytes=31-")]);
    assert_eq!(beyond.status, "416");
    assert_eq!(beyond.header("content-range"), Some("bytes */31"));
    assert!(!beyond.body.contains("DialRules"), "{}", beyond.body);
    let several = rules(&served, "GET", &[("range", "bytes=0-1,3-4")]);
    assert_eq!((several.status.as_str(), several.body.as_str()), ("200", RULES));
}

#[test]
fn if_range_of_another_version_gets_the_whole_file() {
    let served = TestServer::with(|_| {});
    let etag = etag(&served);
    let asked = |known: &str| rules(&served, "GET", &[("range", "bytes=1-2"), ("if-range", known)]);
    assert_eq!(asked(&etag).status, "206");
    let of_manifest = [("range", "bytes=1-2"), ("if-range", MODIFIED)];
    assert_eq!(ask(&served, "GET", "/manifest.json", &of_manifest).status, "206");
    for other in ["\"x\"", EARLIER, MODIFIED] {
        let whole = asked(other);
        assert_eq!((whole.status.as_str(), whole.body.as_str()), ("200", RULES), "{other}");
    }
    // `If-None-Match` takes precedence over the range
    let known = rules(&served, "GET", &[("range", "bytes=1-2"), ("if-none-match", &etag)]);
    assert_eq!(known.status, "304");
}

#[test]
fn head_ignores_ranges() {
    let served = TestServer::with(|_| {});
    for range in ["bytes=1-2", "bytes=31-"] {
        let answer = rules(&served, "HEAD", &[("range", range)]);
        assert_eq!((answer.status.as_str(), answer.body.as_str()), ("200", ""), "{range}");
        assert_eq!(answer.header("content-length"), Some("31"));
        assert_eq!(answer.header("content-range"), None);
    }
}

#[test]
fn record_counts_the_bytes_that_a_client_took() {
    const SIZE: usize = 33_000_000;
    let big = vec![("big.bin".to_owned(), bytes(SIZE))];
    let request = b"GET /big.bin HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let served = TestServer::of(generation(1, &big), |_| {});
    let mut stream = TcpStream::connect(served.http()).unwrap();
    stream.set_read_timeout(Some(ANSWER_TIMEOUT)).unwrap();
    stream.write_all(request).unwrap();
    stream.read_exact(&mut [0; 1_024]).unwrap();
    // closing a connection with unread bytes resets it
    drop(stream);
    let broken = record(&served);
    assert_eq!(broken.outcome, Outcome::Unanswered);
    // bytes in the buffers of the kernel count as sent
    assert!((1_024..SIZE as u64).contains(&broken.bytes), "{}", broken.bytes);
    let served = TestServer::of(generation(1, &big), |_| {});
    let mut stream = TcpStream::connect(served.http()).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.ends_with(&big[0].1));
    let whole = record(&served);
    assert_eq!((whole.outcome, whole.bytes), (Outcome::Complete, SIZE as u64));
}

#[test]
fn head_request_for_a_streamed_file_gets_complete_headers() {
    let sandbox = tempfile::tempdir().unwrap();
    std::fs::write(sandbox.path().join("firmware.sgn"), bytes(3_000_000)).unwrap();
    let served = TestServer::with(|settings| settings.root = Some(sandbox.path().to_owned()));
    let head = ask(&served, "HEAD", "/firmware.sgn", &[]);
    assert_eq!((head.status.as_str(), head.body.as_str()), ("200", ""));
    assert_eq!(head.header("content-length"), Some("3000000"));
    let record = record(&served);
    assert_eq!((record.outcome, record.bytes), (Outcome::Complete, 0));
}
