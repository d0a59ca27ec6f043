//! Upstream servers under the control of a test.

use adr_kit::data::pattern;
use adr_kit::http_server::{Connection, HttpServer};
use adr_server::{Outcome, Settings, UpstreamServer};

use super::TestServer;

/// An upstream HTTP server whose answer is a function of the path.
pub(crate) struct Upstream(HttpServer);

pub(crate) type Answer = fn(&str, &mut Connection);

impl Upstream {
    pub(crate) fn new(answer: Answer) -> Self {
        Self(HttpServer::new(move |request, connection| answer(&request.path, connection)))
    }

    pub(crate) fn server(&self) -> UpstreamServer {
        at_port(self.0.address().port())
    }

    /// Number of requests so far.
    pub(crate) fn requests(&self) -> usize {
        self.0.requests()
    }

    /// Bytes sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.0.sent()
    }
}

/// A server at a closed port: no system gives a port below 1024 to a program that asks for a free
/// one.
pub(crate) fn closed() -> UpstreamServer {
    at_port(1)
}

fn at_port(http: u16) -> UpstreamServer {
    UpstreamServer { host: "127.0.0.1".to_owned(), http, tftp: 0 }
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

pub(crate) fn normal(path: &str, out: &mut Connection) {
    match path {
        "/SEP001122334455.cnf.xml" => out.send_file(9, b"<device/>"),
        "/CUPC/AppDialRules.xml" => out.send_file(5, b"theirs"),
        "/CTL%20File.tlv" => out.send_file(1_000, &pattern(1_000)),
        "/ConfigFileCacheList.txt" => out.send_file(6, b"secret"),
        "/firmware.sgn" => out.send_file(3_000_000, &pattern(3_000_000)),
        _ => out.not_found(),
    }
}

/// Waits for `count` records, and returns their outcomes, newest first.
pub(crate) fn outcomes(served: &TestServer, count: usize) -> Vec<Outcome> {
    served.wait_until("the records", |server| server.latest_records().len() >= count);
    let ended = served.server().latest_records();
    ended.iter().take(count).map(|record| record.outcome).collect()
}

pub(crate) fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or(answer)
}
