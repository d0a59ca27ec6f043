//! The handle of a core: whether it is open and in which process, and what remains of it after it
//! is closed.

use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use adr_client::{Core as ClientCore, Handle};

use crate::code::Code;
use crate::subscriptions::Subscriptions;

/// How many closed handles are kept. A program that uses a handle after adr_close has an error, but
/// with these gets a code for it instead of undefined behavior.
const MAX_RETIRED: usize = 256;

/// Opaque handle of a core.
pub struct Core {
    /// Outlives the core: a thread may be dialing while another one closes the core.
    handle: Handle,
    subscriptions: Subscriptions,
    /// `None` once the core is closed.
    core: Mutex<Option<ClientCore>>,
    /// Whether a call is closing the core. Callbacks may use it until they have returned.
    is_closing: AtomicBool,
    is_closed: AtomicBool,
    /// The process that opened the core. The threads of the core are not in its copies by fork.
    process: u32,
}

impl Core {
    pub(crate) fn new(core: ClientCore) -> Self {
        Self {
            handle: core.handle().clone(),
            subscriptions: Subscriptions::default(),
            core: Mutex::new(Some(core)),
            is_closing: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
            process: std::process::id(),
        }
    }

    /// The handle, for dialing: in every process, and never with a wait.
    ///
    /// # Errors
    ///
    /// The core is closed.
    #[inline]
    pub(crate) fn for_dialing(&self) -> Result<&Handle, Code> {
        if self.is_closed.load(Ordering::Relaxed) { Err(Code::Closed) } else { Ok(&self.handle) }
    }

    /// The handle, for calls that may wait for a lock. A copy of the process may hold locks of
    /// threads that it does not have.
    ///
    /// # Errors
    ///
    /// The core is closed, or another process opened it.
    pub(crate) fn for_waiting(&self) -> Result<&Handle, Code> {
        if self.process != std::process::id() {
            return Err(Code::OtherProcess);
        }
        self.for_dialing()
    }

    pub(crate) fn subscriptions(&self) -> &Subscriptions {
        &self.subscriptions
    }

    /// Closes the core: afterwards no callback is running, and its threads have ended.
    ///
    /// # Errors
    ///
    /// The core is closed, another process opened it, or a callback of the core makes this call;
    /// then it is unchanged. The core is closed, but a callback did not return.
    pub(crate) fn close(&self) -> Result<(), Code> {
        self.for_waiting()?;
        if self.subscriptions.is_in_callback() {
            return Err(Code::InCallback);
        }
        if self.is_closing.swap(true, Ordering::SeqCst) {
            return Err(Code::Closed);
        }
        let ended = self.subscriptions.end();
        self.is_closed.store(true, Ordering::SeqCst);
        let core = self.core.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(core) = core {
            core.close();
        }
        ended
    }

    /// Keeps a closed handle for a while, and frees an earlier one.
    ///
    /// # Safety
    ///
    /// `core` came from `Box::into_raw`, and is retired once.
    pub(crate) unsafe fn retire(core: *mut Self) {
        static RETIRED: [AtomicPtr<Core>; MAX_RETIRED] =
            [const { AtomicPtr::new(std::ptr::null_mut()) }; MAX_RETIRED];
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let place = NEXT.fetch_add(1, Ordering::Relaxed) % MAX_RETIRED;
        let earlier = RETIRED[place].swap(core, Ordering::AcqRel);
        if !earlier.is_null() {
            // SAFETY: it was retired once, and nobody else can take it from its place
            drop(unsafe { Box::from_raw(earlier) });
        }
    }
}

#[cfg(test)]
mod tests {
    use adr_client::Rules;

    use super::*;

    #[test]
    fn closed_core_answers_with_a_code() {
        let core = Core::new(ClientCore::from_rules(Rules::empty()));
        assert!(core.for_dialing().is_ok() && core.for_waiting().is_ok());
        assert_eq!(core.close(), Ok(()));
        assert_eq!(core.close(), Err(Code::Closed));
        assert_eq!(core.for_dialing().unwrap_err(), Code::Closed);
    }

    #[test]
    fn copy_of_the_process_dials_and_does_not_wait() {
        let core = Core { process: 0, ..Core::new(ClientCore::from_rules(Rules::empty())) };
        assert!(core.for_dialing().is_ok());
        assert_eq!(core.for_waiting().unwrap_err(), Code::OtherProcess);
        assert_eq!(core.close(), Err(Code::OtherProcess));
    }

    #[test]
    fn earlier_retired_handles_are_freed() {
        let retire = || {
            let core = Core::new(ClientCore::from_rules(Rules::empty()));
            let statuses = core.handle.subscribe();
            assert_eq!(core.close(), Ok(()));
            // SAFETY: it is retired once
            unsafe { Core::retire(Box::into_raw(Box::new(core))) };
            statuses
        };
        let first = retire();
        assert!(first.has_changed().is_ok(), "the handle was freed at once");
        for _ in 0..MAX_RETIRED {
            retire();
        }
        assert!(first.has_changed().is_err(), "the handle was never freed");
    }
}
