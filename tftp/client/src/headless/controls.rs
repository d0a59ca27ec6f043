//! What asks a headless core to reload or to end: signals, or the program itself.

use std::io;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::signals::Signals;

/// A request to a headless core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// Ask the servers now.
    Reload {
        /// What requested it, for the log.
        by: &'static str,
    },
    /// End.
    Stop,
}

/// Asks a headless core from another thread. If all of its clones are dropped, the core ends.
#[derive(Clone, Debug)]
pub struct Controller(UnboundedSender<Control>);

impl Controller {
    /// Makes the core ask its servers now. `by` says in the log what requested it.
    pub fn reload(&self, by: &'static str) {
        // fails if the core has ended
        let _ = self.0.send(Control::Reload { by });
    }

    /// Ends the core.
    pub fn stop(&self) {
        let _ = self.0.send(Control::Stop);
    }
}

/// The requests that a headless core obeys.
#[derive(Debug)]
pub struct Controls(Requests);

#[derive(Debug)]
enum Requests {
    Signals(Signals),
    Controller(UnboundedReceiver<Control>),
}

/// A controller, and the controls for [`run_controlled`](super::run_controlled).
#[must_use]
pub fn controls() -> (Controller, Controls) {
    let (sender, receiver) = unbounded_channel();
    (Controller(sender), Controls(Requests::Controller(receiver)))
}

impl Controls {
    /// The signals of this process. Must be called within a runtime.
    pub(super) fn of_signals() -> io::Result<Self> {
        Ok(Self(Requests::Signals(Signals::new()?)))
    }

    /// Waits for the next request.
    pub(super) async fn next(&mut self) -> Control {
        match &mut self.0 {
            Requests::Signals(signals) => signals.next().await,
            Requests::Controller(requests) => requests.recv().await.unwrap_or(Control::Stop),
        }
    }
}
