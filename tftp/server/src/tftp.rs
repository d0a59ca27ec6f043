//! TFTP by async-tftp: a thread for each listening socket, which is started again when it ends by
//! an error.
//!
//! What async-tftp does not hand out, and what is done about it, is told in docs/operations.md.

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

/// Between the end of a listener and its next start.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves a socket in a thread of its own until the signal says to stop.
///
/// The thread drives its own executor and timers, so a block goes out without a change of threads.
pub(crate) fn spawn(socket: UdpSocket, service: Arc<Service>) -> io::Result<JoinHandle<()>> {
    let mut signal = service.signal.clone();
    std::thread::Builder::new().name("tftp".to_owned()).spawn(move || {
        async_io::block_on(future::or(signal.stopped(), supervise(&socket, &service)));
    })
}

/// Serves for as long as it is polled.
async fn supervise(socket: &UdpSocket, service: &Arc<Service>) {
    loop {
        let ended = serve(socket, service).await;
        if let Err(error) = ended {
            tracing::error!(%error, "a TFTP listener ended and is started again");
        }
        service.records.metrics().count_restart();
        Timer::after(PAUSE).await;
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
        .block_size_limit(limits.block_size)
        .window_size_limit(limits.window_size)
        .ignore_client_timeout()
        .build()
        .await
}
