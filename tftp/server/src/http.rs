//! HTTP by hyper and axum: accepts connections, and limits how many there are and how long each
//! may idle.

mod answer;
mod body;
mod files;
mod framing;
mod via;
mod write_timeout;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use futures_lite::FutureExt;
use hyper::body::Incoming;
use hyper::header::TRANSFER_ENCODING;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::limits::HttpLimits;
use crate::outcome::Protocol;
use crate::permits::{LimitReached, Permit};
use crate::platform::set_acknowledgement_timeout;
use crate::restarts::{BackOff, Part};
use crate::service::Service;
use crate::tls::Tls;
use body::AnswerBody;
use files::ConnectionInfo;
use framing::is_malformed;
use write_timeout::WriteTimeout;

/// Pause after a failed accept; the usual cause is a lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Time between two lines of the log about connections that cannot be accepted.
const ACCEPT_WARNINGS: Duration = Duration::from_secs(10);

/// The users of a listening socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    /// Clients; accepted until the server drains.
    Clients,
    /// Administrators; accepted until the server has stopped, from a pool of connections that
    /// clients cannot exhaust.
    Administrators,
}

/// Serves files on a listening socket until the server drains.
pub(crate) fn spawn(
    listener: TcpListener,
    tls: Option<Tls>,
    service: Arc<Service>,
    extra: Router,
) -> JoinHandle<()> {
    let router = files::router(&service, extra);
    let acceptor = Acceptor { audience: Audience::Clients, tls, router, service };
    tokio::spawn(acceptor.supervise(listener))
}

/// Serves a router on the socket of the admin port until the server has stopped.
pub(crate) fn spawn_admin(
    listener: TcpListener,
    service: Arc<Service>,
    router: Router,
) -> JoinHandle<()> {
    let acceptor = Acceptor { audience: Audience::Administrators, tls: None, router, service };
    tokio::spawn(acceptor.supervise(listener))
}

/// Accepts the connections of a listening socket.
#[derive(Clone)]
struct Acceptor {
    audience: Audience,
    tls: Option<Tls>,
    router: Router,
    service: Arc<Service>,
}

impl Acceptor {
    /// Accepts connections, and starts again after a panic. Connections that were accepted stay.
    async fn supervise(self, listener: TcpListener) {
        let listener = Arc::new(listener);
        let mut back_off = BackOff::new();
        loop {
            let accepting = tokio::spawn(self.clone().serve(Arc::clone(&listener)));
            if !accepting.await.is_err_and(|error| error.is_panic()) {
                return;
            }
            self.service.records.metrics().count_restart(Part::Http);
            tokio::time::sleep(back_off.pause()).await;
        }
    }

    async fn serve(self, listener: Arc<TcpListener>) {
        tokio::select! {
            () = self.closed() => {}
            () = self.accept(&listener) => {}
        }
    }

