//! From settings and a store to listeners that run, and to their end.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use tokio::task::JoinHandle;

use crate::elsewhere::Elsewhere;
use crate::http;
use crate::metrics::Metrics;
use crate::record::Record;
use crate::service::Service;
use crate::settings::{Settings, Unusable};
use crate::shutdown::Shutdown;
use crate::sockets::{BindError, Sockets, enlarge};
use crate::store::Store;
use crate::tftp;
use crate::tls::{Tls, TlsError};

/// Between two looks at whether the last transfer has ended.
const LOOK: Duration = Duration::from_millis(20);

/// Listeners that run. Dropping it ends them at once; [`Server::shutdown`] lets transfers finish.
#[derive(Debug)]
pub struct Server {
    service: Arc<Service>,
    addresses: Addresses,
    warnings: Vec<String>,
    tftp: Vec<thread::JoinHandle<()>>,
    http: Vec<JoinHandle<()>>,
    tls: Option<Tls>,
    shutdown: Shutdown,
}

/// Where a server listens; ports are those that were found where 0 was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// TFTP.
    pub tftp: Vec<SocketAddr>,
    /// HTTP.
    pub http: Vec<SocketAddr>,
    /// HTTPS.
    pub https: Vec<SocketAddr>,
}

/// What a server is made of, beside its settings.
#[derive(Debug)]
pub struct Parts {
    /// The files.
    pub store: Arc<Store>,
    /// Sockets that listen.
    pub sockets: Sockets,
    /// Where it counts.
    pub metrics: Metrics,
    /// Routes on the HTTP ports beside the files; their requests carry a [`Peer`](crate::Peer).
    pub extra: Router,
}

impl Parts {
    /// Sockets for the settings' addresses, numbers at zero, no further routes.
    ///
    /// # Errors
    ///
    /// An address cannot be had.
    pub fn new(settings: &Settings, store: Arc<Store>) -> Result<Self, BindError> {
        Ok(Self::with_sockets(store, Sockets::bind(settings)?))
    }

    /// The same with sockets that are open already.
    #[must_use]
    pub fn with_sockets(store: Arc<Store>, sockets: Sockets) -> Self {
        Self { store, sockets, metrics: Metrics::default(), extra: Router::new() }
    }
}

impl Server {
    /// Whether a server could start with these settings, but for its sockets: opens the
    /// certificate, its key and the folder beside the tree. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// What [`Server::start`] would say.
    pub fn check(settings: &Settings) -> Result<(), StartError> {
        settings.check().map_err(StartError::Settings)?;
        let tls = settings.tls.clone().map(Tls::load).transpose();
        tls.map_err(StartError::Tls)?;
        let elsewhere = Elsewhere::new(settings, &Metrics::default());
        elsewhere.map_err(StartError::Elsewhere)?;
        Ok(())
    }

    /// Starts listening. Must be called within a tokio runtime with its I/O and time enabled.
    ///
    /// # Errors
    ///
    /// The settings make no sense, or a socket or thread is refused.
    pub fn start(settings: Settings, parts: Parts) -> Result<Self, StartError> {
        settings.check().map_err(StartError::Settings)?;
        let Parts { store, sockets, metrics, extra } = parts;
        let tls = settings.tls.clone().map(Tls::load).transpose().map_err(StartError::Tls)?;
        let shutdown = Shutdown::new();
        let service = Service::new(settings, store, metrics, shutdown.signal());
        let service = Arc::new(service.map_err(StartError::Elsewhere)?);
        let mut server = Self {
            service,
            addresses: Addresses::default(),
            warnings: Vec::new(),
            tls,
            tftp: Vec::new(),
            http: Vec::new(),
            shutdown,
        };
        server.listen(sockets, &extra).map_err(StartError::Socket)?;
        Ok(server)
    }

