//! Dialing, looking up, and cleaning numbers.

use adr_dialer::Dialed;
use adr_engine::Cleaner;

use crate::code::Code;
use crate::core::Core;
use crate::ffi::{Buffer, Bytes, catch_panic, write_message, write_result};

/// Writes what a softphone dials for `number` into `result`. The number is taken byte for byte: it
/// is not cleaned. The call never waits for the network.
///
/// Returns ADR_CODE_OK, ADR_CODE_BAD_ARGUMENT, ADR_CODE_CLOSED, or ADR_CODE_TOO_SMALL; then
/// `result->length` is the length of the result, and nothing else is written.
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
/// phone dials, cut if it is longer than the buffer. Its length is 0 if there is no remark.
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
        let handle = match core.for_dialing() {
            Ok(handle) => handle,
            Err(code) => return code,
        };
        // SAFETY: the caller promises a buffer
        let take = |dialed: Dialed<'_>| unsafe { write_result(result, dialed.result) };
        if is_lookup { handle.lookup_with(number, take) } else { handle.dial_with(number, take) }
    })
}
