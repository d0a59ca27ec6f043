//! The client core for C, C++ and every language that can call C.
//!
//! The client core is the headless process that fetches, verifies and applies dial rules for the
//! softphones of one user. This library runs one within the process of an application:
//! `include/adr_client.h` is generated from the documentation of this crate, and is what a C
//! programmer reads.
//!
//! ```
//! use adrclient::{Buffer, Bytes, Code, adr_clean};
//!
//! let mut text = [0_u8; 32];
//! let mut result = Buffer { data: text.as_mut_ptr().cast(), capacity: text.len(), length: 0 };
//! let number = Bytes { data: c"(408) 555-1212".as_ptr(), length: 14 };
//! // SAFETY: number and result are valid, and there is no buffer for a remark
//! let code = unsafe { adr_clean(number, false, &raw mut result, std::ptr::null_mut()) };
//! assert_eq!(code, Code::Ok);
//! assert_eq!(&text[..result.length], b"4085551212");
//! ```
//!
//! ```text
//! application in C ── adr_client.h ──> adr_* functions ── ffi ──> adr-client
//!                <── StatusCallback ── subscriptions <────────────┘
//! ```
//!
//! Layer 6. The only crate with unsafe code, because no compiler checks the pointers of its
//! callers. In `ffi` pointers become values and panics become codes; every function here is one
//! call of `adr-client`.

mod code;
mod ffi;
mod settings;
mod subscriptions;

use std::ffi::{c_char, c_void};
use std::time::Duration;

use adr_client::Core as ClientCore;
use adr_dialer::Dialed;
use adr_engine::Cleaner;

pub use code::Code;
pub use ffi::{Buffer, Bytes};
pub use settings::Settings;
pub use subscriptions::StatusCallback;

use ffi::{catch_panic, write_message, write_result};
use subscriptions::{Subscriber, Subscriptions};

/// Opaque handle of a core.
pub struct Core {
    core: ClientCore,
    subscriptions: Subscriptions,
}

/// Opens a core and stores its handle in `*core`; NULL on failure.
///
/// The call loads the last good rules from the cache and does not wait for servers. Dialing works
/// as soon as it returns; numbers are unchanged until there are rules. If `error` is not NULL, it
/// receives a message describing the failure.
///
/// Returns ADR_CODE_OK, ADR_CODE_BAD_ARGUMENT, or ADR_CODE_NOT_OPENED if the cache folder or the
/// control socket cannot be used.
///
/// # Safety
///
/// `settings` and `core` each point to one value, the texts in the settings end with a NUL, and
/// `error` is NULL or points to a valid buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_open(
    settings: *const Settings,
    core: *mut *mut Core,
    error: *mut Buffer,
) -> Code {
    catch_panic(|| {
        if core.is_null() {
            return Code::BadArgument;
        }
        // SAFETY: the caller promises that it points to one pointer, which need not be initialized
        unsafe { core.write(std::ptr::null_mut()) };
        // SAFETY: the caller promises valid settings
        let settings = match unsafe { settings::read(settings) } {
            Ok(settings) => settings,
            Err(reason) => {
                // SAFETY: the caller promises NULL or a buffer
                unsafe { write_message(error, &reason.to_string()) };
                return Code::BadArgument;
            }
        };
        match ClientCore::open(settings) {
            Ok(opened) => {
                let subscriptions = Subscriptions::default();
                let opened = Box::new(Core { core: opened, subscriptions });
                // SAFETY: as above
                unsafe { core.write(Box::into_raw(opened)) };
                Code::Ok
            }
            Err(reason) => {
                // SAFETY: the caller promises NULL or a buffer
                unsafe { write_message(error, &reason.to_string()) };
                Code::NotOpened
            }
        }
    })
}

