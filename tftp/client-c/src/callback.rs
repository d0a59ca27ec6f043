//! The thread of a subscription, which calls a callback of the program.
//!
//! What a callback does to its thread is outside of Rust: it may end the thread with
//! `pthread_exit`, somebody may cancel the thread, and a C++ callback may throw. None of this may
//! meet a frame of Rust that must be left in order. So the frame below a callback has nothing to
//! clean up, and the thread is one of the operating system rather than of the standard library,
//! whose first frame aborts the process when a foreign exception reaches it.
//!
//! ```text
//! thread ── run ── Waiter::next (Rust, waits for a status) ──> returns
//!             └─── call_guarded ── callback (of the program)
//! ```
#![allow(unused_doc_comments, reason = "cbindgen reads those of imported functions")]

mod guard;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

use std::ffi::{CString, c_char, c_void};

use adr_client::Status;
use tokio::runtime::Runtime;
use tokio::sync::watch::Receiver;

#[cfg(target_os = "linux")]
pub(crate) use linux::{Thread, after_cancellation, without_cancellation};
#[cfg(not(target_os = "linux"))]
pub(crate) use other::{Thread, after_cancellation, without_cancellation};

/// A function of the program that receives a status.
pub(crate) type Function =
    unsafe extern "C-unwind" fn(status: *const c_char, length: usize, user: *mut c_void);

/// A callback and its `user` pointer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subscriber {
    pub(crate) callback: Function,
    pub(crate) user: *mut c_void,
}

impl Subscriber {
    /// Whether both are the same function and pointer.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.callback as usize == other.callback as usize && self.user == other.user
    }
}

/// How the thread of a subscription ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ThreadEnd {
    /// The subscription ended.
    Finished,
    /// A callback did not return.
    Left,
}

/// What the thread waits for, and the text of the status that it passes on.
pub(crate) struct Waiter {
    subscriber: Subscriber,
    runtime: Runtime,
    statuses: Receiver<Status>,
    is_ending: Receiver<bool>,
    /// Whether the first status, which is passed on at once, is still to come.
    is_first: bool,
    text: CString,
}

// SAFETY: adr_subscribe documents that the callback is called from another thread
unsafe impl Send for Waiter {}

impl Waiter {
    pub(crate) fn new(
        subscriber: Subscriber,
        runtime: Runtime,
        statuses: Receiver<Status>,
        is_ending: Receiver<bool>,
    ) -> Self {
        let text = CString::default();
        Self { subscriber, runtime, statuses, is_ending, is_first: true, text }
    }

    /// Waits for the next status, and returns its length; `None` when the subscription ends.
    fn next(&mut self) -> Option<usize> {
        let Self { runtime, statuses, is_ending, .. } = self;
        let is_first = std::mem::take(&mut self.is_first);
        let is_running = runtime.block_on(async {
            tokio::select! {
                biased;
                _ = is_ending.wait_for(|is_ending| *is_ending) => false,
                changed = async {
                    if is_first { Ok(()) } else { statuses.changed().await }
                } => changed.is_ok(),
            }
        });
        if !is_running {
            return None;
        }
        let json = serde_json::to_vec(&*statuses.borrow_and_update()).unwrap_or_default();
        // JSON contains no NUL
        self.text = CString::new(json).unwrap_or_default();
        Some(self.text.as_bytes().len())
    }
}
