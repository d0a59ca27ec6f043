//! One upstream server by one protocol: sends requests to it, and remembers whether it is healthy.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use adr_transfer::{Download, ReceiveOptions};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue, TRANSFER_ENCODING, VIA as VIA_HEADER,
};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;

use super::body::UpstreamBody;
use super::fetch_error::{Fault, FetchError, is_local, with_causes};
use super::health::Health;
use crate::limits::UpstreamLimits;
use crate::settings::UpstreamServer;

/// The name of adrc in `Via` headers. See RFC 9110, section 7.6.3.
pub(crate) const PSEUDONYM: &str = "adrc";

/// The `Via` header of our requests, from which another adrc sees that it must not ask us back.
const VIA: &str = "1.1 adrc";

/// The content coding of a file that is not compressed.
const PLAIN: &str = "identity";

/// Characters of a name that are percent-encoded in a URL.
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
pub(super) struct Endpoint {
    host: String,
    transport: Transport,
    health: Mutex<Health>,
}

#[derive(Debug)]
enum Transport {
    Http {
        client: Client,
        port: u16,
    },
    Tftp {
        port: u16,
        /// Addresses of the host, as resolved for the latest request.
        addresses: Mutex<Vec<IpAddr>>,
    },
}

/// The HTTP client for upstream servers cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// The HTTP library refused its configuration.
    #[error("the HTTP client for upstream servers cannot be created: {0}")]
    Client(#[from] reqwest::Error),
    /// The TLS library refused its configuration.
    #[error("the TLS library cannot be configured: {0}")]
    Tls(#[from] rustls::Error),
}

impl Endpoint {
    /// The endpoints of all servers: for each server HTTP, then TFTP. Port 0 leaves a protocol out.
    pub(super) fn all(
        servers: &[UpstreamServer],
        time: Duration,
    ) -> Result<Vec<Self>, UpstreamError> {
        let client = Client::builder()
            // sooner than the limit of `send`, so that a server that accepts no connection differs
            // from one that does not answer
            .connect_timeout(time * 2 / 3)
            .read_timeout(time)
            // neither a server nor the environment may send us to another host
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .http1_only()
            .user_agent("adrc")
            .tls_backend_preconfigured(no_tls()?)
            .build()?;
        let mut endpoints = Vec::new();
        for server in servers {
            let transports = [
                (server.http != 0)
                    .then(|| Transport::Http { client: client.clone(), port: server.http }),
                (server.tftp != 0).then(|| Transport::Tftp {
                    port: server.tftp,
                    addresses: Mutex::new(server.host.parse().into_iter().collect()),
                }),
            ];
            endpoints.extend(transports.into_iter().flatten().map(|transport| Self {
                host: server.host.clone(),
                transport,
                health: Mutex::default(),
            }));
        }
        Ok(endpoints)
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// What the latest requests have shown.
    pub(super) fn health(&self) -> Health {
        *locked(&self.health)
    }

    /// Whether this is a TFTP endpoint with this address.
    pub(super) fn has_address(&self, address: IpAddr) -> bool {
        let Transport::Tftp { addresses, .. } = &self.transport else {
            return false;
        };
        let addresses = locked(addresses);
        addresses.iter().any(|known| known.to_canonical() == address)
    }

    /// Records how a request that began at `began` went, and logs when a healthy server becomes
    /// unhealthy, or when this machine cannot ask it.
    pub(super) fn record(&self, error: Option<&FetchError>, began: Instant) {
        let is_outage = locked(&self.health).record(error, began, Instant::now());
        let Some(error) = error else { return };
        let (server, protocol) = (&self.host, self.transport.word());
        let reason = with_causes(error);
        if is_outage {
            tracing::warn!(server, protocol, reason, "an upstream server failed");
        } else if matches!(error, FetchError::Local(_)) {
            tracing::warn!(server, protocol, reason, "adrc cannot ask an upstream server");
        }
    }

    /// Requests a file and waits for the beginning of the answer.
    pub(super) async fn request(
        &self,
        name: &str,
        limits: &UpstreamLimits,
    ) -> Result<UpstreamBody, FetchError> {
        match &self.transport {
            Transport::Http { client, port } => {
                self.request_http(client, *port, name, limits).await
            }
            Transport::Tftp { port, addresses } => {
                let address = self.resolve(*port, addresses, limits).await?;
                request_tftp(address, name, limits).await
            }
        }
    }

    async fn request_http(
        &self,
        client: &Client,
        port: u16,
        name: &str,
        limits: &UpstreamLimits,
    ) -> Result<UpstreamBody, FetchError> {
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let name = utf8_percent_encode(name, ESCAPED);
        let url = format!("http://{host}:{port}/{name}");
        let request = || client.get(&url).header(VIA_HEADER, VIA).header(ACCEPT_ENCODING, PLAIN);
        let response = match send(request(), limits).await {
            // a reused connection may have been closed by the server at the same moment
            Err(FetchError::Faulty(_)) => send(request(), limits).await?,
            sent => sent?,
        };
        match response.status() {
            StatusCode::OK => plain(response).map(UpstreamBody::Http),
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => {
                Err(FetchError::Missing)
            }
            status => Err(FetchError::Faulty(Fault::Status(status))),
        }
    }

    async fn resolve(
        &self,
        port: u16,
        known: &Mutex<Vec<IpAddr>>,
        limits: &UpstreamLimits,
    ) -> Result<SocketAddr, FetchError> {
        let resolved = tokio::net::lookup_host((self.host.as_str(), port));
        let resolved = timeout(limits.timeout(), resolved).await;
        let resolved = resolved.map_err(|_| FetchError::Unreachable(Fault::SlowName))?;
        let resolved = resolved.map_err(|error| match is_local(&error) {
            true => FetchError::Local(Fault::Name(error)),
            false => FetchError::Unreachable(Fault::Name(error)),
        })?;
        let addresses: Vec<_> = resolved.collect();
        *locked(known) = addresses.iter().map(SocketAddr::ip).collect();
        let first = addresses.first().copied();
        first.ok_or(FetchError::Unreachable(Fault::NoAddress))
    }
}

async fn send(request: RequestBuilder, limits: &UpstreamLimits) -> Result<Response, FetchError> {
    let response = timeout(limits.timeout(), request.send()).await;
    let response = response.map_err(|_| FetchError::Silent(Fault::NoAnswer))?;
    response.map_err(|error| match error {
        _ if is_local(&error) => FetchError::Local(error.into()),
        _ if error.is_connect() => FetchError::Unreachable(error.into()),
        _ if error.is_timeout() => FetchError::Silent(error.into()),
        _ => FetchError::Faulty(error.into()),
    })
}

/// An answer whose body is the file itself, and not a compressed form of it, which clients would
/// take for the file.
fn plain(response: Response) -> Result<Response, FetchError> {
    let is_plain = |coding: &&HeaderValue, plain: &str| {
        coding.as_bytes().trim_ascii().eq_ignore_ascii_case(plain.as_bytes())
    };
    for (header, plain) in [(CONTENT_ENCODING, PLAIN), (TRANSFER_ENCODING, "chunked")] {
        let mut codings = response.headers().get_all(header).iter();
        if let Some(coding) = codings.find(|coding| !is_plain(coding, plain)) {
            return Err(FetchError::Faulty(Fault::Coded(coding.clone())));
        }
    }
    Ok(response)
}

async fn request_tftp(
    address: SocketAddr,
    name: &str,
    limits: &UpstreamLimits,
) -> Result<UpstreamBody, FetchError> {
    let options = ReceiveOptions {
        timeout: limits.timeout() / 3,
        retries: 2,
        max_bytes: limits.max_file_bytes,
        ..ReceiveOptions::default()
    };
    let download = Download::begin(address, name, &options).await?;
    Ok(UpstreamBody::Tftp(Box::new(download)))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// CUCM serves files upstream without TLS. The HTTP client requires a TLS configuration
/// nevertheless; this one trusts no certificate.
fn no_tls() -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

impl Transport {
    fn word(&self) -> &'static str {
        match self {
            Self::Http { .. } => "http",
            Self::Tftp { .. } => "tftp",
        }
    }
}
