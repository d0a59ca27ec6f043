//! One server upstream by one protocol: asking it, reading from it, and remembering when it is ill.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use adr_transfer::{Download, ErrorCode, Failure, Wish};
use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;

use crate::elsewhere::Feed;
use crate::limits::UpstreamLimits;
use crate::settings::UpstreamServer;

/// A server that failed is asked last for so long.
const ILL_TIME: Duration = Duration::from_secs(30);

/// Said in requests, so that a server that passes through as well does not ask back. See RFC 9110,
/// section 7.6.3.
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
    ill: Mutex<Option<Ill>>,
}

#[derive(Clone, Copy, Debug)]
struct Ill {
    until: Instant,
    is_silent: bool,
}

#[derive(Debug)]
enum Way {
    Http {
        client: Client,
        port: u16,
    },
    Tftp {
        port: u16,
        /// As they were when it was asked last.
        addresses: Mutex<Vec<IpAddr>>,
    },
}

/// Why a server has no file for us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It has none, or none for us.
    Missing,
    /// The file is larger than what is passed on, which is not the server's fault.
    TooLarge,
    /// It does not answer, whatever it is asked for; a phrase.
    Silent(String),
    /// It does not do what it should; a phrase.
    Wrong(String),
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
                (server.http != 0).then(|| Way::Http { client: client.clone(), port: server.http }),
                (server.tftp != 0).then(|| Way::Tftp {
                    port: server.tftp,
                    addresses: Mutex::new(server.host.parse().into_iter().collect()),
                }),
            ];
            sources.extend(ways.into_iter().flatten().map(|way| Self {
                host: server.host.clone(),
                way,
                ill: Mutex::default(),
            }));
        }
        Ok(sources)
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn is_well(&self, now: Instant) -> bool {
        self.ill(now).is_none()
    }

    /// Whether it did not answer when it was asked last.
    pub(super) fn is_silent(&self, now: Instant) -> bool {
        self.ill(now).is_some_and(|ill| ill.is_silent)
    }

    fn ill(&self, now: Instant) -> Option<Ill> {
        locked(&self.ill).filter(|ill| now < ill.until)
    }

    /// Whether it is asked by TFTP, at this address.
    pub(super) fn has_address(&self, address: IpAddr) -> bool {
        let Way::Tftp { addresses, .. } = &self.way else {
            return false;
        };
        let addresses = locked(addresses);
        addresses.iter().any(|known| known.to_canonical() == address)
    }

    /// Notes how it does, and says once that it does not do what it should.
    pub(super) fn note(&self, trouble: Option<&Trouble>) {
        let now = Instant::now();
        let (reason, is_silent) = match trouble {
            Some(Trouble::Silent(reason)) => (reason, true),
            Some(Trouble::Wrong(reason)) => (reason, false),
            None | Some(Trouble::Missing | Trouble::TooLarge) => {
                *locked(&self.ill) = None;
                return;
            }
        };
        if self.is_well(now) {
            let (server, protocol) = (&self.host, self.way.word());
            tracing::warn!(server, protocol, reason, "an upstream server fails");
        }
        *locked(&self.ill) = Some(Ill { until: now + ILL_TIME, is_silent });
    }

    /// Asks for a file and waits for the beginning of an answer.
    pub(super) async fn ask(
        &self,
        name: &str,
        limits: &UpstreamLimits,
    ) -> Result<Arriving, Trouble> {
        match &self.way {
            Way::Http { client, port } => self.ask_http(client, *port, name, limits).await,
            Way::Tftp { port, addresses } => {
                let address = self.resolve(*port, addresses, limits).await?;
                ask_tftp(address, name, limits).await
            }
        }
    }

    async fn ask_http(
        &self,
        client: &Client,
        port: u16,
        name: &str,
        limits: &UpstreamLimits,
    ) -> Result<Arriving, Trouble> {
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let name = utf8_percent_encode(name, ESCAPED);
        let url = format!("http://{host}:{port}/{name}");
        let send = || send(client.get(&url).header("via", VIA), limits);
        let response = match send().await {
            // the server may have closed a connection that was kept while the request was on its
            // way
            Err(Trouble::Wrong(_)) => send().await?,
            sent => sent?,
        };
        match response.status() {
            StatusCode::OK => Ok(Arriving::Http(response)),
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => {
                Err(Trouble::Missing)
            }
            status => Err(Trouble::Wrong(format!("it answers {status}"))),
        }
    }

    async fn resolve(
        &self,
        port: u16,
        known: &Mutex<Vec<IpAddr>>,
        limits: &UpstreamLimits,
    ) -> Result<SocketAddr, Trouble> {
        let silent = |reason: &str| Trouble::Silent(reason.to_owned());
        let resolved = tokio::net::lookup_host((self.host.as_str(), port));
        let resolved = timeout(limits.timeout(), resolved).await;
        let resolved = resolved.map_err(|_| silent("its name is not resolved in time"))?;
        let resolved = resolved.map_err(|error| silent(&error.to_string()))?;
        let addresses: Vec<_> = resolved.collect();
        *locked(known) = addresses.iter().map(SocketAddr::ip).collect();
        let first = addresses.first().copied();
        first.ok_or_else(|| silent("it has no address"))
    }
}

