//! Files over the network, by HTTP and TFTP.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use adr_bundle::Folder;
use adr_transfer::{ErrorCode, ReceiveError, ReceiveOptions};
use reqwest::header::IF_NONE_MATCH;
use reqwest::{Client, Response, StatusCode};

use super::request::{FetchFile, FileRequest};
use super::tls::TlsError;
use crate::answer::{Answer, FetchError};
use crate::server::Server;
use crate::settings::Settings;

/// Timeout for a connection; the one of Cisco's softphones.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Timeout for the next byte of a file.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a connection stays open after a response. A report follows soon, and then nothing for
/// hours, while the connection occupies a place at a server that thousands of cores ask within
/// seconds.
const KEEP_ALIVE: Duration = Duration::from_millis(500);

/// Fetches files from servers.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    /// The HTTP client; follows no redirect, and uses no proxy but the one of the settings.
    pub(crate) http: Client,
    /// Timeout for a whole file.
    file_timeout: Duration,
}

impl Network {
    /// A fetcher for the servers of these settings.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up, or a file of certificates cannot be used.
    pub(crate) fn new(settings: &Settings) -> Result<Self, TlsError> {
        let http = Client::builder()
            .user_agent(concat!("adrc/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(KEEP_ALIVE)
            .tcp_nodelay(true)
            .tls_backend_preconfigured(super::tls::config(settings)?);
        let http = match &settings.proxy {
            Some(proxy) => http.proxy(reqwest::Proxy::all(proxy.url.clone())?),
            // without this, the variables of the environment would choose one
            None => http.no_proxy(),
        };
        Ok(Self { http: http.build()?, file_timeout: settings.timing.file_timeout })
    }

    async fn by_http(&self, server: &Server, request: FileRequest) -> Answer {
        let FileRequest { path, max_bytes, known, patience } = request;
        let patience = patience.min(IDLE_TIMEOUT);
        let mut get = self.http.get(server.url_of(path));
        if let Some(known) = &known {
            get = get.header(IF_NONE_MATCH, format!("\"{}\"", known.sha256));
        }
        let response = match tokio::time::timeout(patience, get.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Answer::failed(error.into()),
            Err(_) => return Answer::failed(idle(patience)),
        };
        match (response.status(), known) {
            (StatusCode::OK, _) => match read_body(response, max_bytes).await {
                Ok(bytes) => Answer::Bytes(Arc::new(bytes)),
                Err(error) => Answer::failed(error),
            },
            (StatusCode::NOT_MODIFIED, Some(known)) => Answer::Bytes(known.bytes),
            (StatusCode::NOT_FOUND | StatusCode::GONE, _) => Answer::Missing,
            (status, _) => Answer::failed(FetchError::Status(status.as_u16())),
        }
    }
}

impl FetchFile for Network {
    async fn fetch(&self, server: &Server, request: FileRequest) -> Answer {
        let fetched = async {
            if let Some(folder) = server.published_folder() {
                from_folder(folder, request).await
            } else if server.is_tftp() {
                by_tftp(server, &request).await
            } else {
                self.by_http(server, request).await
            }
        };
        let seconds = self.file_timeout.as_secs();
        let fetched = tokio::time::timeout(self.file_timeout, fetched).await;
        fetched.unwrap_or_else(|_| Answer::failed(FetchError::Incomplete { seconds }))
    }
}

/// Reads a file of the current generation of a published folder.
async fn from_folder(folder: PathBuf, request: FileRequest) -> Answer {
    let read = move || Folder::current(&folder)?.read(request.path, request.max_bytes);
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok(content)) => Answer::Bytes(Arc::new(content.bytes)),
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Answer::Missing,
        Ok(Err(error)) => Answer::failed(FetchError::File(error)),
        Err(error) => Answer::failed(FetchError::File(io::Error::other(error))),
    }
}

/// Asks every address of the host in turn, until one answers.
async fn by_tftp(server: &Server, request: &FileRequest) -> Answer {
    let addresses = match tokio::net::lookup_host(server.tftp_address()).await {
        Ok(addresses) => addresses,
        Err(error) => return Answer::failed(FetchError::Resolve(error)),
    };
    let mut options = ReceiveOptions { max_bytes: request.max_bytes, ..ReceiveOptions::default() };
    let sent = request.patience.as_secs().try_into().unwrap_or(u32::MAX);
    options.retries = options.retries.min(sent);
    let name = server.tftp_name(request.path);
    let mut answer = Answer::failed(FetchError::NoAddress);
    for address in addresses {
        answer = match adr_transfer::fetch(address, &name, &options).await {
            Ok(bytes) => Answer::Bytes(Arc::new(bytes)),
            Err(ReceiveError::Refused { code, .. }) if code == ErrorCode::NOT_FOUND => {
                Answer::Missing
            }
            Err(failure) => Answer::failed(FetchError::Tftp(failure)),
        };
        if !matches!(answer, Answer::Failed(_)) {
            break;
        }
    }
    answer
}

async fn read_body(mut response: Response, max_bytes: u64) -> Result<Vec<u8>, FetchError> {
    if response.content_length().is_some_and(|length| length > max_bytes) {
        return Err(FetchError::TooLarge { max_bytes });
    }
    let mut bytes = Vec::new();
    loop {
        let chunk = tokio::time::timeout(IDLE_TIMEOUT, response.chunk()).await;
        match chunk.map_err(|_| idle(IDLE_TIMEOUT))?? {
            Some(chunk) => bytes.extend_from_slice(&chunk),
            None => return Ok(bytes),
        }
        if bytes.len() as u64 > max_bytes {
            return Err(FetchError::TooLarge { max_bytes });
        }
    }
}

fn idle(timeout: Duration) -> FetchError {
    FetchError::Idle { seconds: timeout.as_secs() }
}
