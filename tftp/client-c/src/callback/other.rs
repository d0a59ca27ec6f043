//! Threads of systems other than Linux. There a callback must return.

use std::io;
use std::thread::JoinHandle;

use super::guard::call_guarded;
use super::{ThreadEnd, Waiter};

/// The thread of a subscription.
#[derive(Debug)]
pub(crate) struct Thread(JoinHandle<bool>);

impl Thread {
    /// Starts a thread that calls the callback until the subscription ends.
    ///
    /// # Errors
    ///
    /// The operating system does not start a thread.
    pub(crate) fn start(mut waiter: Waiter) -> io::Result<Self> {
        let run = move || {
            // the closure takes all of it, not single fields
            let waiter: &mut Waiter = &mut waiter;
            let subscriber = waiter.subscriber;
            while let Some(length) = waiter.next() {
                let text = waiter.text.as_ptr();
                // SAFETY: the callback accepts a text, its length and the pointer
                let has_returned =
                    unsafe { call_guarded(subscriber.callback, text, length, subscriber.user) };
                if !has_returned {
                    return false;
                }
            }
            true
        };
        Ok(Self(std::thread::Builder::new().name("adrc-subscriber".to_owned()).spawn(run)?))
    }

    /// Whether this is the thread that asks.
    pub(crate) fn is_current(&self) -> bool {
        self.0.thread().id() == std::thread::current().id()
    }

    /// Whether the thread has ended, so that joining it does not wait.
    pub(crate) fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    /// Waits until the thread has ended.
    pub(crate) fn join(self) -> ThreadEnd {
        match self.0.join() {
            Ok(true) => ThreadEnd::Finished,
            Ok(false) | Err(_) => ThreadEnd::Left,
        }
    }
}

/// Calls a function.
pub(crate) fn without_cancellation<T>(run: impl FnOnce() -> T) -> T {
    run()
}

/// Does nothing: threads are not canceled.
pub(crate) unsafe extern "C-unwind" fn after_cancellation() {}