    async fn accept(&self, listener: &TcpListener) {
        let mut warned: Option<Instant> = None;
        loop {
            self.service.faults.reach(Part::Http);
            match listener.accept().await {
                Ok((stream, address)) => {
                    // without a permit the connection is closed: an answer would take one
                    if let Ok(permit) = self.permit(address) {
                        let acceptor = self.clone();
                        let connection = Connection { address, acceptor, _permit: permit };
                        tokio::spawn(connection.run(stream));
                    }
                }
                Err(error) => {
                    if warned.is_none_or(|warned| warned.elapsed() >= ACCEPT_WARNINGS) {
                        tracing::warn!(%error, "a connection could not be accepted");
                        warned = Some(Instant::now());
                    }
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn permit(&self, address: SocketAddr) -> Result<Permit, LimitReached> {
        let service = &self.service;
        match self.audience {
            // a probe takes no place of a client
            Audience::Clients if !service.probes.are_from(address) => {
                service.connections.acquire(service.client(address).limit_key())
            }
            _ => service.admin_connections.acquire(service.client(address).limit_key()),
        }
    }

    /// Waits until no connections are accepted any more.
    async fn closed(&self) {
        let mut signal = self.service.signal.clone();
        match self.audience {
            Audience::Clients => signal.draining().await,
            Audience::Administrators => signal.stopped().await,
        }
    }
}

/// An accepted connection.
struct Connection {
    address: SocketAddr,
    acceptor: Acceptor,
    _permit: Permit,
}

/// Why a connection ended early.
#[derive(Debug, thiserror::Error)]
enum ConnectionError {
    #[error("no TLS handshake in time")]
    SlowHandshake,
    #[error("the TLS handshake failed: {0}")]
    Handshake(#[source] std::io::Error),
    #[error(transparent)]
    Http(#[from] hyper::Error),
}

impl Connection {
    async fn run(self, stream: TcpStream) {
        // otherwise the second write of an answer would wait for an acknowledgement of the first
        let _ = stream.set_nodelay(true);
        set_acknowledgement_timeout(&stream, self.acknowledgement_timeout());
        let ended = match &self.acceptor.tls {
            Some(tls) => self.run_tls(stream, tls).await,
            None => self.serve(stream, Protocol::Http).await,
        };
        if let Err(error) = ended {
            tracing::debug!(client = %self.address, %error, "a connection ended");
        }
    }

    /// Milliseconds without an acknowledgement after which the kernel closes the connection, where
    /// that can be set.
    ///
    /// It matters for listeners of events that vanished without a reset. Their heartbeats are too
    /// small to ever fill a buffer, so without this timeout they would occupy a connection for a
    /// quarter of an hour.
    fn acknowledgement_timeout(&self) -> u32 {
        let time = self.limits().write_timeout_milliseconds;
        u32::try_from(time).unwrap_or(u32::MAX)
    }

    fn limits(&self) -> &HttpLimits {
        &self.acceptor.service.settings.limits.http
    }

    async fn run_tls(&self, stream: TcpStream, tls: &Tls) -> Result<(), ConnectionError> {
        let time = self.limits().handshake_timeout();
        let stream = tokio::time::timeout(time, tls.acceptor().accept(stream)).await;
        let stream = stream.map_err(|_| ConnectionError::SlowHandshake)?;
        let stream = stream.map_err(ConnectionError::Handshake)?;
        self.serve(stream, Protocol::Https).await
    }

    /// Answers one request.
    ///
    /// The connection ends after a request with a transfer coding: hyper ignores a length beside
    /// it, and another server on the way may have read that one.
    async fn answer(
        &self,
        router: &TowerToHyperService<Router>,
        info: ConnectionInfo,
        request: Request<Incoming>,
    ) -> Result<Response<AnswerBody>, Infallible> {
        let service = &self.acceptor.service;
        if is_malformed(request.version(), request.headers()) {
            if self.acceptor.audience == Audience::Clients {
                files::record_malformed(service, info, &request);
            }
            return Ok(files::malformed());
        }
        let ends = request.headers().contains_key(TRANSFER_ENCODING);
        let answered = AssertUnwindSafe(self.route(router, info, request)).catch_unwind().await;
        let mut response = match answered {
            Ok(response) => response?,
            Err(_) => {
                service.records.metrics().count_restart(Part::Request);
                return Ok(files::failed());
            }
        };
        if ends {
            files::close(response.headers_mut());
        }
        Ok(response)
    }

    /// Answers a request for a file without the router, which costs more than the file.
    async fn route(
        &self,
        router: &TowerToHyperService<Router>,
        info: ConnectionInfo,
        mut request: Request<Incoming>,
    ) -> Result<Response<AnswerBody>, Infallible> {
        let acceptor = &self.acceptor;
        if acceptor.audience == Audience::Clients && files::is_file(request.uri().path()) {
            return Ok(files::file(&acceptor.service, info, request.into_parts().0).await);
        }
        request.extensions_mut().insert(info);
        Ok(router.call(request).await?.map(AnswerBody::Routed))
    }

    /// Serves all requests of the connection.
    async fn serve(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        protocol: Protocol,
    ) -> Result<(), ConnectionError> {
        let limits = self.limits();
        let stream = TokioIo::new(WriteTimeout::new(stream, limits.write_timeout()));
        let router = TowerToHyperService::new(self.acceptor.router.clone());
        let info = ConnectionInfo { protocol, address: self.address };
        let answer = service_fn(|request| self.answer(&router, info, request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_timeout())
            .max_buf_size(limits.max_header_bytes)
            .serve_connection(stream, answer);
        let mut signal = self.acceptor.service.signal.clone();
        let mut connection = pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => return Ok(ended?),
            () = self.acceptor.closed() => connection.as_mut().graceful_shutdown(),
        }
        tokio::select! {
            ended = connection => Ok(ended?),
            () = signal.stopped() => Ok(()),
        }
    }
}
