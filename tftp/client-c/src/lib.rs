//! The client core for C, C++ and whatever can call C.
//!
//! Layer 6. The only crate of the house with unsafe code: it takes pointers from callers that no
//! compiler checks. `border` is where pointers become values and panics become codes; what lies
//! here is one function each. `include/adr_client.h` is made of these texts and is what a C
//! programmer reads.

mod border;
mod code;
mod news;

use std::ffi::{c_char, c_void};
use std::time::Duration;

use adr_bundle::signature::PublicKey;
use adr_client::core::{Core as Running, Settings as CoreSettings};
use adr_client::server::Server;
use adr_dialer::Dialed;
use adr_engine::Cleaner;

pub use border::{Buffer, Bytes};
pub use code::Code;
pub use news::Told;

use border::{guarded, put, text};
use news::Subscriptions;

/// A core that runs. Its inside is no affair of the caller.
pub struct Core {
    running: Running,
    subscriptions: Subscriptions,
}

/// What a core is to do. Zero it first; then what a later version adds has its default.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// `servers_count` texts such as "http://tftp1:6970", asked in this order.
    pub servers: *const *const c_char,
    /// How many servers; at least one.
    pub servers_count: usize,
    /// The folder for the last good copy, made if it is not there; NULL to keep none.
    pub cache: *const c_char,
    /// The path of a control socket for other applications of this user, on Windows the name of a
    /// pipe, `\\.\pipe\NAME`; NULL for none.
    pub socket: *const c_char,
    /// The public key that must have signed, as the text of its file or its line of base64; NULL to
    /// take unsigned generations as well.
    pub key: *const c_char,
    /// Milliseconds between looks at a server that does not tell of changes by itself; 0 for a
    /// minute.
    pub poll_milliseconds: u64,
}

/// Opens a core and puts it into `*core`.
///
/// The last good copy is read before this returns, servers are asked after it: dialling works at
/// once, and leaves numbers as they are until there are rules. Of `error`, if it is not NULL,
/// becomes what went wrong.
///
/// ADR_CODE_OK; ADR_CODE_BAD_ARGUMENT; ADR_CODE_NOT_OPENED when the folder or the socket cannot be
/// used.
///
/// # Safety
///
/// `settings` and `core` point to one value each, the texts in the settings end with a NUL, `error`
/// is NULL or points to a buffer as described there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_open(
    settings: *const Settings,
    core: *mut *mut Core,
    error: *mut Buffer,
) -> Code {
    guarded(|| {
        if core.is_null() {
            return Code::BadArgument;
        }
        // SAFETY: the caller promises that it points to one pointer, which need not be valid before
        unsafe { core.write(std::ptr::null_mut()) };
        // SAFETY: the caller promises valid settings
        let opened = unsafe { read_settings(settings) }
            .map_err(|reason| (Code::BadArgument, reason))
            .and_then(|settings| {
                let opened = Running::open(settings);
                opened.map_err(|error| (Code::NotOpened, error.to_string()))
            });
        match opened {
            Ok(running) => {
                let opened = Box::new(Core { running, subscriptions: Subscriptions::default() });
                // SAFETY: as above
                unsafe { core.write(Box::into_raw(opened)) };
                Code::Ok
            }
            Err((code, reason)) => {
                // SAFETY: the caller promises NULL or a buffer
                unsafe { border::tell(error, &reason) };
                code
            }
        }
    })
}

/// What a client sends out for `number`, byte for byte: nothing is cleaned. Never waits for the
/// network.
///
/// ADR_CODE_OK; ADR_CODE_BAD_ARGUMENT; ADR_CODE_TOO_SMALL, and then `result->length` tells how long
/// the result is and nothing else is written.
///
/// # Safety
///
/// `core` was opened and is not closed, `number` and `result` are as described there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_dial(core: *const Core, number: Bytes, result: *mut Buffer) -> Code {
    // SAFETY: the caller's promises are those of this function
    unsafe { apply(core, number, result, false) }
}

/// What a client searches in the directory for a caller's `number`; otherwise as adr_dial.
///
/// # Safety
///
/// As adr_dial.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_lookup(core: *const Core, number: Bytes, result: *mut Buffer) -> Code {
    // SAFETY: the caller's promises are those of this function
    unsafe { apply(core, number, result, true) }
}

