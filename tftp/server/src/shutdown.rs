//! Shutdown of a server in phases: serving, draining, stopped.

use tokio::sync::watch;

/// The phase of a server; it only moves forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// New requests are accepted.
    Serving,
    /// New requests are refused; transfers in progress continue.
    Draining,
    /// Transfers in progress are canceled.
    Stopped,
}

/// Sets the phase. Dropping it stops the server.
#[derive(Debug)]
pub(crate) struct Shutdown(watch::Sender<Phase>);

/// Observes the phase; works under any executor.
#[derive(Clone, Debug)]
pub(crate) struct Signal(watch::Receiver<Phase>);

impl Shutdown {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(Phase::Serving))
    }

    pub(crate) fn signal(&self) -> Signal {
        Signal(self.0.subscribe())
    }

    pub(crate) fn drain(&self) {
        self.advance(Phase::Draining);
    }

    pub(crate) fn stop(&self) {
        self.advance(Phase::Stopped);
    }

    fn advance(&self, phase: Phase) {
        self.0.send_if_modified(|now| {
            let forward = *now < phase;
            *now = phase.max(*now);
            forward
        });
    }
}

impl Drop for Shutdown {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Signal {
    /// Whether new requests are refused.
    pub(crate) fn is_draining(&self) -> bool {
        *self.0.borrow() >= Phase::Draining
    }

    /// Whether the server stops.
    pub(crate) fn is_stopped(&self) -> bool {
        *self.0.borrow() >= Phase::Stopped
    }

    /// Waits until new requests are refused.
    pub(crate) async fn draining(&mut self) {
        self.reached(Phase::Draining).await;
    }

    /// Waits until the server stops.
    pub(crate) async fn stopped(&mut self) {
        self.reached(Phase::Stopped).await;
    }

    async fn reached(&mut self, phase: Phase) {
        // an error means that the sender was dropped, and with it the server
        let _ = self.0.wait_for(|now| *now >= phase).await;
    }
}