async fn send(request: RequestBuilder, limits: &UpstreamLimits) -> Result<Response, Trouble> {
    let response = timeout(limits.timeout(), request.send()).await;
    let response = response.map_err(|_| Trouble::Silent("no answer in time".to_owned()))?;
    response.map_err(|error| {
        if error.is_connect() || error.is_timeout() {
            Trouble::Silent(in_full(&error))
        } else {
            Trouble::Wrong(in_full(&error))
        }
    })
}

async fn ask_tftp(
    address: SocketAddr,
    name: &str,
    limits: &UpstreamLimits,
) -> Result<Arriving, Trouble> {
    let wish = Wish {
        timeout: limits.timeout() / 3,
        retries: 2,
        most_bytes: limits.largest_bytes,
        ..Wish::default()
    };
    let download = Download::begin(address, name, &wish).await?;
    Ok(Arriving::Tftp(Box::new(download)))
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        match &failure {
            Failure::Refused { code, .. }
                if [ErrorCode::NOT_FOUND, ErrorCode::ACCESS].contains(code) =>
            {
                Self::Missing
            }
            Failure::TooLarge { .. } => Self::TooLarge,
            Failure::Silent | Failure::Socket(_) => Self::Silent(failure.to_string()),
            _ => Self::Wrong(failure.to_string()),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "it has no such file",
            Self::TooLarge => "it sends more than is passed on",
            Self::Silent(reason) | Self::Wrong(reason) => reason,
        })
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// CUCM serves files upstream without TLS; the client wants to be told how it would be done, and
/// trusts nobody.
fn no_tls() -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder =
        builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
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
    pub(super) async fn next(&mut self, limits: &UpstreamLimits) -> Result<Option<Bytes>, Trouble> {
        match self {
            Self::Http(response) => {
                let piece = timeout(limits.timeout(), response.chunk()).await;
                let piece =
                    piece.map_err(|_| Trouble::Wrong("it stopped in the middle".to_owned()))?;
                piece.map_err(|error| Trouble::Wrong(in_full(&error)))
            }
            Self::Tftp(download) => match download.next().await {
                Err(Failure::Silent) => Err(Trouble::Wrong("it stopped in the middle".to_owned())),
                piece => Ok(piece?.map(Bytes::from)),
            },
        }
    }

    /// Hands on what came already, and then the rest, for as long as the server sends it and the
    /// client takes it.
    pub(super) async fn pump(self, begun: Vec<u8>, feed: Feed, limits: &UpstreamLimits) {
        match self.hand_on(begun.into(), &feed, limits).await {
            Ok(true) => feed.end().await,
            Ok(false) => {}
            Err(trouble) => {
                let reason = trouble.to_string();
                tracing::warn!(reason, "an upstream server fails in the middle of a file");
            }
        }
    }

    /// Whether the client has all of it.
    async fn hand_on(
        mut self,
        begun: Bytes,
        feed: &Feed,
        limits: &UpstreamLimits,
    ) -> Result<bool, Trouble> {
        let (mut piece, mut left) = (begun, limits.largest_bytes);
        loop {
            let rest = left.checked_sub(piece.len() as u64);
            left = rest.ok_or(Trouble::TooLarge)?;
            if feed.send(piece).await.is_err() {
                return Ok(false);
            }
            let next = tokio::select! {
                next = self.next(limits) => next?,
                () = feed.gone() => return Ok(false),
            };
            match next {
                Some(next) => piece = next,
                None => return Ok(true),
            }
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
