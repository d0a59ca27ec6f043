//! Reloading, the generation, the status and its subscribers.

use std::ffi::c_void;
use std::time::Duration;

use crate::callback::{Subscriber, after_cancellation, without_cancellation};
use crate::code::{self, Code};
use crate::core::Core;
use crate::ffi::{Buffer, Bytes, catch_panic, write_message, write_result};
use crate::subscriptions::StatusCallback;

/// Asks the servers now, and waits for the result for at most `wait_milliseconds`.
///
/// If `generation` is not NULL, it receives the generation that is running afterwards. If `reason`
/// is not NULL, it receives a message describing the failure, and an empty one on success. After a
/// failure the rules that were running before keep running.
///
/// Returns ADR_CODE_OK, ADR_CODE_BAD_ARGUMENT, ADR_CODE_CLOSED, ADR_CODE_OTHER_PROCESS, or
/// ADR_CODE_REFUSED if the rules of the servers were rejected or no server answered in time. Newer
/// rules of one server that are rejected count also if another server has what is running.
///
/// # Safety
///
/// `core` is a core; `generation` and `reason` are NULL or each point to one value.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn adr_reload(
    core: *const Core,
    wait_milliseconds: u64,
    generation: *mut u64,
    reason: *mut Buffer,
) -> Code {
    let wait = Duration::from_millis(wait_milliseconds);
    // SAFETY: `reload` has the same requirements. This frame has nothing to clean up.
    unsafe {
        let code = reload(core, wait, generation, reason);
        after_cancellation();
        code
    }
}

/// # Safety
///
/// As [`adr_reload`].
unsafe fn reload(
    core: *const Core,
    wait: Duration,
    generation: *mut u64,
    reason: *mut Buffer,
) -> Code {
    call(core, |core| {
        let reloaded = core.for_waiting().map(|handle| (handle.reload(wait), handle.rules()));
        let (code, message) = match &reloaded {
            Ok((Ok(_), _)) => (Code::Ok, String::new()),
            Ok((Err(rejection), _)) => (Code::Refused, rejection.to_string()),
            Err(code) => (*code, code::text(*code as i32).to_string_lossy().into_owned()),
        };
        if let (Ok((_, rules)), false) = (&reloaded, generation.is_null()) {
            // SAFETY: the caller promises that it points to one value
            unsafe { generation.write(rules.generation()) };
        }
        // SAFETY: the caller promises NULL or a buffer
        unsafe { write_message(reason, &message) };
        code
    })
}

/// Gives the core a state that the program heard elsewhere: one line of JSON as on the subject
/// `adrc.state` of NATS, which docs/reference/protocol.md describes. The call does not wait.
///
/// A state is a hint. It decides when the core asks its servers, and never what it accepts: a state
/// that is not newer than the running generation changes nothing. Only the latest state counts.
///
/// Returns ADR_CODE_OK, ADR_CODE_CLOSED, ADR_CODE_OTHER_PROCESS, ADR_CODE_BAD_ARGUMENT if `state`
/// is not a state, or ADR_CODE_REFUSED if the core has no servers.
///
/// # Safety
///
/// `core` is a core, and `state` is valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_announce(core: *const Core, state: Bytes) -> Code {
    call(core, |core| {
        let handle = match core.for_waiting() {
            Ok(handle) => handle,
            Err(code) => return code,
        };
        // SAFETY: the caller promises bytes
        let state = unsafe { state.as_slice() };
        match state.and_then(|state| serde_json::from_slice(state).ok()) {
            Some(state) => handle.announce(state).map_or(Code::Refused, |()| Code::Ok),
            None => Code::BadArgument,
        }
    })
}

/// Returns the generation that is running; 0 without rules, if the server has no manifest, and for
/// NULL or a closed core.
///
/// # Safety
///
/// `core` is NULL or a core.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_generation(core: *const Core) -> u64 {
    // SAFETY: the caller promises a core or NULL
    let core = unsafe { core.as_ref() };
    let handle = core.and_then(|core| core.for_dialing().ok());
    handle.map_or(0, |handle| handle.rules().generation())
}

