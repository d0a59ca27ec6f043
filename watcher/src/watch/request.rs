//! Requests to the thread of a watch.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use super::debounce::FileEvent;
use super::extra::ExtraText;

/// A request to the thread of a watch.
#[derive(Debug)]
pub(super) enum Request {
    /// Record events, with their times.
    Record(Vec<(Instant, FileEvent)>),
    /// Report the current sources, changed or not.
    Read,
    /// The extra source has this text now.
    Text(ExtraText),
    /// End.
    Stop,
}

/// Sends requests to the thread of a watch. The thread ends when the last sender is dropped.
#[derive(Clone, Debug)]
pub(super) struct Requests(Sender<Request>);

impl Requests {
    /// Sends a request; without effect after the thread has ended.
    pub(super) fn send(&self, request: Request) {
        let _ = self.0.send(request);
    }
}

/// A channel to the thread of a watch.
pub(super) fn requests() -> (Requests, Receiver<Request>) {
    let (sender, receiver) = channel();
    (Requests(sender), receiver)
}
