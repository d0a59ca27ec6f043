//! Numbers as people write them become numbers as they are dialled.

use std::borrow::Cow;

/// Bytes of a number that are looked at in one step.
const STEP: usize = 8;

/// Bytes of a longer text that are looked at in one step.
const LONG_STEP: usize = 64;

/// Drops the punctuation that people write: space, `-`, `.`, `(`, `)` and `/`.
///
/// Anything else stays, byte for byte, and is the rules' affair; the client itself drops nothing.
/// Borrowed when there is nothing to drop.
///
/// ```
/// assert_eq!(&*adr_engine::clean(b"+1 (408) 555-1212"), b"+14085551212");
/// ```
#[inline]
#[must_use]
pub fn clean(number: &[u8]) -> Cow<'_, [u8]> {
    if is_clean(number) {
        return Cow::Borrowed(number);
    }
    number
        .iter()
        .copied()
        .filter(|byte| !is_dropped(*byte))
        .collect()
}

/// Whether [`clean`] leaves a number as it is.
///
/// ```
/// assert!(adr_engine::is_clean(b"+14085551212"));
/// assert!(!adr_engine::is_clean(b"911 "));
/// ```
#[inline]
#[must_use]
pub fn is_clean(number: &[u8]) -> bool {
    let (long_steps, rest) = number.as_chunks::<LONG_STEP>();
    if long_steps.iter().any(holds_dropped) {
        return false;
    }
    let Some(last) = rest.last_chunk::<STEP>() else {
        return !rest.iter().any(|byte| is_dropped(*byte));
    };
    // the last eight may overlap those before
    let (steps, _) = rest.as_chunks::<STEP>();
    !holds_dropped(last) && !steps.iter().any(holds_dropped)
}

/// Without a branch a byte, so that the compiler compares many of them at once.
#[inline]
fn holds_dropped<const N: usize>(bytes: &[u8; N]) -> bool {
    bytes
        .iter()
        .fold(0, |found, byte| found | u8::from(is_dropped(*byte)))
        != 0
}

#[inline]
const fn is_dropped(byte: u8) -> bool {
    // `(` and `)`, `.` and `/` differ in one bit: two comparisons spared
    byte == b' ' || byte == b'-' || byte | 1 == b')' || byte | 1 == b'/'
}
