//! Asking by HTTP and TFTP.

use std::sync::Arc;
use std::time::Duration;

use adr_transfer::{ErrorCode, ReceiveError, ReceiveOptions};
use reqwest::header::IF_NONE_MATCH;
use reqwest::{Client, Response, StatusCode};

use super::Ask;
use crate::judge::Answer;
use crate::server::Server;

/// How long a connection may take to come about, as with Cisco's clients.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a server may be silent in the middle of a file.
const SILENCE: Duration = Duration::from_secs(20);

/// How long a connection stays open behind an answer: a report follows, and then nothing for hours.
/// It takes a place at the server, which thousands of cores ask within seconds.
const IDLE: Duration = Duration::from_millis(500);

/// Asks real servers.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) http: Client,
    /// How long a whole file may take.
    patience: Duration,
}

impl Wire {
    /// A wire that follows no redirect and asks no proxy. The certificates of the system are read
    /// only for servers that need them.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up; a phrase.
    pub(crate) fn new(servers: &[Server], patience: Duration) -> Result<Self, String> {
        let provider = rustls::crypto::ring::default_provider();
        // somebody else in this process may have chosen one already
        let _ = provider.install_default();
        let http = Client::builder()
            .user_agent(concat!("adrc/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true);
        let http = if servers.iter().any(Server::has_tls) {
            http.build()
        } else {
            http.tls_certs_only([]).build()
        };
        Ok(Self { http: http.map_err(|error| words(&error))?, patience })
    }

    async fn by_http(
        &self,
        server: &Server,
        path: &str,
        limit: u64,
        known: Option<(String, Arc<Vec<u8>>)>,
    ) -> Answer {
        let mut request = self.http.get(server.file(path));
        if let Some((hash, _)) = &known {
            request = request.header(IF_NONE_MATCH, format!("\"{hash}\""));
        }
        let response = match tokio::time::timeout(SILENCE, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Answer::Failed(words(&error)),
            Err(_) => return Answer::Failed(silence()),
        };
        match (response.status(), known) {
            (StatusCode::OK, _) => body(response, limit).await,
            (StatusCode::NOT_MODIFIED, Some((_, bytes))) => Answer::Bytes(bytes),
            (StatusCode::NOT_FOUND | StatusCode::GONE, _) => Answer::Missing,
            (status, _) => Answer::Failed(format!("HTTP status {}", status.as_u16())),
        }
    }
}

impl Ask for Wire {
    async fn ask(
        &self,
        server: &Server,
        path: &str,
        limit: u64,
        known: Option<(String, Arc<Vec<u8>>)>,
    ) -> Answer {
        let asked = async {
            if server.is_tftp() {
                by_tftp(server, path, limit).await
            } else {
                self.by_http(server, path, limit, known).await
            }
        };
        match tokio::time::timeout(self.patience, asked).await {
            Ok(answer) => answer,
            Err(_) => {
                Answer::Failed(format!("not whole after {} seconds", self.patience.as_secs()))
            }
        }
    }
}

/// Every address of the host in turn, until one answers.
async fn by_tftp(server: &Server, path: &str, limit: u64) -> Answer {
    let addresses = match tokio::net::lookup_host(server.host_and_port()).await {
        Ok(addresses) => addresses,
        Err(error) => return Answer::Failed(format!("no address: {error}")),
    };
    let wish = ReceiveOptions { max_bytes: limit, ..ReceiveOptions::default() };
    let mut answer = Answer::Failed("no address".to_owned());
    for address in addresses {
        answer = match adr_transfer::fetch(address, &server.name(path), &wish).await {
            Ok(bytes) => Answer::Bytes(Arc::new(bytes)),
            Err(ReceiveError::Refused { code, .. }) if code == ErrorCode::NOT_FOUND => {
                Answer::Missing
            }
            Err(failure) => Answer::Failed(failure.to_string()),
        };
        if !matches!(answer, Answer::Failed(_)) {
            break;
        }
    }
    answer
}

async fn body(mut response: Response, limit: u64) -> Answer {
    let too_large = || Answer::Failed(format!("more than {limit} bytes"));
    if response.content_length().is_some_and(|length| length > limit) {
        return too_large();
    }
    let mut bytes = Vec::new();
    loop {
        match tokio::time::timeout(SILENCE, response.chunk()).await {
            Ok(Ok(Some(chunk))) => bytes.extend_from_slice(&chunk),
            Ok(Ok(None)) => return Answer::Bytes(Arc::new(bytes)),
            Ok(Err(error)) => return Answer::Failed(words(&error)),
            Err(_) => return Answer::Failed(silence()),
        }
        if bytes.len() as u64 > limit {
            return too_large();
        }
    }
}

fn silence() -> String {
    format!("no answer for {} seconds", SILENCE.as_secs())
}

/// An error with its causes, without the address, which is told anyway.
pub(crate) fn words(error: &reqwest::Error) -> String {
    let what = if error.is_connect() {
        "no connection"
    } else if error.is_body() || error.is_decode() {
        "the answer was cut off"
    } else if error.is_timeout() {
        "no answer in time"
    } else {
        "no answer"
    };
    let mut cause = std::error::Error::source(error);
    let mut last = None;
    while let Some(deeper) = cause {
        last = Some(deeper.to_string());
        cause = deeper.source();
    }
    last.map_or_else(|| what.to_owned(), |last| format!("{what}: {last}"))
}