/// Writes the status of the core as JSON into `status`; docs/reference/socket.md describes the
/// fields. A buffer of 1024 bytes is large enough if the server addresses have at most 100 bytes.
///
/// Returns ADR_CODE_OK, ADR_CODE_BAD_ARGUMENT, ADR_CODE_CLOSED, ADR_CODE_OTHER_PROCESS, or
/// ADR_CODE_TOO_SMALL as adr_dial.
///
/// # Safety
///
/// `core` is a core, and `status` is valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_status(core: *const Core, status: *mut Buffer) -> Code {
    call(core, |core| match core.for_waiting() {
        Ok(handle) => {
            let json = serde_json::to_vec(&handle.status()).unwrap_or_default();
            // SAFETY: the caller promises a buffer
            unsafe { write_result(status, &json) }
        }
        Err(code) => code,
    })
}

/// Calls `callback` with the status of the core as JSON: once soon after this call, and then after
/// every change until the subscription ends. If the status changes faster than the callback
/// returns, the callback receives only the latest one.
///
/// A thread of the core makes the calls, one after the other. The text is valid until the callback
/// returns. The callback may call every function. Two of them return ADR_CODE_IN_CALLBACK, because
/// they would wait for the callback: adr_close of the same core, and adr_unsubscribe of another
/// subscription of the same core.
///
/// The callback should return. On Linux it may end its thread by pthread_exit or be canceled, and
/// on x86-64 it may throw an exception: the subscription then ends, and adr_unsubscribe or
/// adr_close returns ADR_CODE_CALLBACK_ENDED. Elsewhere an exception or the end of the thread ends
/// the process. A callback must not leave by longjmp.
///
/// Returns ADR_CODE_OK, ADR_CODE_BAD_ARGUMENT, ADR_CODE_CLOSED, ADR_CODE_OTHER_PROCESS, or
/// ADR_CODE_FAILED if the operating system does not start a thread.
///
/// # Safety
///
/// `core` is a core. `callback` may be called with `user` from another thread until adr_unsubscribe
/// or adr_close has returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_subscribe(
    core: *const Core,
    callback: StatusCallback,
    user: *mut c_void,
) -> Code {
    call(core, |core| {
        let Some(callback) = callback else {
            return Code::BadArgument;
        };
        let handle = core.for_waiting();
        let subscriber = Subscriber { callback, user };
        let added = handle.and_then(|handle| core.subscriptions().add(handle, subscriber));
        added.err().unwrap_or(Code::Ok)
    })
}

/// Ends the subscriptions of this callback with this `user`. After the call the callback is not
/// running, and will not be called again.
///
/// Within this callback with this `user`, the call ends only the subscription that makes it: it
/// makes no further one after the callback has returned.
///
/// Returns ADR_CODE_OK, ADR_CODE_CLOSED, ADR_CODE_OTHER_PROCESS, or:
///
/// - ADR_CODE_BAD_ARGUMENT: `core` or `callback` is NULL, or there is no such subscription.
/// - ADR_CODE_IN_CALLBACK: the callback of another subscription of this core makes the call.
///   Nothing changes.
/// - ADR_CODE_CALLBACK_ENDED: the subscription had ended before, because the callback threw an
///   exception or ended its thread.
///
/// # Safety
///
/// `core` is a core.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_unsubscribe(
    core: *const Core,
    callback: StatusCallback,
    user: *mut c_void,
) -> Code {
    call(core, |core| {
        let Some(callback) = callback else {
            return Code::BadArgument;
        };
        let subscriber = Subscriber { callback, user };
        let removed = core.for_waiting().and_then(|_| core.subscriptions().remove(&subscriber));
        removed.err().unwrap_or(Code::Ok)
    })
}

/// Calls a function that may wait with a core.
fn call(core: *const Core, run: impl FnOnce(&Core) -> Code) -> Code {
    without_cancellation(|| {
        catch_panic(|| {
            // SAFETY: the callers of this function require a core or NULL
            match unsafe { core.as_ref() } {
                Some(core) => run(core),
                None => Code::BadArgument,
            }
        })
    })
}
