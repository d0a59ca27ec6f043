//! HTTP by hyper and axum: who is let in, for how long, and what a request is answered.

mod answer;
mod body;
mod files;
mod patient;

use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::limits::HttpLimits;
use crate::record::Protocol;
use crate::service::Service;
use crate::slots::{Slot, Slots};
use crate::tls::Tls;
use patient::Patient;

/// After an accept that failed, for want of file descriptors as a rule.
const PAUSE: Duration = Duration::from_millis(50);

/// Who asks, in the extensions of every request that goes to a router of the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Where the connection comes from.
    pub address: SocketAddr,
    /// The client: that address, or the one that a named proxy tells.
    pub client: IpAddr,
}

/// How a connection came, in the extensions of every request.
#[derive(Clone, Copy, Debug)]
struct Origin {
    protocol: Protocol,
    address: SocketAddr,
}

/// Whom a listening socket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    /// Clients, strangers among them: let in until the server drains.
    Clients,
    /// Operators: let in until the server has stopped, and strangers take no slots of theirs.
    Operators,
}

/// Serves files on a listening socket, until the signal says to drain.
pub(crate) fn spawn(
    listener: TcpListener,
    tls: Option<Tls>,
    service: Arc<Service>,
    extra: Router,
) -> JoinHandle<()> {
    let door =
        Door { audience: Audience::Clients, tls, router: files::router(&service, extra), service };
    tokio::spawn(door.serve(listener))
}

/// Serves a router for operators on a listening socket, until the server has stopped.
pub(crate) fn spawn_for_operators(
    listener: TcpListener,
    service: Arc<Service>,
    router: Router,
) -> JoinHandle<()> {
    let door = Door { audience: Audience::Operators, tls: None, router, service };
    tokio::spawn(door.serve(listener))
}

/// What a listening socket opens on.
#[derive(Clone)]
struct Door {
    audience: Audience,
    tls: Option<Tls>,
    router: Router,
    service: Arc<Service>,
}

impl Door {
    async fn serve(self, listener: TcpListener) {
        tokio::select! {
            () = self.closed() => {}
            () = self.accept(&listener) => {}
        }
    }

    async fn accept(&self, listener: &TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    // without a slot the connection is closed: an answer would cost what is short
                    if let Ok(slot) = self.service.slot(self.slots(), peer.ip()) {
                        let connection = Connection { peer, door: self.clone(), _slot: slot };
                        tokio::spawn(connection.run(stream));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    fn slots(&self) -> &Arc<Slots> {
        match self.audience {
            Audience::Clients => &self.service.connections,
            Audience::Operators => &self.service.operators,
        }
    }

    /// Waits until nobody is let in any more.
    async fn closed(&self) {
        let mut signal = self.service.signal.clone();
        match self.audience {
            Audience::Clients => signal.draining().await,
            Audience::Operators => signal.stopped().await,
        }
    }
}

/// Somebody who is let in.
struct Connection {
    peer: SocketAddr,
    door: Door,
    _slot: Slot,
}

impl Connection {
    async fn run(self, stream: TcpStream) {
        // an answer of two writes would wait for the client's acknowledgement otherwise
        let _ = stream.set_nodelay(true);
        let _ = sockopt::set_tcp_user_timeout(&stream, self.unacknowledged());
        let ended = match &self.door.tls {
            Some(tls) => self.run_tls(stream, tls).await,
            None => self.talk(stream, Protocol::Http).await,
        };
        if let Err(reason) = ended {
            tracing::debug!(client = %self.peer, reason, "a connection ended");
        }
    }

    /// Milliseconds after which the kernel ends a connection whose other end acknowledges nothing.
    /// A listener that is gone without a word is sent a sign of life now and then, which costs no
    /// buffer that could ever be full; without this, it would hold its place for a quarter of an
    /// hour.
    fn unacknowledged(&self) -> u32 {
        let time = self.limits().write_milliseconds;
        u32::try_from(time).unwrap_or(u32::MAX)
    }

    fn limits(&self) -> &HttpLimits {
        &self.door.service.settings.limits.http
    }

    async fn run_tls(&self, stream: TcpStream, tls: &Tls) -> Result<(), String> {
        let time = self.limits().handshake_time();
        let stream = tokio::time::timeout(time, tls.acceptor().accept(stream)).await;
        let stream = stream.map_err(|_| "no TLS handshake in time".to_owned())?;
        let stream = stream.map_err(|error| error.to_string())?;
        self.talk(stream, Protocol::Https).await
    }

    /// From the first request to the end.
    async fn talk(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        protocol: Protocol,
    ) -> Result<(), String> {
        let limits = self.limits();
        let stream = TokioIo::new(Patient::new(stream, limits.write_time()));
        let router = TowerToHyperService::new(self.door.router.clone());
        let address = self.peer;
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Origin { protocol, address });
            router.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_time())
            .max_buf_size(limits.header_bytes)
            .serve_connection(stream, answer);
        let mut signal = self.door.service.signal.clone();
        let mut connection = pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => return ended.map_err(|error| error.to_string()),
            () = self.door.closed() => connection.as_mut().graceful_shutdown(),
        }
        tokio::select! {
            ended = connection => ended.map_err(|error| error.to_string()),
            () = signal.stopped() => Ok(()),
        }
    }
}
