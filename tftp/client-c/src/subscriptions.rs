//! The subscriptions of a core: each has a thread that waits for the next status and calls the
//! callback.

use std::ffi::{c_char, c_void};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use adr_client::Handle;
use tokio::sync::watch::Sender;

use crate::callback::{Subscriber, Thread, ThreadEnd, Waiter};
use crate::code::Code;

/// A callback that receives the status of the core: its JSON text, which ends with a NUL, the
/// length of the text without the NUL, and the `user` pointer of the subscription.
pub type StatusCallback =
    Option<unsafe extern "C-unwind" fn(status: *const c_char, length: usize, user: *mut c_void)>;

/// The subscriptions of a core.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    list: Mutex<List>,
}

#[derive(Debug, Default)]
struct List {
    subscriptions: Vec<Subscription>,
    /// Whether the core is being closed, and accepts no more subscriptions.
    has_ended: bool,
}

#[derive(Debug)]
struct Subscription {
    subscriber: Subscriber,
    /// Set to `true` to end the thread.
    is_ending: Sender<bool>,
    thread: Thread,
}

// SAFETY: adr_subscribe documents that the callback is called from another thread
unsafe impl Send for Subscription {}

impl Subscription {
    /// Ends the subscription and waits until its callback is not running.
    fn end(self) -> ThreadEnd {
        self.is_ending.send_replace(true);
        self.thread.join()
    }
}

impl Subscriptions {
    /// Calls a subscriber with every status until the subscription ends.
    ///
    /// # Errors
    ///
    /// The core is closed, or the operating system does not start a thread.
    pub(crate) fn add(&self, handle: &Handle, subscriber: Subscriber) -> Result<(), Code> {
        let mut list = self.list();
        if list.has_ended {
            return Err(Code::Closed);
        }
        for ended in take_if(&mut list.subscriptions, |known| known.thread.is_finished()) {
            ended.end();
        }
        let subscription = start(handle, subscriber).map_err(|_| Code::Failed)?;
        list.subscriptions.push(subscription);
        Ok(())
    }

    /// Ends the subscriptions of a subscriber, and waits until its callback is not running. Within
    /// that callback it ends only the subscription that makes the call, and does not wait.
    ///
    /// # Errors
    ///
    /// There is no such subscription, or another callback of this core makes the call; then nothing
    /// changes. The subscription has ended because its callback did not return.
    pub(crate) fn remove(&self, subscriber: &Subscriber) -> Result<(), Code> {
        let mut list = self.list();
        let known = &list.subscriptions;
        if !known.iter().any(|known| known.subscriber.is(subscriber)) {
            return Err(Code::BadArgument);
        }
        if let Some(current) = known.iter().find(|known| known.thread.is_current()) {
            if !current.subscriber.is(subscriber) {
                return Err(Code::InCallback);
            }
            current.is_ending.send_replace(true);
            return Ok(());
        }
        let taken = take_if(&mut list.subscriptions, |known| known.subscriber.is(subscriber));
        drop(list);
        end_all(taken)
    }

    /// Ends all subscriptions, and waits until no callback is running.
    ///
    /// # Errors
    ///
    /// A subscription has ended before because its callback did not return.
    pub(crate) fn end(&self) -> Result<(), Code> {
        let mut list = self.list();
        list.has_ended = true;
        let taken = std::mem::take(&mut list.subscriptions);
        drop(list);
        end_all(taken)
    }

    /// Whether a callback of this core makes the call.
    pub(crate) fn is_in_callback(&self) -> bool {
        self.list().subscriptions.iter().any(|known| known.thread.is_current())
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn start(handle: &Handle, subscriber: Subscriber) -> io::Result<Subscription> {
    let is_ending = Sender::new(false);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let waiter = Waiter::new(subscriber, runtime, handle.subscribe(), is_ending.subscribe());
    let thread = Thread::start(waiter)?;
    Ok(Subscription { subscriber, is_ending, thread })
}

fn take_if(
    subscriptions: &mut Vec<Subscription>,
    is_taken: impl Fn(&Subscription) -> bool,
) -> Vec<Subscription> {
    subscriptions.extract_if(.., |known| is_taken(known)).collect()
}

/// Ends all, first those that do not have to wait for each other.
fn end_all(subscriptions: Vec<Subscription>) -> Result<(), Code> {
    for known in &subscriptions {
        known.is_ending.send_replace(true);
    }
    let mut ends = subscriptions.into_iter().map(Subscription::end).collect::<Vec<_>>().into_iter();
    match ends.all(|end| end == ThreadEnd::Finished) {
        true => Ok(()),
        false => Err(Code::CallbackEnded),
    }
}
