//! TFTP: one thread that serves all listening sockets, and is started again after an error.
//!
//! ```text
//!  event_loop   packets, timers, and what follows from them
//!    |- ports      sockets: listeners, and the pool from which transfers are served
//!    |- answer     what a request gets
//!    |- table      transfers in progress, and the limits on their number
//!    |    |- clients    limits per client
//!    |    |- guesses    packets that guess the port of a transfer
//!    |    `- held       the limit on bytes in memory
//!    |- transfer   one transfer: an `adr_transfer::Sending` and its source
//!    `- mailbox    wakes the loop when another source has something
//! ```

mod answer;
mod clients;
mod event_loop;
mod guesses;
mod held;
mod mailbox;
mod ports;
mod ready;
mod table;
mod transfer;

use std::io;
use std::net::UdpSocket;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::restarts::{BackOff, Part};
use crate::service::Service;

use event_loop::EventLoop;

/// Serves sockets in a thread of its own until the server stops. Must be called within a tokio
/// runtime.
///
/// # Errors
///
/// The operating system refuses a socket or the thread.
pub(crate) fn spawn(
    listeners: Vec<UdpSocket>,
    service: Arc<Service>,
) -> io::Result<JoinHandle<()>> {
    let first = event_loop(&listeners, &service)?;
    std::thread::Builder::new()
        .name("tftp".to_owned())
        .spawn(move || supervise(first, &listeners, &service))
}

/// A loop that wakes up when the server stops.
fn event_loop(listeners: &[UdpSocket], service: &Arc<Service>) -> io::Result<EventLoop> {
    let listeners = listeners.iter().map(UdpSocket::try_clone).collect::<io::Result<_>>()?;
    let event_loop = EventLoop::new(listeners, Arc::clone(service))?;
    let (mailbox, mut signal) = (event_loop.mailbox(), service.signal.clone());
    service.fallback.runtime().spawn(async move {
        signal.stopped().await;
        mailbox.wake();
    });
    Ok(event_loop)
}

/// Runs the loop, and starts another one after an error. Its transfers are lost; clients repeat
/// their requests.
fn supervise(first: EventLoop, listeners: &[UdpSocket], service: &Arc<Service>) {
    let mut next = Some(first);
    let mut back_off = BackOff::new();
    while !service.signal.is_stopped() {
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let mut running = match next.take() {
                Some(first) => first,
                None => event_loop(listeners, service)?,
            };
            running.run()
        }));
        let error = match ended {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "panic".to_owned(),
        };
        tracing::error!(error, "the TFTP server failed and is started again");
        service.records.metrics().count_restart(Part::Tftp);
        std::thread::sleep(back_off.pause());
    }
}
