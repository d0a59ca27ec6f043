//! What nobody should send by HTTP, and what it is answered. The same table is in
//! docs/operations.md.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "a test is a client with sockets and a clock, and fails by panicking"
)]

mod stand;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use stand::{LONG, Stand, talk};

/// Statuses of all answers on a connection that sends these bytes and reads to the end; `-` for
/// none.
fn statuses(stand: &Stand, bytes: &[u8]) -> String {
    let answer = stand.talk(bytes);
    let heads = answer.match_indices("HTTP/1.1 ");
    let statuses: Vec<_> = heads.filter_map(|(at, _)| answer.get(at + 9..at + 12)).collect();
    if statuses.is_empty() { "-".to_owned() } else { statuses.join(" ") }
}

fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\n{headers}connection: close\r\n\r\n").into_bytes()
}

#[test]
fn paths_that_ask_for_nothing() {
    let stand = Stand::with(|_| {});
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
        assert_eq!(statuses(&stand, &get(path, "")), status, "{path}");
    }
    let long = format!("/{}", "x".repeat(300));
    assert_eq!(statuses(&stand, &get(&long, "")), "404");
}

#[test]
fn an_error_is_never_a_file() {
    let stand = Stand::with(|_| {});
    for path in ["/nothing.xml", "/../x", "/"] {
        let answer = stand.get(path, "");
        assert!(answer.contains("content-type: text/plain"), "{answer}");
        assert!(!answer.contains("DialRules") && !answer.contains("etc"), "{answer}");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{answer}");
    }
}

#[test]
fn methods_and_bodies() {
    let stand = Stand::with(|_| {});
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND"] {
        let request =
            format!("{method} /AppDialRules.xml HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = stand.talk(request.as_bytes());
        assert!(
            answer.starts_with("HTTP/1.1 405") && answer.contains("allow: GET, HEAD"),
            "{answer}"
        );
    }
    let head =
        stand.talk(b"HEAD /AppDialRules.xml HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    assert!(head.contains("content-length: 31") && head.ends_with("\r\n\r\n"), "{head}");
    assert_eq!(statuses(&stand, &get("/AppDialRules.xml", "content-length: 0\r\n")), "200");
}

/// Behind each of these shapes stands a second request: it must never be answered as if the first
/// had ended elsewhere.
#[test]
fn no_request_hides_in_another() {
    let stand = Stand::with(|_| {});
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
        let statuses = statuses(&stand, request.as_bytes());
        assert!(matches!(statuses.as_str(), "400" | "413" | "-"), "{headers:?}: {statuses}");
    }
    // two honest requests one behind the other are two
    let two =
        [b"GET /AppDialRules.xml HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(), get("/nothing.xml", "")]
            .concat();
    assert_eq!(statuses(&stand, &two), "200 404");
}

#[test]
fn what_is_no_http_is_refused() {
    let stand = Stand::with(|_| {});
    for bytes in [
        &b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"[..],
        b"GET\r\n\r\n",
        b"GET  /AppDialRules.xml HTTP/1.1\r\n\r\n",
        b"GET /AppDialRules.xml HTTP/9.9\r\n\r\n",
        b"\0\x01AppDialRules.xml\0octet\0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let statuses = statuses(&stand, bytes);
        assert!(matches!(statuses.as_str(), "400" | "505" | "-"), "{bytes:?}: {statuses}");
    }
}

#[test]
fn huge_headers_are_refused() {
    let stand = Stand::with(|settings| settings.limits.http.max_header_bytes = 8_192);
    let long = format!("x: {}\r\n", "y".repeat(20_000));
    assert_eq!(statuses(&stand, &get("/AppDialRules.xml", &long)), "431");
    let many = "x: y\r\n".repeat(200);
    assert_eq!(statuses(&stand, &get("/AppDialRules.xml", &many)), "431");
    assert_eq!(statuses(&stand, &get(&format!("/{}", "x".repeat(20_000)), "")), "431");
}

#[test]
fn slow_headers_have_an_end() {
    let stand = Stand::with(|settings| settings.limits.http.header_timeout_milliseconds = 300);
    let mut stream = TcpStream::connect(stand.http()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    let began = Instant::now();
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
    let _ = reader.read_to_string(&mut answer);
    assert!(!answer.contains("DialRules>"), "{answer}");
    assert!(began.elapsed() < LONG);
    writer.join().unwrap();
    stand.until("the end", |server| server.in_flight().1 == 0);
}

#[test]
fn idle_connections_have_an_end_and_a_bound() {
    let wanted = if std::env::var_os("ADR_LONG").is_some() { 9_000 } else { 1_500 };
    let stand = Stand::with(|settings| {
        settings.limits.http.max_connections = wanted;
        settings.limits.http.header_timeout_milliseconds = 4_000;
    });
    let idle: Vec<_> = (0..wanted).map(|_| TcpStream::connect(stand.http()).unwrap()).collect();
    stand.until("all connections", |server| server.in_flight().1 == wanted);
    // one more is closed without an answer, and TFTP goes on
    assert_eq!(talk(stand.http(), &get("/AppDialRules.xml", "")), "");
    assert!(stand::Client::new().fetch("AppDialRules.xml", stand.tftp()).is_ok());
    stand.until("the end of all", |server| server.in_flight().1 == 0);
    assert_eq!(statuses(&stand, &get("/AppDialRules.xml", "")), "200");
    drop(idle);
}

#[test]
fn a_client_that_takes_nothing_is_given_up() {
    let big = vec![("big.bin".to_owned(), stand::bytes(20_000_000))];
    let stand = Stand::of(stand::generation(1, &big), |settings| {
        settings.limits.http.write_timeout_milliseconds = 300;
    });
    let mut stream = TcpStream::connect(stand.http()).unwrap();
    stream.write_all(&get("/big.bin", "")).unwrap();
    stand.until("the connection", |server| server.in_flight().1 == 1);
    stand.until("its end", |server| server.in_flight().1 == 0);
}