    fn listen(&mut self, sockets: Sockets, extra: &Router) -> io::Result<()> {
        let wanted = self.service.settings.limits.tftp.receive_buffer;
        for socket in sockets.tftp {
            let address = socket.local_addr()?;
            let granted = enlarge(&socket, wanted)?;
            if granted < wanted {
                self.warnings.push(small_buffer(address, granted, wanted));
            }
            self.addresses.tftp.push(address);
            self.tftp.push(tftp::spawn(socket, Arc::clone(&self.service))?);
        }
        for listener in sockets.http {
            self.addresses.http.push(listener.local_addr()?);
            self.listen_http(listener, None, extra)?;
        }
        for listener in sockets.https {
            self.addresses.https.push(listener.local_addr()?);
            self.listen_http(listener, self.tls.clone(), extra)?;
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

    /// Serves a router on one more socket, for operators: with slots of their own, and until the
    /// server has stopped.
    pub(crate) fn spawn_for_operators(
        &mut self,
        listener: TcpListener,
        router: Router,
    ) -> io::Result<()> {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let task = http::spawn_for_operators(listener, self.service(), router);
        self.http.push(task);
        Ok(())
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// What an operator should know, a sentence each: it serves nevertheless.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Reads certificate and key again, for connections that come from now on. Without TLS nothing
    /// happens.
    ///
    /// # Errors
    ///
    /// They cannot be used; the old ones stay.
    pub fn reload_certificate(&self) -> Result<(), TlsError> {
        self.tls.as_ref().map_or(Ok(()), Tls::reload)
    }

    /// The store it serves from; [`Store::swap`] publishes another generation.
    #[must_use]
    pub fn store(&self) -> &Arc<Store> {
        &self.service.store
    }

    /// The last transfers, the latest first, at most [`KEPT`](crate::KEPT).
    #[must_use]
    pub fn last_records(&self) -> Vec<Record> {
        self.service.records.last()
    }

    /// TFTP transfers and HTTP connections of clients at this moment.
    #[must_use]
    pub fn in_flight(&self) -> (u32, u32) {
        let service = &self.service;
        (service.transfers.taken(), service.connections.taken())
    }

    /// The numbers of [`Metrics`] at this moment, as Prometheus reads them.
    #[must_use]
    pub fn metrics_text(&self) -> String {
        self.service.metrics_text()
    }

    /// Refuses what is new, waits until what is in flight has ended, but no longer than `patience`,
    /// then ends the rest. Returns how many transfers and connections were cut off.
    pub async fn shutdown(mut self, patience: Duration) -> u32 {
        self.shutdown.drain();
        let idle = async {
            while self.in_flight() != (0, 0) {
                tokio::time::sleep(LOOK).await;
            }
        };
        // what is left is counted below
        let _ = tokio::time::timeout(patience, idle).await;
        let (transfers, connections) = self.in_flight();
        self.shutdown.stop();
        for task in self.http.drain(..) {
            let _ = task.await;
        }
        let threads = std::mem::take(&mut self.tftp);
        let joined = tokio::task::spawn_blocking(|| {
            for thread in threads {
                let _ = thread.join();
            }
        });
        let _ = joined.await;
        transfers + connections
    }
}

fn small_buffer(address: SocketAddr, granted: usize, wanted: usize) -> String {
    format!(
        "{address}: the kernel grants {granted} bytes of receive buffer, not {wanted}: when very many phones ask at once, \
         requests get lost; set net.core.rmem_max to {wanted}"
    )
}

/// Why a server does not start.
#[derive(Debug)]
pub enum StartError {
    /// Settings that make no sense.
    Settings(Vec<Unusable>),
    /// The folder beside the tree, or the way upstream; a phrase.
    Elsewhere(String),
    /// The certificate or its key.
    Tls(TlsError),
    /// The operating system refuses a socket or a thread.
    Socket(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(wrong) => {
                let wrong: Vec<_> = wrong.iter().map(ToString::to_string).collect();
                f.write_str(&wrong.join("; "))
            }
            Self::Elsewhere(reason) => f.write_str(reason),
            Self::Tls(error) => error.fmt(f),
            Self::Socket(error) => write!(f, "a listener does not start: {error}"),
        }
    }
}

impl std::error::Error for StartError {}