/// Makes of `number`, as people write or paste it, the number that a phone dials. Needs no core.
///
/// Spaces, dashes, `. ( ) /` and characters that cannot be seen are dropped; decimal digits of
/// every script and full-width characters become ASCII; of a `tel:` URI the number is taken. With
/// `letters` letters become the digits of their keys. What is left outside `0-9 + * #` stays in the
/// result.
///
/// If `remark` is not NULL, it receives one line that names what was cut and what is left, as much
/// of it as there is room for. Its length is 0 when there is nothing to say.
///
/// ADR_CODE_OK; ADR_CODE_BAD_ARGUMENT; ADR_CODE_TOO_SMALL, as in adr_dial. A result is never longer
/// than `number`.
///
/// # Safety
///
/// `number` and `result` are as described there; `remark` is NULL or points to another buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_clean(
    number: Bytes,
    letters: bool,
    result: *mut Buffer,
    remark: *mut Buffer,
) -> Code {
    guarded(|| {
        // SAFETY: the caller promises bytes
        let Some(written) = (unsafe { number.as_slice() }) else {
            return Code::BadArgument;
        };
        // the buffers may be where the number is
        let written = written.to_vec();
        let cleaned = Cleaner { letters }.clean(&written);
        // SAFETY: the caller promises NULL or a buffer
        unsafe { border::tell(remark, &cleaned.remark().unwrap_or_default()) };
        // SAFETY: the caller promises a buffer
        unsafe { put(result, &cleaned.number) }
    })
}

/// Asks the servers now, and waits until that is done, at most `wait_milliseconds`.
///
/// Of `generation`, if it is not NULL, becomes the generation that runs afterwards; of `reason`, if
/// it is not NULL, why nothing was taken. What ran before runs on then.
///
/// ADR_CODE_OK; ADR_CODE_BAD_ARGUMENT; ADR_CODE_REFUSED.
///
/// # Safety
///
/// `core` was opened and is not closed; `generation` and `reason` are NULL or point to one value
/// each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_reload(
    core: *const Core,
    wait_milliseconds: u64,
    generation: *mut u64,
    reason: *mut Buffer,
) -> Code {
    guarded(|| {
        // SAFETY: the caller promises an open core or NULL
        let Some(core) = (unsafe { core.as_ref() }) else {
            return Code::BadArgument;
        };
        let handle = core.running.handle();
        let reloaded = handle.reload(Duration::from_millis(wait_milliseconds));
        if !generation.is_null() {
            let runs = handle.rules().generation();
            // SAFETY: the caller promises that it points to one value
            unsafe { generation.write(runs) };
        }
        match reloaded {
            Ok(_) => Code::Ok,
            Err(refusal) => {
                // SAFETY: the caller promises NULL or a buffer
                unsafe { border::tell(reason, &refusal.to_string()) };
                Code::Refused
            }
        }
    })
}

/// The generation that runs; 0 for no rules, for rules of a server without a manifest, and for
/// NULL.
///
/// # Safety
///
/// `core` is NULL, or was opened and is not closed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_generation(core: *const Core) -> u64 {
    // SAFETY: the caller promises an open core or NULL
    let core = unsafe { core.as_ref() };
    core.map_or(0, |core| core.running.handle().rules().generation())
}

/// The state of the core as JSON: the fields are those of docs/core.md. A kilobyte is enough for it
/// where no server's URL is longer than 100 bytes.
///
/// ADR_CODE_OK; ADR_CODE_BAD_ARGUMENT; ADR_CODE_TOO_SMALL, as in adr_dial.
///
/// # Safety
///
/// `core` was opened and is not closed, `status` is as described there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_status(core: *const Core, status: *mut Buffer) -> Code {
    guarded(|| {
        // SAFETY: the caller promises an open core or NULL
        let Some(core) = (unsafe { core.as_ref() }) else {
            return Code::BadArgument;
        };
        let json = serde_json::to_vec(&core.running.handle().status()).unwrap_or_default();
        // SAFETY: the caller promises a buffer
        unsafe { put(status, &json) }
    })
}

