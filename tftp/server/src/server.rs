//! A running server: from settings and a store to listeners, and to their shutdown.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use adr_bundle::folder::phrase;
use axum::Router;
use tokio::task::JoinHandle;

use crate::fallback::{Fallback, FallbackError, FolderError, UpstreamError};
use crate::http;
use crate::metrics::Metrics;
use crate::platform::{BUFFER_LIMIT, grow_receive_buffer};
use crate::record::Record;
use crate::restarts::Faults;
use crate::service::Service;
use crate::settings::{InvalidSetting, Settings};
use crate::shutdown::Shutdown;
use crate::sockets::{BindError, Sockets};
use crate::store::Store;
use crate::tftp;
use crate::tls::{Certificate, Tls, TlsError};

/// Interval at which a shutdown checks whether the last transfer has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A running server. Dropping it cancels transfers; [`Server::shutdown`] lets them finish.
#[derive(Debug)]
pub struct Server {
    service: Arc<Service>,
    addresses: Addresses,
    warnings: Vec<String>,
    /// The thread that serves all TFTP sockets.
    tftp: Option<thread::JoinHandle<()>>,
    /// One task per HTTP, HTTPS or admin socket.
    http: Vec<JoinHandle<()>>,
    shutdown: Shutdown,
}

/// The addresses on which a server listens. Port 0 of the settings is replaced by the actual port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// For TFTP.
    pub tftp: Vec<SocketAddr>,
    /// For HTTP.
    pub http: Vec<SocketAddr>,
    /// For HTTPS.
    pub https: Vec<SocketAddr>,
}

/// What a server needs besides its settings.
#[derive(Debug)]
pub struct Parts {
    /// The published files.
    pub store: Arc<Store>,
    /// Listening sockets.
    pub sockets: Sockets,
    /// Metrics that the server updates.
    pub metrics: Metrics,
    /// Further routes on the HTTP ports, below `/-/`: any other path is a file. Their requests
    /// carry a [`Peer`](crate::Peer) extension.
    pub extra: Router,
    /// Faults for tests; none by default.
    pub faults: Faults,
}

impl Parts {
    /// Opens sockets for the addresses of the settings; metrics at zero, no further routes.
    ///
    /// # Errors
    ///
    /// The process cannot listen on an address.
    pub fn new(settings: &Settings, store: Arc<Store>) -> Result<Self, BindError> {
        Ok(Self::with_sockets(store, Sockets::bind(settings)?))
    }

    /// The same with sockets that are already open.
    #[must_use]
    pub fn with_sockets(store: Arc<Store>, sockets: Sockets) -> Self {
        let (metrics, extra, faults) = (Metrics::default(), Router::new(), Faults::default());
        Self { store, sockets, metrics, extra, faults }
    }
}

impl Server {
    /// Checks whether a server could start with these settings: opens everything but its sockets.
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// Those of [`Server::start`], except for sockets.
    pub fn check(settings: &Settings) -> Result<(), StartError> {
        settings.check().map_err(StartError::Settings)?;
        settings.tls.clone().map(Tls::load).transpose()?;
        Fallback::new(settings, &Metrics::default())?;
        Ok(())
    }

    /// Starts the listeners. Must be called within a tokio runtime with I/O and time enabled.
    ///
    /// # Errors
    ///
    /// A setting is invalid, a file of the settings cannot be opened, or the operating system
    /// refuses a socket or thread.
    pub fn start(settings: Settings, parts: Parts) -> Result<Self, StartError> {
        settings.check().map_err(StartError::Settings)?;
        let Parts { store, sockets, metrics, extra, faults } = parts;
        let shutdown = Shutdown::new();
        let service = Service::new(settings, store, metrics, faults, shutdown.signal())?;
        let service = Arc::new(service);
        let mut server = Self {
            service,
            addresses: Addresses::default(),
            warnings: Vec::new(),
            tftp: None,
            http: Vec::new(),
            shutdown,
        };
        server.listen(sockets, &extra)?;
        Ok(server)
    }

    fn listen(&mut self, sockets: Sockets, extra: &Router) -> io::Result<()> {
        let wanted = self.service.settings.limits.tftp.receive_buffer_bytes;
        for socket in &sockets.tftp {
            let address = socket.local_addr()?;
            let granted = grow_receive_buffer(socket, wanted)?;
            if granted < wanted {
                self.warnings.push(small_buffer(address, granted, wanted));
            }
            self.addresses.tftp.push(address);
        }
        if !sockets.tftp.is_empty() {
            self.tftp = Some(tftp::spawn(sockets.tftp, Arc::clone(&self.service))?);
        }
        for listener in sockets.http {
            self.addresses.http.push(listener.local_addr()?);
            self.listen_http(listener, None, extra)?;
        }
        for listener in sockets.https {
            self.addresses.https.push(listener.local_addr()?);
            self.listen_http(listener, self.service.tls.clone(), extra)?;
        }
        Ok(())
    }

