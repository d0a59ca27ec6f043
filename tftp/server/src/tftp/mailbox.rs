//! Tells the event loop that a file, or the next piece of one, has arrived from another source.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

use super::table::Id;

/// Transfers whose source has something new.
#[derive(Debug)]
pub(super) struct Mailbox {
    ready: Mutex<Vec<Id>>,
    poll: mio::Waker,
}

/// Wakes the event loop for one transfer.
struct ForTransfer {
    mailbox: Arc<Mailbox>,
    id: Id,
}

impl Mailbox {
    pub(super) fn new(poll: mio::Waker) -> Arc<Self> {
        Arc::new(Self { ready: Mutex::default(), poll })
    }

    /// Wakes the event loop.
    pub(super) fn wake(&self) {
        if let Err(error) = self.poll.wake() {
            tracing::error!(%error, "the TFTP server cannot be woken");
        }
    }

    /// A waker for the source of a transfer.
    pub(super) fn waker(self: &Arc<Self>, id: Id) -> Waker {
        Arc::new(ForTransfer { mailbox: Arc::clone(self), id }).into()
    }

    /// The transfers that were woken since the last call.
    pub(super) fn take(&self) -> Vec<Id> {
        std::mem::take(&mut *self.ready.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Wake for ForTransfer {
    fn wake(self: Arc<Self>) {
        let mut ready = self.mailbox.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.push(self.id);
        drop(ready);
        self.mailbox.wake();
    }
}
