//! TFTP by async-tftp: one thread per listening socket, restarted after an error.
//!
//! docs/contributing/decisions/0013-async-tftp-within-limits.md describes what async-tftp does not
//! offer, and how adrc works around it.

mod gate;
mod handler;
mod reader;

use std::io;
use std::net::UdpSocket;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use async_io::Timer;
use async_tftp::server::{TftpServer, TftpServerBuilder};
use futures_lite::future;

use crate::service::Service;

use gate::{Bell, Gate};
use handler::Files;

/// Pause before a listener is restarted.
const RESTART_PAUSE: Duration = Duration::from_millis(100);

/// Serves a socket in its own thread until the server stops.
///
/// The thread runs its own executor and timers, so sending a block needs no switch of threads.
pub(crate) fn spawn(socket: UdpSocket, service: Arc<Service>) -> io::Result<JoinHandle<()>> {
    let mut signal = service.signal.clone();
    std::thread::Builder::new().name("tftp".to_owned()).spawn(move || {
        async_io::block_on(future::or(signal.stopped(), supervise(&socket, &service)));
    })
}

/// Serves the socket, and restarts the listener after errors.
async fn supervise(socket: &UdpSocket, service: &Arc<Service>) {
    loop {
        let ended = serve(socket, service).await;
        if let Err(error) = ended {
            tracing::error!(%error, "a TFTP listener failed and is restarted");
        }
        service.records.metrics().count_restart();
        Timer::after(RESTART_PAUSE).await;
    }
}

async fn serve(socket: &UdpSocket, service: &Arc<Service>) -> async_tftp::Result<()> {
    let gate = Gate::before(socket, service)?;
    let server = server(socket, service, gate.bell()).await?;
    gate.watched(server.serve()).await
}

async fn server(
    socket: &UdpSocket,
    service: &Arc<Service>,
    bell: Arc<Bell>,
) -> async_tftp::Result<TftpServer<Files>> {
    let limits = &service.settings.limits.tftp;
    TftpServerBuilder::with_handler(Files::new(Arc::clone(service), bell))
        .std_socket(socket.try_clone()?)?
        .timeout(limits.timeout())
        .max_send_retries(limits.retries)
        .block_size_limit(limits.max_block_size)
        .window_size_limit(limits.max_window_size)
        .ignore_client_timeout()
        .build()
        .await
}
