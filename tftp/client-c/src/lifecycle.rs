//! Opening and closing cores.

use adr_client::{Core as ClientCore, OpenError, Rules};

use crate::callback::without_cancellation;
use crate::code::{self, Code};
use crate::core::Core;
use crate::ffi::{Buffer, Bytes, catch_panic, write_message};
use crate::settings::{self, Settings};

/// Opens a core and stores its handle in `*core`; NULL on failure.
///
/// The call loads the last good rules from the cache and does not wait for servers. Dialing works
/// as soon as it returns; numbers are unchanged until there are rules. If `error` is not NULL, it
/// receives a message describing the failure, and an empty one on success.
///
/// Returns ADR_CODE_OK, ADR_CODE_BAD_ARGUMENT, or ADR_CODE_NOT_OPENED if the cache folder, the
/// control socket or a certificate cannot be used.
///
/// # Safety
///
/// `settings` points to a struct of the size that it states, `core` points to one pointer, the
/// texts in the settings end with a NUL, and `error` is NULL or points to a valid buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_open(
    settings: *const Settings,
    core: *mut *mut Core,
    error: *mut Buffer,
) -> Code {
    let open = || {
        // SAFETY: the caller promises valid settings
        let settings = unsafe { settings::read(settings) };
        let settings = settings.map_err(|reason| (Code::BadArgument, reason.to_string()))?;
        ClientCore::open(settings).map_err(|reason| {
            let code = match reason {
                OpenError::FolderWithoutKey => Code::BadArgument,
                _ => Code::NotOpened,
            };
            (code, reason.to_string())
        })
    };
    // SAFETY: the caller promises a pointer, and NULL or a buffer
    unsafe { store(core, error, open) }
}

/// Makes a core from the rules of two XML files in memory, for tests of a softphone, and stores its
/// handle in `*core`; NULL on failure. `lookup` with NULL as data means no lookup rules.
///
/// The core has no servers, cache and control socket, and starts no thread. It dials, looks up, has
/// a status and accepts subscriptions as every core does; adr_reload returns ADR_CODE_REFUSED. It
/// must be closed by adr_close.
///
/// Returns ADR_CODE_OK, ADR_CODE_BAD_ARGUMENT, or ADR_CODE_REFUSED if a softphone would reject a
/// file or a value is longer than CUCM accepts; `error` as for adr_open.
///
/// # Safety
///
/// `application` and `lookup` are valid, `core` points to one pointer, and `error` is NULL or
/// points to a valid buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_rules_from_xml(
    application: Bytes,
    lookup: Bytes,
    core: *mut *mut Core,
    error: *mut Buffer,
) -> Code {
    let open = || {
        // SAFETY: the caller promises bytes
        let files = unsafe { (application.as_slice(), lookup.as_slice()) };
        let (Some(application), Some(lookup_file)) = files else {
            return Err((Code::BadArgument, "a file is NULL or too long".to_owned()));
        };
        let lookup_file = (!lookup.data.is_null()).then_some(lookup_file);
        let rules = Rules::from_xml(application, lookup_file);
        let rules = rules.map_err(|rejection| (Code::Refused, rejection.to_string()))?;
        Ok(ClientCore::from_rules(rules))
    };
    // SAFETY: the caller promises a pointer, and NULL or a buffer
    unsafe { store(core, error, open) }
}

/// Closes a core. After the call no callback is running, and none will be called. NULL is ignored.
///
/// Returns ADR_CODE_OK, or:
///
/// - ADR_CODE_IN_CALLBACK: a callback of this core makes the call. The core stays open.
/// - ADR_CODE_OTHER_PROCESS: this process is a copy by fork. The core stays open in the process
///   that opened it; its memory here is not freed.
/// - ADR_CODE_CLOSED: the core is closed already. The library recognizes the 256 handles that were
///   closed last.
/// - ADR_CODE_CALLBACK_ENDED: the core is closed, but a callback had thrown an exception or ended
///   its thread before, and its subscription with it.
///
/// The call waits for callbacks that are running. Two callbacks of different cores must not close
/// each other's core at the same time: each would wait for the other one.
///
/// # Safety
///
/// `core` is NULL or a core.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn adr_close(core: *mut Core) -> Code {
    without_cancellation(|| {
        catch_panic(|| {
            // SAFETY: the caller promises a core or NULL
            let Some(open) = (unsafe { core.as_ref() }) else {
                return Code::Ok;
            };
            let code = open.close().err().unwrap_or(Code::Ok);
            if matches!(code, Code::Ok | Code::CallbackEnded) {
                // SAFETY: it came from `store`, and a core is closed once
                unsafe { Core::retire(core) };
            }
            code
        })
    })
}

/// Stores a core that was opened, or writes why it was not.
///
/// # Safety
///
/// `core` is NULL or points to one pointer; `error` is NULL or points to a valid buffer.
unsafe fn store(
    core: *mut *mut Core,
    error: *mut Buffer,
    open: impl FnOnce() -> Result<ClientCore, (Code, String)>,
) -> Code {
    let store = || {
        if core.is_null() {
            return Err((Code::BadArgument, "the pointer for the core is NULL".to_owned()));
        }
        // SAFETY: the caller promises that it points to one pointer, which need not be initialized
        unsafe { core.write(std::ptr::null_mut()) };
        let opened = Box::into_raw(Box::new(Core::new(open()?)));
        // SAFETY: as above
        unsafe { core.write(opened) };
        Ok(())
    };
    without_cancellation(|| {
        let mut message = code::text(Code::Failed as i32).to_string_lossy().into_owned();
        let code = catch_panic(|| {
            let (code, reason) = store().err().unwrap_or((Code::Ok, String::new()));
            message = reason;
            code
        });
        // SAFETY: the caller promises NULL or a buffer
        unsafe { write_message(error, &message) };
        code
    })
}
