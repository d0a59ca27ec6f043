//! What one client can take from the others: fetches from upstream, places to wait, reports.

use std::io::{Read, Write};
use std::net::TcpStream;

use adr_kit::http_server::HttpServer;
use adr_server::{Settings, UpstreamServer};

use crate::harness::upstream::{Upstream, normal, serve_with_upstream, status};
use crate::harness::{ANSWER_TIMEOUT, TestServer};

/// An upstream server that does not answer requests for names that begin with `hang`.
fn hanging() -> Upstream {
    Upstream::new(|path, out| match path.starts_with("/hang") {
        // ends when adrc closes the connection
        true => drop(out.stream.read_to_end(&mut Vec::new())),
        false => normal(path, out),
    })
}

/// A server behind a proxy on loopback, which names the clients.
fn serve_behind_a_proxy(upstream: &Upstream, change: impl FnOnce(&mut Settings)) -> TestServer {
    serve_with_upstream(&[upstream.server()], |settings| {
        settings.exempt = Vec::new();
        settings.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        change(settings);
    })
}

/// Sends a request of a client without waiting for the answer.
fn begin(served: &TestServer, client: &str, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(served.http()).unwrap();
    stream.set_read_timeout(Some(ANSWER_TIMEOUT)).unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\nx-forwarded-for: {client}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// The status of an answer.
fn end(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    status(&String::from_utf8_lossy(&answer)).to_owned()
}

fn wait_for_requests(served: &TestServer, upstream: &Upstream, count: usize) {
    served.wait_until("requests upstream", |_| upstream.requests() >= count);
}

#[test]
fn client_of_hanging_names_leaves_fetches_to_others() {
    let upstream = hanging();
    let served = serve_behind_a_proxy(&upstream, |settings| {
        let limits = &mut settings.limits.upstream;
        limits.timeout_milliseconds = 60_000;
        limits.max_concurrent_fetches = 4;
        limits.max_concurrent_fetches_per_client = 2;
    });
    let hanging: Vec<_> =
        (0..10).map(|n| begin(&served, "10.0.0.66", &format!("/hang{n}"))).collect();
    wait_for_requests(&served, &upstream, 2);
    let honest = begin(&served, "10.0.0.7", "/SEP001122334455.cnf.xml");
    assert_eq!(end(honest), "200");
    // the same name, for which the other client waits already
    let waiting = begin(&served, "10.0.0.66", "/CTL%20File.tlv");
    assert_eq!(end(begin(&served, "10.0.0.7", "/CTL%20File.tlv")), "200");
    assert_eq!(upstream.requests(), 4);
    drop((hanging, waiting));
}

#[test]
fn client_of_hanging_names_leaves_places_to_wait_to_others() {
    let upstream = hanging();
    let served = serve_behind_a_proxy(&upstream, |settings| {
        let limits = &mut settings.limits.upstream;
        limits.timeout_milliseconds = 60_000;
        limits.max_queued_requests = 8;
        limits.max_queued_requests_per_client = 4;
    });
    // all addresses of one IPv6 network of 64 bits are one client
    let of_network = |n: usize| format!("fd00:1::{n:x}:1");
    let hanging: Vec<_> =
        (0..4).map(|n| begin(&served, &of_network(n), &format!("/hang{n}"))).collect();
    wait_for_requests(&served, &upstream, 4);
    assert_eq!(end(begin(&served, "fd00:1::5", "/SEP001122334455.cnf.xml")), "503");
    assert_eq!(end(begin(&served, "fd00:1:0:1::5", "/SEP001122334455.cnf.xml")), "200");
    drop(hanging);
}

#[test]
fn only_server_is_asked_after_a_name_on_which_it_hangs() {
    let upstream = hanging();
    let served = serve_behind_a_proxy(&upstream, |settings| {
        // also on a slow machine, the other names are answered by then
        settings.limits.upstream.timeout_milliseconds = 5_000;
        settings.limits.upstream.max_concurrent_fetches = 8;
    });
    assert_eq!(end(begin(&served, "10.0.0.66", "/hang")), "502");
    // more of them than adrc tries while no server is reachable
    let again: Vec<_> =
        (0..4).map(|n| begin(&served, &format!("10.0.0.{n}"), &format!("/hang{n}"))).collect();
    wait_for_requests(&served, &upstream, 5);
    assert_eq!(end(begin(&served, "10.0.0.7", "/SEP001122334455.cnf.xml")), "200");
    for hanging in again {
        assert_eq!(end(hanging), "502");
    }
    assert_eq!(end(begin(&served, "10.0.0.7", "/CTL%20File.tlv")), "200");
}

#[test]
fn compressed_file_is_not_passed_on_as_the_file() {
    let coded = HttpServer::new(|request, connection| {
        assert_eq!(request.header("accept-encoding"), Some("identity"));
        let head = match request.path.as_str() {
            "/plain.xml" => "content-encoding: identity\r\n",
            "/transfer.xml" => "transfer-encoding: gzip, chunked\r\n",
            _ => "content-encoding: gzip\r\n",
        };
        connection.send(format!("HTTP/1.1 200 OK\r\n{head}content-length: 5\r\n\r\n").as_bytes());
        connection.send(b"coded");
    });
    let port = coded.address().port();
    let coded = UpstreamServer { host: "127.0.0.1".to_owned(), http: port, tftp: 0 };
    let plain = Upstream::new(|path, out| match path {
        "/both.xml" => out.send_file(5, b"plain"),
        _ => out.not_found(),
    });
    let served = serve_with_upstream(&[coded, plain.server()], |_| {});
    assert!(served.get("/plain.xml", "").ends_with("coded"));
    for _ in 0..2 {
        assert_eq!(status(&served.get("/alone.xml", "")), "502");
        assert_eq!(status(&served.get("/transfer.xml", "")), "502");
        assert!(served.get("/both.xml", "").ends_with("plain"));
    }
}
