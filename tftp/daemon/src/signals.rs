//! Converts signals to events: SIGHUP requests a reload, SIGTERM and SIGINT end the daemon.

use adr_watcher::supervisor::Cause;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::Error;
use crate::event::Event;

/// Waits for the next SIGTERM or SIGINT after this call. Never returns if signals cannot be
/// received.
pub(crate) async fn terminated() {
    let streams = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
    let [Ok(mut terminate), Ok(mut interrupt)] = streams else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Starts receiving signals. Must be called within a runtime.
pub(crate) fn listen(events: &mpsc::Sender<Event>) -> Result<(), Error> {
    let mut reload = signal(SignalKind::hangup()).map_err(Error::Signals)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Signals)?;
    let events = events.clone();
    tokio::spawn(async move {
        loop {
            let is_open = tokio::select! {
                // a full channel contains reloads that will read the newest rules
                _ = reload.recv() => {
                    let sent = events.try_send(Event::Reload(Cause::Signal, None));
                    sent.is_ok() || !events.is_closed()
                }
                _ = terminate.recv() => events.send(Event::Stop).await.is_ok(),
                _ = interrupt.recv() => events.send(Event::Stop).await.is_ok(),
            };
            if !is_open {
                return;
            }
        }
    });
    Ok(())
}
