//! Subscriptions: each has a thread that waits for the next status and calls the callback.

use std::ffi::{CString, c_char, c_void};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use adr_client::{Handle, Status};
use tokio::runtime::Runtime;
use tokio::sync::watch::{Receiver, Sender};

/// A callback that receives the status of the core: its JSON text, which ends with a NUL, the
/// length of the text without the NUL, and the `user` pointer of the subscription.
pub type StatusCallback =
    Option<extern "C" fn(status: *const c_char, length: usize, user: *mut c_void)>;

/// A callback and its `user` pointer.
pub(crate) struct Subscriber {
    pub(crate) callback: extern "C" fn(*const c_char, usize, *mut c_void),
    pub(crate) user: *mut c_void,
}

// SAFETY: `adr_subscribe` documents that the callback is called from another thread
unsafe impl Send for Subscriber {}

impl Subscriber {
    fn notify(&self, status: &Status) {
        let json = serde_json::to_vec(status).unwrap_or_default();
        // JSON contains no NUL
        let json = CString::new(json).unwrap_or_default();
        (self.callback)(json.as_ptr(), json.as_bytes().len(), self.user);
    }
}

/// The subscriptions of a core.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Set to `true` to end the threads.
    is_closing: Sender<bool>,
}

impl Subscriptions {
    /// Calls a subscriber with every status until the subscriptions end.
    ///
    /// # Errors
    ///
    /// The operating system does not start a thread.
    pub(crate) fn add(&self, handle: &Handle, subscriber: Subscriber) -> io::Result<()> {
        let statuses = handle.subscribe();
        let is_closing = self.is_closing.subscribe();
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let run = move || notify_all(&runtime, &subscriber, statuses, is_closing);
        let thread = std::thread::Builder::new().name("adrc-subscriber".to_owned()).spawn(run)?;
        self.threads().push(thread);
        Ok(())
    }

    /// Ends all subscriptions, and waits until no callback is running.
    pub(crate) fn end(&self) {
        self.is_closing.send_replace(true);
        while let Some(thread) = self.take() {
            // fails if a callback panicked; the thread has ended as well
            let _ = thread.join();
        }
    }

    fn take(&self) -> Option<JoinHandle<()>> {
        self.threads().pop()
    }

    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn notify_all(
    runtime: &Runtime,
    subscriber: &Subscriber,
    mut statuses: Receiver<Status>,
    mut is_closing: Receiver<bool>,
) {
    runtime.block_on(async {
        loop {
            let status = statuses.borrow_and_update().clone();
            subscriber.notify(&status);
            tokio::select! {
                biased;
                _ = is_closing.wait_for(|is_closing| *is_closing) => return,
                changed = statuses.changed() => if changed.is_err() { return },
            }
        }
    });
}