/// Writes what a softphone dials for `number` into `result`. The number is taken byte for byte: it
/// is not cleaned. The call never waits for the network.
///
/// Returns ADR_CODE_OK, ADR_CODE_BAD_ARGUMENT, or ADR_CODE_TOO_SMALL; then `result->length` is the
/// length of the result, and nothing else is written.
///
/// # Safety
///
/// `core` is an open core, and `number` and `result` are valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_dial(core: *const Core, number: Bytes, result: *mut Buffer) -> Code {
    // SAFETY: `apply` has the same requirements
    unsafe { apply(core, number, result, false) }
}

/// Writes what a softphone searches in the directory for the `number` of a caller into `result`;
/// otherwise as adr_dial.
///
/// # Safety
///
/// As adr_dial.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_lookup(core: *const Core, number: Bytes, result: *mut Buffer) -> Code {
    // SAFETY: `apply` has the same requirements
    unsafe { apply(core, number, result, true) }
}

/// Writes the number that a phone dials for `number`, as people write or paste it, into `result`.
/// Needs no core.
///
/// Spaces, dashes, `. ( ) /` and invisible characters are removed. Decimal digits of every script
/// and full-width characters become ASCII. A `tel:` URI becomes its number. With `letters`, letters
/// become the digits of their keys. Other characters outside `0-9 + * #` stay in the result.
///
/// If `remark` is not NULL, it receives one line that names what was cut and which characters no
/// phone dials, shortened to the size of the buffer. Its length is 0 if there is no remark.
///
/// Returns ADR_CODE_OK, ADR_CODE_BAD_ARGUMENT, or ADR_CODE_TOO_SMALL as adr_dial. A result is never
/// longer than `number`.
///
/// # Safety
///
/// `number` and `result` are valid; `remark` is NULL or points to another buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_clean(
    number: Bytes,
    letters: bool,
    result: *mut Buffer,
    remark: *mut Buffer,
) -> Code {
    catch_panic(|| {
        // SAFETY: the caller promises bytes
        let Some(written) = (unsafe { number.as_slice() }) else {
            return Code::BadArgument;
        };
        // the buffers may overlap the number
        let written = written.to_vec();
        let cleaned = Cleaner { letters }.clean(&written);
        // SAFETY: the caller promises NULL or a buffer
        unsafe { write_message(remark, &cleaned.remark().unwrap_or_default()) };
        // SAFETY: the caller promises a buffer
        unsafe { write_result(result, &cleaned.number) }
    })
}

/// Asks the servers now, and waits for the result for at most `wait_milliseconds`.
///
/// If `generation` is not NULL, it receives the generation that is running afterwards. If the call
/// fails and `reason` is not NULL, it receives a message describing the failure; the rules that
/// were running before keep running.
///
/// Returns ADR_CODE_OK, ADR_CODE_BAD_ARGUMENT, or ADR_CODE_REFUSED if the rules of the servers were
/// rejected or no server answered in time.
///
/// # Safety
///
/// `core` is an open core; `generation` and `reason` are NULL or each point to one value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_reload(
    core: *const Core,
    wait_milliseconds: u64,
    generation: *mut u64,
    reason: *mut Buffer,
) -> Code {
    catch_panic(|| {
        // SAFETY: the caller promises an open core or NULL
        let Some(core) = (unsafe { core.as_ref() }) else {
            return Code::BadArgument;
        };
        let handle = core.core.handle();
        let reloaded = handle.reload(Duration::from_millis(wait_milliseconds));
        if !generation.is_null() {
            let running = handle.rules().generation();
            // SAFETY: the caller promises that it points to one value
            unsafe { generation.write(running) };
        }
        match reloaded {
            Ok(_) => Code::Ok,
            Err(rejection) => {
                // SAFETY: the caller promises NULL or a buffer
                unsafe { write_message(reason, &rejection.to_string()) };
                Code::Refused
            }
        }
    })
}

/// Returns the generation that is running; 0 without rules, if the server has no manifest, and for
/// NULL.
///
/// # Safety
///
/// `core` is NULL or an open core.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_generation(core: *const Core) -> u64 {
    // SAFETY: the caller promises an open core or NULL
    let core = unsafe { core.as_ref() };
    core.map_or(0, |core| core.core.handle().rules().generation())
}

