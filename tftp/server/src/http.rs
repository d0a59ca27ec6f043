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

use crate::record::Protocol;
use crate::service::Service;
use crate::slots::Slot;
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

/// Serves a listening socket, until the signal says to drain.
pub(crate) fn spawn(
    listener: TcpListener,
    tls: Option<Tls>,
    service: Arc<Service>,
    extra: Router,
) -> JoinHandle<()> {
    let router = files::router(&service, extra);
    spawn_router(listener, tls, service, router)
}

/// Serves a router alone on a listening socket, until the signal says to drain.
pub(crate) fn spawn_router(
    listener: TcpListener,
    tls: Option<Tls>,
    service: Arc<Service>,
    router: Router,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut signal = service.signal.clone();
        tokio::select! {
            () = signal.draining() => {}
            () = accept(&listener, tls.as_ref(), &service, &router) => {}
        }
    })
}

async fn accept(
    listener: &TcpListener,
    tls: Option<&Tls>,
    service: &Arc<Service>,
    router: &Router,
) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // without a slot the connection is closed: an answer would cost what is short
                if let Ok(slot) = service.slot(&service.connections, peer.ip()) {
                    let connection = Connection {
                        peer,
                        service: Arc::clone(service),
                        router: router.clone(),
                        _slot: slot,
                    };
                    tokio::spawn(connection.run(stream, tls.cloned()));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// A client that is let in.
struct Connection {
    peer: SocketAddr,
    service: Arc<Service>,
    router: Router,
    _slot: Slot,
}

impl Connection {
    async fn run(self, stream: TcpStream, tls: Option<Tls>) {
        // an answer of two writes would wait for the client's acknowledgement otherwise
        let _ = stream.set_nodelay(true);
        let _ = sockopt::set_tcp_user_timeout(&stream, self.unacknowledged());
        let ended = match tls {
            Some(tls) => self.run_tls(stream, &tls).await,
            None => self.talk(stream, Protocol::Http).await,
        };
        if let Err(reason) = ended {
            tracing::debug!(client = %self.peer, reason, "a connection ended");
        }
    }

    /// Milliseconds after which the kernel ends a connection whose other end acknowledges nothing. A listener that is
    /// gone without a word is sent a sign of life now and then, which costs no buffer that could ever be full; without
    /// this, it would hold its place for a quarter of an hour.
    fn unacknowledged(&self) -> u32 {
        let time = self.service.settings.limits.http.write_milliseconds;
        u32::try_from(time).unwrap_or(u32::MAX)
    }

    async fn run_tls(&self, stream: TcpStream, tls: &Tls) -> Result<(), String> {
        let time = self.service.settings.limits.http.handshake_time();
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
        let limits = &self.service.settings.limits.http;
        let stream = TokioIo::new(Patient::new(stream, limits.write_time()));
        let router = TowerToHyperService::new(self.router.clone());
        let address = self.peer;
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request
                .extensions_mut()
                .insert(Origin { protocol, address });
            router.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_time())
            .max_buf_size(limits.header_bytes)
            .serve_connection(stream, answer);
        let mut signal = self.service.signal.clone();
        let mut connection = pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => return ended.map_err(|error| error.to_string()),
            () = signal.draining() => connection.as_mut().graceful_shutdown(),
        }
        tokio::select! {
            ended = connection => ended.map_err(|error| error.to_string()),
            () = signal.stopped() => Ok(()),
        }
    }
}
