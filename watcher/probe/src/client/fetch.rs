//! Gets the rule files of a server, by HTTP and by TFTP.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use adr_doctor::client::observation::{
    FetchFailure, FileOutcome, FileSeen, List, Ports, ReadFile, Transport,
};
use adr_engine::Rule;
use adr_transfer::{ReceiveError, ReceiveOptions};
use reqwest::header::LAST_MODIFIED;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::lookup_host;
use tokio::time::timeout;

use super::{CONNECT_TIME, FILE_TIME, MAX_FILE_BYTES};
use crate::limits;

/// How often a TFTP request is repeated, once a second.
const TFTP_RETRIES: u32 = 4;

/// Gets files.
pub(super) struct Fetcher {
    /// `None` if it cannot be set up; the text says why.
    http: Result<Client, String>,
    ports: Ports,
}

/// A file, and when the server says that it changed.
struct Fetched {
    bytes: Vec<u8>,
    modified: Option<i64>,
}

impl Fetcher {
    pub(super) fn new(ports: Ports) -> Self {
        Self { http: http().map_err(|error| error.to_string()), ports }
    }

    /// Asks a server for a file. Returns the rules that the client reads from it as well.
    pub(super) async fn file(
        &self,
        server: &str,
        transport: Transport,
        list: List,
    ) -> (FileSeen, Vec<Rule>) {
        let begin = Instant::now();
        let fetched = timeout(FILE_TIME, self.fetch(server, transport, list)).await;
        let (outcome, rules) = match fetched.unwrap_or(Err(FetchFailure::TimedOut)) {
            Ok(Some(Fetched { bytes, modified })) => {
                let (read, rules) = ReadFile::of(list.path(), &bytes, modified);
                (FileOutcome::Read(read), rules)
            }
            Ok(None) => (FileOutcome::Missing, Vec::new()),
            Err(failure) => (FileOutcome::Failed(failure), Vec::new()),
        };
        let milliseconds = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        let server = server.to_owned();
        (FileSeen { server, transport, list, milliseconds, outcome }, rules)
    }

    /// The file; `None` if the server says that it has none. Asks the addresses of the server in
    /// turn, until one answers.
    async fn fetch(
        &self,
        server: &str,
        transport: Transport,
        list: List,
    ) -> Result<Option<Fetched>, FetchFailure> {
        let port = match transport {
            Transport::Http => self.ports.http,
            Transport::Tftp => self.ports.tftp,
        };
        let mut answer = Err(FetchFailure::NoAddress("the answer has no address".to_owned()));
        for address in resolve(server, port).await? {
            answer = match transport {
                Transport::Http => self.by_http(address, list).await,
                Transport::Tftp => by_tftp(address, list).await,
            };
            if answer.is_ok() {
                break;
            }
        }
        answer
    }

    async fn by_http(
        &self,
        address: SocketAddr,
        list: List,
    ) -> Result<Option<Fetched>, FetchFailure> {
        let client = self.http.as_ref().map_err(|text| FetchFailure::Other(text.clone()))?;
        let get = client.get(format!("http://{address}/{}", list.path())).send();
        let response = get.await.map_err(|error| of_http(&error))?;
        let modified = modified(&response);
        match response.status().as_u16() {
            200 => Ok(Some(Fetched { bytes: body(response).await?, modified })),
            404 | 410 => Ok(None),
            status => Err(FetchFailure::Status(status)),
        }
    }
}

/// An HTTP client without proxy, redirects and trust: files are fetched without TLS.
fn http() -> Result<Client, Box<dyn Error>> {
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let client = Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIME)
        .user_agent(concat!("adrc/", env!("CARGO_PKG_VERSION")));
    Ok(client.build()?)
}

async fn resolve(server: &str, port: u16) -> Result<Vec<SocketAddr>, FetchFailure> {
    let server = server.trim_start_matches('[').trim_end_matches(']');
    match timeout(limits::RESOLVE, lookup_host((server, port))).await {
        Ok(Ok(addresses)) => Ok(addresses.take(limits::ADDRESSES).collect()),
        Ok(Err(error)) => Err(FetchFailure::NoAddress(error.to_string())),
        Err(_) => Err(FetchFailure::NoAddress("no name server answers in time".to_owned())),
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, FetchFailure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| of_http(&error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(FetchFailure::TooLarge);
        }
    }
    Ok(bytes)
}

fn modified(response: &Response) -> Option<i64> {
    let text = response.headers().get(LAST_MODIFIED)?.to_str().ok()?;
    let time = httpdate::parse_http_date(text).ok()?;
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

fn of_http(error: &reqwest::Error) -> FetchFailure {
    if error.is_timeout() {
        return FetchFailure::TimedOut;
    }
    let mut cause: Option<&dyn Error> = Some(error);
    let mut last = String::new();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return of_system(error);
        }
        last = error.to_string();
        cause = error.source();
    }
    FetchFailure::Other(last)
}

fn of_system(error: &io::Error) -> FetchFailure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => FetchFailure::Refused,
        io::ErrorKind::TimedOut => FetchFailure::TimedOut,
        _ => FetchFailure::Other(error.to_string()),
    }
}

async fn by_tftp(address: SocketAddr, list: List) -> Result<Option<Fetched>, FetchFailure> {
    let options = ReceiveOptions {
        max_bytes: MAX_FILE_BYTES,
        retries: TFTP_RETRIES,
        timeout: Duration::from_secs(1),
        ..ReceiveOptions::default()
    };
    match adr_transfer::fetch(address, list.path(), &options).await {
        Ok(bytes) => Ok(Some(Fetched { bytes, modified: None })),
        Err(error) if error.is_missing() => Ok(None),
        Err(ReceiveError::Silent) => Err(FetchFailure::TimedOut),
        Err(ReceiveError::TooLarge { .. }) => Err(FetchFailure::TooLarge),
        Err(ReceiveError::Socket(error)) => Err(of_system(&error)),
        Err(error) => Err(FetchFailure::Other(error.to_string())),
    }
}