/// Writes the status of the core as JSON into `status`; docs/reference/socket.md describes the
/// fields. A buffer of 1024 bytes is large enough if the server addresses have at most 100 bytes.
///
/// Returns ADR_CODE_OK, ADR_CODE_BAD_ARGUMENT, or ADR_CODE_TOO_SMALL as adr_dial.
///
/// # Safety
///
/// `core` is an open core, and `status` is valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_status(core: *const Core, status: *mut Buffer) -> Code {
    catch_panic(|| {
        // SAFETY: the caller promises an open core or NULL
        let Some(core) = (unsafe { core.as_ref() }) else {
            return Code::BadArgument;
        };
        let json = serde_json::to_vec(&core.core.handle().status()).unwrap_or_default();
        // SAFETY: the caller promises a buffer
        unsafe { write_result(status, &json) }
    })
}

/// Calls `callback` with the status of the core as JSON: once soon after this call, and then after
/// every change until the core is closed. If the status changes faster than the callback returns,
/// the callback receives only the latest one.
///
/// A thread of the core makes the calls, one after the other. The text is valid until the callback
/// returns. The callback may dial, look up and read the status; it must not close the core.
///
/// Returns ADR_CODE_OK, ADR_CODE_BAD_ARGUMENT, or ADR_CODE_FAILED if the operating system does not
/// start a thread.
///
/// # Safety
///
/// `core` is an open core. `callback` may be called with `user` from another thread until adr_close
/// has returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_subscribe(
    core: *const Core,
    callback: StatusCallback,
    user: *mut c_void,
) -> Code {
    catch_panic(|| {
        // SAFETY: the caller promises an open core or NULL
        let (Some(core), Some(callback)) = (unsafe { core.as_ref() }, callback) else {
            return Code::BadArgument;
        };
        match core.subscriptions.add(core.core.handle(), Subscriber { callback, user }) {
            Ok(()) => Code::Ok,
            Err(_) => Code::Failed,
        }
    })
}

/// Closes a core. After the call no callback is running, and none will be called. NULL is ignored.
///
/// # Safety
///
/// `core` is NULL or an open core. No other call with it is in progress, except from callbacks, and
/// none follows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_close(core: *mut Core) {
    catch_panic(|| {
        if !core.is_null() {
            // SAFETY: it came from `adr_open`, and lives until the last callback, which may use it,
            // has returned
            unsafe { &*core }.subscriptions.end();
            // SAFETY: no callback is running, and the caller promises not to use it again
            drop(unsafe { Box::from_raw(core) });
        }
        Code::Ok
    });
}

/// Returns an English phrase for a code, which is valid for the life of the program; "unknown code"
/// for any other number.
#[unsafe(no_mangle)]
pub extern "C" fn adr_code_text(code: i32) -> *const c_char {
    code::text(code).as_ptr()
}

/// Returns the version of the library, such as "0.1.0", which is valid for the life of the program.
#[unsafe(no_mangle)]
pub extern "C" fn adr_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// Dials or looks up.
///
/// # Safety
///
/// As `adr_dial`.
#[inline]
unsafe fn apply(core: *const Core, number: Bytes, result: *mut Buffer, is_lookup: bool) -> Code {
    catch_panic(|| {
        // SAFETY: the caller promises an open core or NULL, bytes, and NULL or a buffer
        let (core, digits, overlaps) =
            unsafe { (core.as_ref(), number.as_slice(), number.overlaps(result)) };
        let (Some(core), Some(digits)) = (core, digits) else {
            return Code::BadArgument;
        };
        // the borrowed number must not change while the result is written
        let copied;
        let number = if overlaps {
            copied = digits.to_vec();
            &copied
        } else {
            digits
        };
        let handle = core.core.handle();
        // SAFETY: the caller promises a buffer
        let take = |dialed: Dialed<'_>| unsafe { write_result(result, dialed.result) };
        if is_lookup { handle.lookup_with(number, take) } else { handle.dial_with(number, take) }
    })
}
