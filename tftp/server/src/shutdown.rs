//! How a server ends: serving, then draining, then stopped.

use tokio::sync::watch;

/// What a server is doing; goes forward only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// New requests are taken.
    Serving,
    /// New requests are refused, transfers go on.
    Draining,
    /// Everything ends.
    Stopped,
}

/// Tells the phase to everything that runs.
#[derive(Debug)]
pub(crate) struct Shutdown(watch::Sender<Phase>);

/// Hears of the phase; works under any executor.
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

    /// Waits until new requests are refused.
    pub(crate) async fn draining(&mut self) {
        self.reached(Phase::Draining).await;
    }

    /// Waits until everything ends.
    pub(crate) async fn stopped(&mut self) {
        self.reached(Phase::Stopped).await;
    }

    async fn reached(&mut self, phase: Phase) {
        // an error says that the sender is gone, and with it the server
        let _ = self.0.wait_for(|now| *now >= phase).await;
    }
}