    fn listen_http(
        &mut self,
        listener: TcpListener,
        tls: Option<Tls>,
        extra: &Router,
    ) -> io::Result<()> {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let task = http::spawn(listener, tls, Arc::clone(&self.service), extra.clone());
        self.http.push(task);
        Ok(())
    }

    pub(crate) fn service(&self) -> Arc<Service> {
        Arc::clone(&self.service)
    }

    /// Serves a router on the admin port: with its own pool of connections, and until the server
    /// has stopped.
    pub(crate) fn spawn_admin(&mut self, listener: TcpListener, router: Router) -> io::Result<()> {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let task = http::spawn_admin(listener, self.service(), router);
        self.http.push(task);
        Ok(())
    }

    /// The addresses on which the server listens.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Problems that do not prevent serving, one sentence each.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Reads certificate and key again, for new connections. Does nothing without TLS.
    ///
    /// # Errors
    ///
    /// The files cannot be used. The previous certificate and key stay in use.
    pub fn reload_certificate(&self) -> Result<(), TlsError> {
        self.service.tls.as_ref().map_or(Ok(()), Tls::reload)
    }

    /// The certificate of the HTTPS listeners, for threads that may read files; `None` without TLS.
    #[must_use]
    pub fn certificate(&self) -> Option<Certificate> {
        self.service.tls.clone().map(Certificate::new)
    }

    /// The store from which files are served; [`Store::swap`] replaces the generation.
    #[must_use]
    pub fn store(&self) -> &Arc<Store> {
        &self.service.store
    }

    /// The latest finished requests, newest first, at most [`MAX_RECORDS`](crate::MAX_RECORDS).
    #[must_use]
    pub fn latest_records(&self) -> Vec<Record> {
        self.service.records.latest()
    }

    /// The number of TFTP transfers and of HTTP connections of clients.
    #[must_use]
    pub fn in_flight(&self) -> (u32, u32) {
        let service = &self.service;
        (service.transfers_in_progress(), service.connections.in_use())
    }

    /// The current values of [`Metrics`] in the Prometheus text format.
    #[must_use]
    pub fn metrics_text(&self) -> String {
        self.service.metrics_text()
    }

    /// Refuses new connections and requests from now on. Those in progress continue.
    pub fn drain(&self) {
        self.shutdown.drain();
    }

    /// Refuses new requests, waits until those in progress have ended, at most for `timeout`, then
    /// cancels the rest. Returns how many transfers and connections were canceled.
    pub async fn shutdown(mut self, timeout: Duration) -> u32 {
        self.shutdown.drain();
        let idle = async {
            while self.in_flight() != (0, 0) {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        // whatever is still in progress is counted below
        let _ = tokio::time::timeout(timeout, idle).await;
        let (transfers, connections) = self.in_flight();
        self.shutdown.stop();
        for task in self.http.drain(..) {
            let _ = task.await;
        }
        if let Some(thread) = self.tftp.take() {
            let _ = tokio::task::spawn_blocking(|| thread.join()).await;
        }
        transfers + connections
    }
}

fn small_buffer(address: SocketAddr, granted: usize, wanted: usize) -> String {
    format!(
        "{address}: the kernel grants a receive buffer of {granted} bytes instead of {wanted}, so requests get lost when \
         many phones boot at once; set {BUFFER_LIMIT} to {wanted}"
    )
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Invalid settings, at least one.
    #[error("{}", in_one_line(.0))]
    Settings(Vec<InvalidSetting>),
    /// The folder [`Settings::root`] cannot be opened.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The client for upstream servers cannot be created.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// The certificate or its key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The operating system refuses a socket or a thread.
    #[error("a listener cannot be started: {}", phrase(.0))]
    Socket(#[from] io::Error),
}

impl From<FallbackError> for StartError {
    fn from(error: FallbackError) -> Self {
        match error {
            FallbackError::Folder(error) => Self::Folder(error),
            FallbackError::Upstream(error) => Self::Upstream(error),
        }
    }
}

fn in_one_line(wrong: &[InvalidSetting]) -> String {
    let wrong: Vec<_> = wrong.iter().map(ToString::to_string).collect();
    wrong.join("; ")
}
