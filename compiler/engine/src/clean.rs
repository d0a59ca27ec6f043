//! Numbers as people write them become numbers as they are dialled.

use std::borrow::Cow;

/// Bytes that are looked at in one step.
const STEP: usize = 8;

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
    // eight bytes at a time; the last eight may overlap those before
    let Some(last) = number.last_chunk::<STEP>() else {
        return !number.iter().any(|byte| is_dropped(*byte));
    };
    let (steps, _) = number.as_chunks::<STEP>();
    !holds_dropped(last) && !steps.iter().any(holds_dropped)
}

/// Without a branch a byte, so that the compiler compares all of them at once.
#[inline]
fn holds_dropped(bytes: &[u8; STEP]) -> bool {
    bytes
        .iter()
        .fold(false, |found, byte| found | is_dropped(*byte))
}

#[inline]
const fn is_dropped(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'(' | b')' | b'/')
}
