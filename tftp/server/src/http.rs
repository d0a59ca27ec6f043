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
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::record::Protocol;
use crate::service::Service;
use crate::slots::Slot;
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
pub(crate) fn spawn(listener: TcpListener, service: Arc<Service>, extra: Router) -> JoinHandle<()> {
    let router = files::router(&service, extra);
    spawn_router(listener, service, router)
}

/// Serves a router alone on a listening socket, until the signal says to drain.
pub(crate) fn spawn_router(
    listener: TcpListener,
    service: Arc<Service>,
    router: Router,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut signal = service.signal.clone();
        tokio::select! {
            () = signal.draining() => {}
            () = accept(&listener, &service, &router) => {}
        }
    })
}

async fn accept(listener: &TcpListener, service: &Arc<Service>, router: &Router) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // without a slot the connection is closed: an answer would cost what is short
                if let Ok(slot) = service.slot(&service.connections, peer.ip()) {
                    tokio::spawn(connection(
                        stream,
                        peer,
                        Arc::clone(service),
                        router.clone(),
                        slot,
                    ));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    service: Arc<Service>,
    router: Router,
    _slot: Slot,
) {
    // an answer of two writes would wait for the client's acknowledgement otherwise
    let _ = stream.set_nodelay(true);
    let origin = Origin {
        protocol: Protocol::Http,
        address: peer,
    };
    let ended = talk(stream, origin, &service, router).await;
    if let Err(error) = ended {
        tracing::debug!(client = %peer, %error, "a connection ended");
    }
}

/// One connection, from its first request to its end.
async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    origin: Origin,
    service: &Service,
    router: Router,
) -> hyper::Result<()> {
    let limits = &service.settings.limits.http;
    let stream = TokioIo::new(Patient::new(stream, limits.write_time()));
    let router = TowerToHyperService::new(router);
    let answer = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(origin);
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time())
        .max_buf_size(limits.header_bytes)
        .serve_connection(stream, answer);
    let mut signal = service.signal.clone();
    let mut connection = pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = signal.draining() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        ended = connection => ended,
        () = signal.stopped() => Ok(()),
    }
}
