//! Threads of Linux, which a callback may end and which may be canceled.

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_void};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::guard::call_guarded;
use super::{ThreadEnd, Waiter};

const CANCEL_ENABLE: c_int = 0;
const CANCEL_DISABLE: c_int = 1;

/// What a thread returns that ended in order; a callback cannot know its address.
static FINISHED: u8 = 0;

thread_local! {
    /// The waiter of this thread; NULL in threads that no subscription started.
    static WAITER: Cell<*const Waiter> = const { Cell::new(ptr::null()) };
}

/// cbindgen:ignore
unsafe extern "C" {
    fn pthread_create(
        thread: *mut usize,
        attributes: *const c_void,
        run: unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void,
        argument: *mut c_void,
    ) -> c_int;
    fn pthread_join(thread: usize, returned: *mut *mut c_void) -> c_int;
    fn pthread_self() -> usize;
    fn pthread_setname_np(thread: usize, name: *const c_char) -> c_int;
    fn pthread_setcancelstate(state: c_int, before: *mut c_int) -> c_int;
}

/// cbindgen:ignore
unsafe extern "C-unwind" {
    fn pthread_testcancel();
}

/// The thread of a subscription. [`join`](Self::join) must be called before it is dropped.
#[derive(Debug)]
pub(crate) struct Thread {
    id: usize,
    start: *mut Start,
    is_finished: Arc<AtomicBool>,
}

/// What a thread starts with.
struct Start {
    waiter: Waiter,
    is_finished: Arc<AtomicBool>,
}

// SAFETY: only `join`, which takes the value, uses the pointer, after the thread has ended
unsafe impl Send for Thread {}

impl Thread {
    /// Starts a thread that calls the callback until the subscription ends.
    ///
    /// # Errors
    ///
    /// The operating system does not start a thread.
    pub(crate) fn start(waiter: Waiter) -> io::Result<Self> {
        let is_finished = Arc::new(AtomicBool::new(false));
        let start = Start { waiter, is_finished: Arc::clone(&is_finished) };
        let start = Box::into_raw(Box::new(start));
        let mut id = 0;
        // SAFETY: `start` is freed after the thread has ended
        let error = unsafe { pthread_create(&raw mut id, ptr::null(), run, start.cast()) };
        if error != 0 {
            // SAFETY: no thread has it
            drop(unsafe { Box::from_raw(start) });
            return Err(io::Error::from_raw_os_error(error));
        }
        Ok(Self { id, start, is_finished })
    }

    /// Whether this is the thread that asks.
    pub(crate) fn is_current(&self) -> bool {
        // SAFETY: the pointer is not read
        let waiter = unsafe { &raw const (*self.start).waiter };
        WAITER.get() == waiter
    }

    /// Whether the thread has ended in order, so that joining it does not wait.
    pub(crate) fn is_finished(&self) -> bool {
        self.is_finished.load(Ordering::Acquire)
    }

    /// Waits until the thread has ended.
    pub(crate) fn join(self) -> ThreadEnd {
        let mut returned = ptr::null_mut();
        // SAFETY: it is joined once
        let error = unsafe { pthread_join(self.id, &raw mut returned) };
        if error != 0 {
            return ThreadEnd::Left;
        }
        // SAFETY: the thread has ended
        drop(unsafe { Box::from_raw(self.start) });
        match ptr::eq(returned.cast(), &raw const FINISHED) {
            true => ThreadEnd::Finished,
            false => ThreadEnd::Left,
        }
    }
}

/// The first frame of the thread. It has nothing to clean up, so that a callback may end the
/// thread.
unsafe extern "C-unwind" fn run(start: *mut c_void) -> *mut c_void {
    let start: *mut Start = start.cast();
    // SAFETY: the caller of `Thread::start` frees it after this thread has ended, and the callback
    // accepts what it is called with
    unsafe {
        pthread_setcancelstate(CANCEL_DISABLE, ptr::null_mut());
        pthread_setname_np(pthread_self(), c"adrc-subscriber".as_ptr());
        let waiter = &raw mut (*start).waiter;
        WAITER.set(waiter);
        let subscriber = (*waiter).subscriber;
        loop {
            let length = next(waiter);
            if length < 0 {
                (*start).is_finished.store(true, Ordering::Release);
                return (&raw const FINISHED).cast_mut().cast();
            }
            let text = (*waiter).text.as_ptr();
            pthread_setcancelstate(CANCEL_ENABLE, ptr::null_mut());
            let has_returned =
                call_guarded(subscriber.callback, text, length.cast_unsigned(), subscriber.user);
            pthread_setcancelstate(CANCEL_DISABLE, ptr::null_mut());
            if !has_returned {
                return ptr::null_mut();
            }
        }
    }
}

/// As [`Waiter::next`]; negative when the subscription ends. Does not unwind.
unsafe fn next(waiter: *mut Waiter) -> isize {
    // SAFETY: only this thread uses the waiter
    let next = || unsafe { &mut *waiter }.next();
    let length = catch_unwind(AssertUnwindSafe(next)).ok().flatten();
    length.and_then(|length| isize::try_from(length).ok()).unwrap_or(-1)
}

/// Calls a function in which this thread is not canceled: a cancellation would leave frames of
/// Rust, which would abort the process. It takes effect later, at a cancellation point.
pub(crate) fn without_cancellation<T>(run: impl FnOnce() -> T) -> T {
    let mut before = CANCEL_ENABLE;
    // SAFETY: the state is that of this thread
    unsafe { pthread_setcancelstate(CANCEL_DISABLE, &raw mut before) };
    let done = run();
    // SAFETY: as above; the state is a valid one
    unsafe { pthread_setcancelstate(before, ptr::null_mut()) };
    done
}

/// Ends this thread if it was canceled meanwhile. The caller has nothing to clean up.
pub(crate) unsafe extern "C-unwind" fn after_cancellation() {
    // SAFETY: the caller has nothing to clean up
    unsafe { pthread_testcancel() };
}
