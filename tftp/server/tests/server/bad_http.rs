//! Invalid and hostile HTTP requests, and the answers to them. docs/guides/operator.md has the same
//! table.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use adr_kit::wait::TIMEOUT;
use adr_server::Outcome;

use crate::harness::{TestServer, exchange};

/// Status codes of all answers to these bytes on one connection; `-` if there is none.
fn statuses(served: &TestServer, bytes: &[u8]) -> String {
    let answer = served.talk(bytes);
    let heads = answer.match_indices("HTTP/1.1 ");
    let statuses: Vec<_> = heads.filter_map(|(at, _)| answer.get(at + 9..at + 12)).collect();
    if statuses.is_empty() { "-".to_owned() } else { statuses.join(" ") }
}

fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\n{headers}connection: close\r\n\r\n").into_bytes()
}

#[test]
fn invalid_paths_are_rejected() {
    let served = TestServer::with(|_| {});
    for (path, status) in [
        ("/AppDialRules.xml", "200"),
        ("/CUPC/AppDialRules.xml", "200"),
        ("/CUPC/AppDialRules.xml?x=1", "200"),
        ("/CUPC%2FAppDialRules.xml", "200"),
        ("http://other/AppDialRules.xml", "200"),
        ("/", "404"),
        ("/nothing.xml", "404"),
        ("/appdialrules.xml", "404"),
        ("/CUPC", "404"),
        ("/CUPC/", "400"),
        ("/sites/here/CUPC/AppDialRules.xml", "404"),
        ("/../etc/passwd", "400"),
        ("/%2e%2e/etc/passwd", "400"),
        ("/%2e%2e%2fetc%2fpasswd", "400"),
        ("/..%5c..%5cboot.ini", "400"),
        ("/CUPC/../AppDialRules.xml", "400"),
        ("/.//AppDialRules.xml", "400"),
        ("//AppDialRules.xml", "400"),
        ("/C:/boot.ini", "400"),
        ("/AppDialRules.xml%00", "404"),
        ("/a%0d%0ab", "404"),
        ("/%ff%fe", "404"),
        ("/%", "404"),
        ("/%2525", "404"),
    ] {
        assert_eq!(statuses(&served, &get(path, "")), status, "{path}");
    }
    let long = format!("/{}", "x".repeat(300));
    assert_eq!(statuses(&served, &get(&long, "")), "404");
}

#[test]
fn error_answer_contains_no_file() {
    let served = TestServer::with(|_| {});
    for path in ["/nothing.xml", "/../x", "/"] {
        let answer = served.get(path, "");
        assert!(answer.contains("content-type: text/plain"), "{answer}");
        assert!(!answer.contains("DialRules") && !answer.contains("etc"), "{answer}");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{answer}");
    }
}

