//! Numbers as people write them become numbers as they are dialled.

use std::borrow::Cow;

/// Drops the punctuation that people write: space, `-`, `.`, `(`, `)` and `/`.
///
/// Anything else stays and is the rules' affair; the client itself drops nothing.
///
/// ```
/// assert_eq!(&*adr_engine::clean(b"+1 (408) 555-1212"), b"+14085551212");
/// ```
#[inline]
#[must_use]
pub fn clean(number: &[u8]) -> Cow<'_, [u8]> {
    if !number.iter().any(|byte| is_dropped(*byte)) {
        return Cow::Borrowed(number);
    }
    number
        .iter()
        .copied()
        .filter(|byte| !is_dropped(*byte))
        .collect()
}

const fn is_dropped(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'(' | b')' | b'/')
}
