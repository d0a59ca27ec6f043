//! Upstream servers under the control of a test.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use adr_server::{Outcome, Settings, UpstreamServer};
use rustix::net::sockopt;

use super::{TestServer, bytes};

/// An upstream HTTP server whose answer is a function of the path. It counts requests and sent
/// bytes.
pub(crate) struct Cucm {
    pub(crate) address: SocketAddr,
    pub(crate) asked: Arc<AtomicUsize>,
    pub(crate) sent: Arc<AtomicU64>,
}

pub(crate) type Answer = fn(&str, &mut Out);

/// A connection that counts sent bytes.
pub(crate) struct Out {
    pub(crate) stream: TcpStream,
    pub(crate) sent: Arc<AtomicU64>,
}

impl Out {
    pub(crate) fn send(&mut self, bytes: &[u8]) -> bool {
        self.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.stream.write_all(bytes).is_ok()
    }

    pub(crate) fn file(&mut self, length: u64, bytes: &[u8]) {
        self.send(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").as_bytes());
        self.send(bytes);
    }

    /// Resets the connection: unread bytes are lost.
    pub(crate) fn reset(&mut self) {
        sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO)).unwrap();
    }

    pub(crate) fn missing(&mut self) {
        self.send(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    }
}

impl Cucm {
    pub(crate) fn new(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, sent) = (Arc::<AtomicUsize>::default(), Arc::<AtomicU64>::default());
        let cucm = Self { address, asked: Arc::clone(&asked), sent: Arc::clone(&sent) };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (asked, sent) = (Arc::clone(&asked), Arc::clone(&sent));
                std::thread::spawn(move || {
                    let stream = stream.unwrap();
                    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                    let first = lines.next().unwrap().unwrap();
                    while !lines.next().unwrap().unwrap().is_empty() {}
                    asked.fetch_add(1, Ordering::SeqCst);
                    let path = first.split(' ').nth(1).unwrap().to_owned();
                    answer(&path, &mut Out { stream, sent });
                });
            }
        });
        cucm
    }

    pub(crate) fn server(&self) -> UpstreamServer {
        UpstreamServer { host: "127.0.0.1".to_owned(), http: self.address.port(), tftp: 0 }
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// A server at a closed port.
pub(crate) fn closed() -> UpstreamServer {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    UpstreamServer { host: "127.0.0.1".to_owned(), http: port, tftp: 0 }
}

pub(crate) fn serve_with_upstream(
    servers: &[UpstreamServer],
    change: impl FnOnce(&mut Settings),
) -> TestServer {
    TestServer::with(|settings| {
        settings.upstream = servers.to_vec();
        settings.limits.tftp.timeout_milliseconds = 5_000;
        change(settings);
    })
}

pub(crate) fn normal(path: &str, out: &mut Out) {
    match path {
        "/SEP001122334455.cnf.xml" => out.file(9, b"<device/>"),
        "/CUPC/AppDialRules.xml" => out.file(5, b"theirs"),
        "/CTL%20File.tlv" => out.file(1_000, &bytes(1_000)),
        "/ConfigFileCacheList.txt" => out.file(6, b"secret"),
        "/firmware.sgn" => out.file(3_000_000, &bytes(3_000_000)),
        _ => out.missing(),
    }
}

/// Waits for `count` records, and returns their outcomes, newest first.
pub(crate) fn outcomes(served: &TestServer, count: usize) -> Vec<Outcome> {
    served.until("the records", |server| server.latest_records().len() >= count);
    let ended = served.server().latest_records();
    ended.iter().take(count).map(|record| record.outcome).collect()
}

pub(crate) fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or(answer)
}