#[test]
fn other_methods_and_bodies_are_rejected() {
    let served = TestServer::with(|_| {});
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND"] {
        let request =
            format!("{method} /AppDialRules.xml HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = served.talk(request.as_bytes());
        assert!(
            answer.starts_with("HTTP/1.1 405") && answer.contains("allow: GET, HEAD"),
            "{answer}"
        );
    }
    let head =
        served.talk(b"HEAD /AppDialRules.xml HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    assert!(head.contains("content-length: 31") && head.ends_with("\r\n\r\n"), "{head}");
    assert_eq!(statuses(&served, &get("/AppDialRules.xml", "content-length: 0\r\n")), "200");
}

/// Each of these requests is followed by a second one. The server must not mistake where the first
/// one ends.
#[test]
fn invalid_body_length_never_smuggles_a_request() {
    let served = TestServer::with(|_| {});
    let hidden = "GET /nothing.xml HTTP/1.1\r\nhost: x\r\n\r\n";
    for headers in [
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: 5, 6\r\n",
        "content-length: +5\r\n",
        "content-length: -1\r\n",
        "content-length: 0x5\r\n",
        "content-length: 99999999999999999999\r\n",
        "content-length : 5\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding : chunked\r\n",
        " transfer-encoding: chunked\r\n",
        "x: y\r\n transfer-encoding: chunked\r\n",
        "transfer-encoding:\u{b}chunked\r\n",
        "transfer-encoding: chunked\r\n",
        "content-length: 50\r\n",
        "x\r\n",
        "x: a\0b\r\n",
    ] {
        let request =
            format!("GET /AppDialRules.xml HTTP/1.1\r\nhost: x\r\n{headers}\r\n0\r\n\r\n{hidden}");
        let statuses = statuses(&served, request.as_bytes());
        assert!(matches!(statuses.as_str(), "400" | "413" | "-"), "{headers:?}: {statuses}");
    }
    // two valid requests in a row get two answers
    let two =
        [b"GET /AppDialRules.xml HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(), get("/nothing.xml", "")]
            .concat();
    assert_eq!(statuses(&served, &two), "200 404");
}

#[test]
fn transfer_coding_other_than_chunked_is_rejected() {
    let served = TestServer::with(|_| {});
    let hidden = "GET /nothing.xml HTTP/1.1\r\nhost: x\r\n\r\n";
    for (version, headers, status) in [
        ("1.1", "transfer-encoding: chunked\r\n", "413"),
        ("1.1", "transfer-encoding: chunked, chunked\r\n", "400"),
        ("1.1", "transfer-encoding: gzip, chunked\r\n", "400"),
        ("1.1", "transfer-encoding: identity\r\ncontent-length: 5\r\n", "400"),
        ("1.1", "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n", "400"),
        ("1.0", "transfer-encoding: chunked\r\n", "400"),
    ] {
        let request = format!(
            "GET /AppDialRules.xml HTTP/{version}\r\nhost: x\r\n{headers}\r\n0\r\n\r\n{hidden}"
        );
        let answer = served.talk(request.as_bytes());
        assert_eq!(answer.matches("HTTP/1.").count(), 1, "{headers:?}: {answer}");
        assert_eq!(answer.get(9..12), Some(status), "{headers:?}: {answer}");
    }
}

#[test]
fn missing_repeated_or_invalid_host_is_rejected() {
    let served = TestServer::with(|_| {});
    for (version, headers, status) in [
        ("1.1", "host: adrc.example.com:6970\r\n", "200"),
        ("1.1", "host: [::1]:6970\r\n", "200"),
        ("1.1", "", "400"),
        ("1.1", "host: x\r\nhost: x\r\n", "400"),
        ("1.1", "host: x\r\nhost: y\r\n", "400"),
        ("1.1", "host: a b/../\r\n", "400"),
        ("1.1", "host: x@y\r\n", "400"),
        ("1.1", "host: x:y\r\n", "400"),
        ("1.0", "", "200"),
        ("1.0", "host: x\r\nhost: y\r\n", "400"),
        ("1.0", "host: a/b\r\n", "400"),
    ] {
        for path in ["/AppDialRules.xml", "http://x/AppDialRules.xml"] {
            let request =
                format!("GET {path} HTTP/{version}\r\n{headers}connection: close\r\n\r\n");
            let answer = served.talk(request.as_bytes());
            assert_eq!(answer.get(9..12), Some(status), "{path} {headers:?}: {answer}");
        }
    }
    // the connection is closed, and the request is recorded
    let two = b"GET /1 HTTP/1.1\r\n\r\nGET /AppDialRules.xml HTTP/1.1\r\nhost: x\r\n\r\n";
    assert_eq!(statuses(&served, two), "400");
    served.wait_until("the record", |server| {
        server.latest_records().iter().any(|record| record.file == "/1")
    });
}

#[test]
fn malformed_http_is_rejected() {
    let served = TestServer::with(|_| {});
    for bytes in [
        &b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"[..],
        b"GET\r\n\r\n",
        b"GET  /AppDialRules.xml HTTP/1.1\r\n\r\n",
        b"GET /AppDialRules.xml HTTP/9.9\r\n\r\n",
        b"\0\x01AppDialRules.xml\0octet\0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let statuses = statuses(&served, bytes);
        assert!(matches!(statuses.as_str(), "400" | "505" | "-"), "{bytes:?}: {statuses}");
    }
}

#[test]
fn large_headers_are_rejected() {
    let served = TestServer::with(|settings| settings.limits.http.max_header_bytes = 8_192);
    let long = format!("x: {}\r\n", "y".repeat(20_000));
    assert_eq!(statuses(&served, &get("/AppDialRules.xml", &long)), "431");
    let many = "x: y\r\n".repeat(200);
    assert_eq!(statuses(&served, &get("/AppDialRules.xml", &many)), "431");
    assert_eq!(statuses(&served, &get(&format!("/{}", "x".repeat(20_000)), "")), "431");
}

#[test]
fn slow_headers_time_out() {
    let served =
        TestServer::with(|settings| settings.limits.http.header_timeout_milliseconds = 300);
    let mut stream = TcpStream::connect(served.http()).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    let mut reader = stream.try_clone().unwrap();
    let writer = std::thread::spawn(move || {
        for byte in get("/AppDialRules.xml", &"x: y\r\n".repeat(50)) {
            if stream.write_all(&[byte]).is_err() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let mut answer = String::new();
    let end = reader.read_to_string(&mut answer).map_err(|error| error.kind());
    assert!(matches!(end, Ok(_) | Err(ErrorKind::ConnectionReset)), "it does not end: {end:?}");
    assert!(!answer.contains("DialRules>"), "{answer}");
    writer.join().unwrap();
    served.wait_until("the end", |server| server.in_flight().1 == 0);
}

#[test]
fn idle_connections_time_out() {
    let served =
        TestServer::with(|settings| settings.limits.http.header_timeout_milliseconds = 300);
    let mut idle: Vec<_> = (0..200).map(|_| TcpStream::connect(served.http()).unwrap()).collect();
    for stream in &mut idle {
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        let mut answer = Vec::new();
        let end = stream.read_to_end(&mut answer).map_err(|error| error.kind());
        assert!(matches!(end, Ok(_) | Err(ErrorKind::ConnectionReset)), "it does not end: {end:?}");
    }
    served.wait_until("the end of all", |server| server.in_flight().1 == 0);
    assert_eq!(statuses(&served, &get("/AppDialRules.xml", "")), "200");
}

#[test]
fn connections_are_limited() {
    let wanted = if std::env::var_os("ADR_LONG").is_some() { 9_000 } else { 1_500 };
    let served = TestServer::with(|settings| {
        settings.limits.http.max_connections = wanted;
        // also on a slow machine, the first one is open when the last one comes
        settings.limits.http.header_timeout_milliseconds = 600_000;
    });
    let idle: Vec<_> = (0..wanted).map(|_| TcpStream::connect(served.http()).unwrap()).collect();
    served.wait_until("all connections", |server| server.in_flight().1 == wanted);
    // a further connection is closed without an answer, and TFTP is still served
    assert_eq!(exchange(served.http(), &get("/AppDialRules.xml", "")), "");
    assert!(crate::harness::Client::new().fetch("AppDialRules.xml", served.tftp()).is_ok());
    drop(idle);
    served.wait_until("the end of all", |server| server.in_flight().1 == 0);
    assert_eq!(statuses(&served, &get("/AppDialRules.xml", "")), "200");
}

#[test]
fn client_that_reads_nothing_times_out() {
    let big = vec![("big.bin".to_owned(), crate::harness::bytes(20_000_000))];
    let served = TestServer::of(crate::harness::generation(1, &big), |settings| {
        settings.limits.http.write_timeout_milliseconds = 300;
    });
    let mut stream = TcpStream::connect(served.http()).unwrap();
    stream.write_all(&get("/big.bin", "")).unwrap();
    served.wait_until("the record", |server| server.latest_records().len() == 1);
    assert_eq!(served.server().latest_records()[0].outcome, Outcome::Unanswered);
    served.wait_until("the end", |server| server.in_flight().1 == 0);
}
