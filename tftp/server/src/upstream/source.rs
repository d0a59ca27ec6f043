//! One server upstream by one protocol: asking it, reading from it, and remembering when it is ill.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use adr_protocol::{Download, Wish};
use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use reqwest::{Client, Response, StatusCode};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::elsewhere::Absent;
use crate::limits::UpstreamLimits;
use crate::settings::UpstreamServer;

/// A server that failed is asked last for so long.
const ILL_TIME: Duration = Duration::from_secs(30);

/// Said in requests, so that a server that passes through as well does not ask back. See RFC 9110, section 7.6.3.
pub(crate) const VIA: &str = "1.1 adrc";

/// Characters of a name that are written as `%XX` in a URL.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// A server and a protocol.
#[derive(Debug)]
pub(super) struct Source {
    host: String,
    way: Way,
    ill_until: Mutex<Option<Instant>>,
}

#[derive(Debug)]
enum Way {
    Http { client: Client, port: u16 },
    Tftp { port: u16 },
}

/// A file of which the beginning is there.
pub(super) enum Arriving {
    Http(Response),
    Tftp(Box<Download>),
}

impl Source {
    /// For each server HTTP, then TFTP; a port of 0 leaves one out.
    pub(super) fn all(servers: &[UpstreamServer], time: Duration) -> Result<Vec<Self>, String> {
        let client = Client::builder()
            .connect_timeout(time)
            .read_timeout(time)
            // a server cannot send us to another one, nor can the environment
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .http1_only()
            .user_agent("adrc")
            .tls_backend_preconfigured(no_tls()?)
            .build()
            .map_err(|error| error.to_string())?;
        let mut sources = Vec::new();
        for server in servers {
            let ways = [
                (server.http != 0).then(|| Way::Http {
                    client: client.clone(),
                    port: server.http,
                }),
                (server.tftp != 0).then_some(Way::Tftp { port: server.tftp }),
            ];
            sources.extend(ways.into_iter().flatten().map(|way| Self {
                host: server.host.clone(),
                way,
                ill_until: Mutex::default(),
            }));
        }
        Ok(sources)
    }

    pub(super) fn is_well(&self, now: Instant) -> bool {
        let ill = self
            .ill_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        ill.is_none_or(|until| now >= until)
    }

    /// Notes, and says once, that the server does not do what it should.
    pub(super) fn fell_ill(&self, reason: &str) {
        let now = Instant::now();
        if self.is_well(now) {
            let protocol = self.way.word();
            tracing::warn!(
                server = self.host,
                protocol,
                reason,
                "an upstream server fails"
            );
        }
        let mut ill = self
            .ill_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *ill = Some(now + ILL_TIME);
    }

    /// Asks for a file and waits for the beginning of an answer.
    pub(super) async fn ask(
        &self,
        name: &str,
        limits: &UpstreamLimits,
    ) -> Result<Arriving, Absent> {
        let asked = match &self.way {
            Way::Http { client, port } => self.ask_http(client, *port, name, limits).await,
            Way::Tftp { port } => self.ask_tftp(*port, name, limits).await,
        };
        match asked {
            Ok(Some(arriving)) => {
                *self
                    .ill_until
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = None;
                Ok(arriving)
            }
            Ok(None) => Err(Absent::Missing),
            Err(reason) => {
                self.fell_ill(&reason);
                Err(Absent::Failed)
            }
        }
    }

    async fn ask_http(
        &self,
        client: &Client,
        port: u16,
        name: &str,
        limits: &UpstreamLimits,
    ) -> Result<Option<Arriving>, String> {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        let name = utf8_percent_encode(name, ESCAPED);
        let request = client
            .get(format!("http://{host}:{port}/{name}"))
            .header("via", VIA);
        let response = timeout(limits.timeout(), request.send()).await;
        let response = response.map_err(|_| "no answer in time".to_owned())?;
        let response = response.map_err(|error| in_full(&error))?;
        match response.status() {
            StatusCode::OK => Ok(Some(Arriving::Http(response))),
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => Ok(None),
            status => Err(format!("it answers {status}")),
        }
    }

    async fn ask_tftp(
        &self,
        port: u16,
        name: &str,
        limits: &UpstreamLimits,
    ) -> Result<Option<Arriving>, String> {
        let wish = Wish {
            timeout: limits.timeout() / 3,
            retries: 2,
            most_bytes: limits.largest_bytes,
            ..Wish::default()
        };
        let addresses = timeout(
            limits.timeout(),
            tokio::net::lookup_host((self.host.as_str(), port)),
        );
        let addresses = addresses
            .await
            .map_err(|_| "its name is not resolved in time".to_owned())?;
        let address = addresses.map_err(|error| error.to_string())?.next();
        let address = address.ok_or("it has no address")?;
        match Download::begin(address, name, &wish).await {
            Ok(download) => Ok(Some(Arriving::Tftp(Box::new(download)))),
            Err(failure) if failure.is_missing() => Ok(None),
            Err(failure) => Err(failure.to_string()),
        }
    }
}

/// CUCM serves files upstream without TLS; the client wants to be told how it would be done, and trusts nobody.
fn no_tls() -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(builder
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

impl Way {
    fn word(&self) -> &'static str {
        match self {
            Self::Http { .. } => "http",
            Self::Tftp { .. } => "tftp",
        }
    }
}

impl Arriving {
    /// As the server told it.
    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Self::Http(response) => response.content_length(),
            Self::Tftp(download) => download.size(),
        }
    }

    /// The next piece; `None` at the end, which is where the server said that it would be.
    pub(super) async fn next(&mut self, limits: &UpstreamLimits) -> Result<Option<Bytes>, String> {
        match self {
            Self::Http(response) => {
                let piece = timeout(limits.timeout(), response.chunk()).await;
                let piece = piece.map_err(|_| "it stopped in the middle".to_owned())?;
                piece.map_err(|error| in_full(&error))
            }
            Self::Tftp(download) => {
                let piece = download
                    .next()
                    .await
                    .map_err(|failure| failure.to_string())?;
                Ok(piece.map(Bytes::from))
            }
        }
    }

    /// Hands on what came already, and then the rest, until the end or until nobody wants it.
    pub(super) async fn pump(
        mut self,
        begun: Vec<u8>,
        sender: mpsc::Sender<std::io::Result<Bytes>>,
        limits: &UpstreamLimits,
    ) {
        let mut left = limits.largest_bytes;
        let mut piece = Ok(Some(Bytes::from(begun)));
        while let Ok(Some(bytes)) = piece {
            let fits = left.checked_sub(bytes.len() as u64);
            let Some(rest) = fits else {
                piece = Err("it sends more than is passed on".to_owned());
                break;
            };
            left = rest;
            if !bytes.is_empty() && sender.send(Ok(bytes)).await.is_err() {
                return;
            }
            piece = self.next(limits).await;
        }
        if let Err(reason) = piece {
            tracing::warn!(reason, "an upstream server fails in the middle of a file");
            let _ = sender.send(Err(std::io::Error::other(reason))).await;
        }
    }
}

/// An error with what caused it: the outer one alone says "error sending request".
fn in_full(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let mut text = error.to_string();
    for cause in causes {
        text = format!("{text}: {cause}");
    }
    text
}