/// Calls `told` with the state of the core as JSON: once soon, and then whenever it changes, until
/// the core is closed. The latest state counts; those in between may be missed.
///
/// The calls come one after the other from a thread of the core's. The text ends with a NUL and is
/// gone when the call returns. The callback may dial, look up and ask for the status; it must not
/// close the core.
///
/// ADR_CODE_OK; ADR_CODE_BAD_ARGUMENT; ADR_CODE_FAILED when the system gives no thread.
///
/// # Safety
///
/// `core` was opened and is not closed. `told` may be called with `user` from another thread until
/// adr_close has returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_subscribe(core: *const Core, told: Told, user: *mut c_void) -> Code {
    guarded(|| {
        // SAFETY: the caller promises an open core or NULL
        match (unsafe { core.as_ref() }, told) {
            (Some(core), Some(told)) => core.subscriptions.add(core.running.handle(), (told, user)),
            _ => Code::BadArgument,
        }
    })
}

/// Closes a core. When this returns, no callback runs and none will. NULL is let pass.
///
/// # Safety
///
/// `core` is NULL or was opened; no other call with it runs but those of callbacks, and none comes
/// after.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_close(core: *mut Core) {
    guarded(|| {
        if !core.is_null() {
            // SAFETY: it came from `adr_open` and lives until the last callback, which may use it,
            // has ended
            unsafe { &*core }.subscriptions.end();
            // SAFETY: no callback runs any more, and the caller promises not to use it again
            drop(unsafe { Box::from_raw(core) });
        }
        Code::Ok
    });
}

/// What a code means: a phrase in English that lasts as long as the program. For a number that is
/// no code, "unknown code".
#[unsafe(no_mangle)]
pub extern "C" fn adr_code_text(code: i32) -> *const c_char {
    code::text(code).as_ptr()
}

/// The version of the library, such as "0.1.0"; lasts as long as the program.
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
    guarded(|| {
        // SAFETY: the caller promises an open core or NULL, bytes, and NULL or a buffer
        let (core, digits, is_in_room) =
            unsafe { (core.as_ref(), number.as_slice(), number.overlaps(result)) };
        let (Some(core), Some(digits)) = (core, digits) else {
            return Code::BadArgument;
        };
        // what is lent as a number must not change while the result is written
        let copied;
        let number = if is_in_room {
            copied = digits.to_vec();
            &copied
        } else {
            digits
        };
        let handle = core.running.handle();
        // SAFETY: the caller promises a buffer
        let take = |dialled: Dialed<'_>| unsafe { put(result, dialled.result) };
        if is_lookup { handle.lookup_with(number, take) } else { handle.dial_with(number, take) }
    })
}

/// # Safety
///
/// NULL, or settings whose texts end with a NUL.
unsafe fn read_settings(settings: *const Settings) -> Result<CoreSettings, String> {
    // SAFETY: the caller promises valid settings or NULL
    let settings = unsafe { settings.as_ref() }.ok_or("settings are NULL")?;
    if settings.servers.is_null() || settings.servers_count == 0 {
        return Err("there are no servers in the settings".to_owned());
    }
    // SAFETY: the caller promises that many texts
    let servers = unsafe { std::slice::from_raw_parts(settings.servers, settings.servers_count) };
    let server = |pointer: &*const c_char| {
        // SAFETY: the caller promises texts that end with a NUL
        let name = unsafe { text(*pointer) }?.ok_or("a server is NULL")?;
        Server::parse(name).map_err(|error| error.to_string())
    };
    let servers = servers.iter().map(server).collect::<Result<_, _>>()?;
    // SAFETY: as above
    let (cache, socket, key) =
        unsafe { (text(settings.cache)?, text(settings.socket)?, text(settings.key)?) };
    let mut core = CoreSettings::new(servers);
    core.cache = cache.map(Into::into);
    core.socket = socket.map(Into::into);
    core.key = key.map(PublicKey::parse).transpose().map_err(|error| error.to_string())?;
    if settings.poll_milliseconds > 0 {
        core.poll = Duration::from_millis(settings.poll_milliseconds);
    }
    Ok(core)
}
