//! Turns numbers as people write them into numbers as phones dial them.

mod character;
mod cleaned;
mod tel;
mod writer;

use std::borrow::Cow;

pub use cleaned::{Change, Cleaned, CutParameter, Position, Undialable, UndialablePart};

use writer::Writer;

/// Bytes of a number that are tested in one step.
const STEP: usize = 8;

/// Bytes of a longer text that are tested in one step.
const LONG_STEP: usize = 64;

/// Turns a number as people write, paste or export it into the number that a phone dials.
///
/// * Dropped: `-`, `.`, `(`, `)`, `/`, and the characters that Unicode classifies as dashes,
///   spaces, format characters and default ignorable (no-break space, soft hyphen, direction marks,
///   variation selectors).
/// * Converted to ASCII: decimal digits of every script, and the full-width forms of ASCII.
/// * Parsed: numbers that begin with `tel:`, in the syntax of RFC 3966. Percent escapes of
///   characters that are dropped or converted are decoded; parameters such as `;ext=` are cut.
///
/// All other characters outside `0-9 + * #` stay in the number as written and are listed with their
/// positions.
///
/// ```
/// use adr_engine::Cleaner;
///
/// let cleaned = Cleaner::default().clean("tel:+1-408-555\u{2011}1212;ext=7".as_bytes());
/// assert_eq!(&*cleaned.number, b"+14085551212");
/// assert_eq!(cleaned.cut_parameters[0].text, b";ext=7");
///
/// let cleaned = Cleaner::default().clean(b"408 555 1212 x");
/// assert_eq!(cleaned.remark().unwrap(), "`x` (U+0078) at character 14 is left, which no phone dials");
///
/// let cleaned = Cleaner { letters: true }.clean(b"1-800-FLOWERS");
/// assert_eq!(&*cleaned.number, b"18003569377");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleaner {
    /// Whether letters become the digits of their keys (ITU-T E.161).
    pub letters: bool,
}

impl Cleaner {
    /// Cleans one number. Bytes that are not UTF-8 stay in it and are listed.
    ///
    /// Allocates nothing for a clean number, and only the result for a number with ASCII spaces and
    /// punctuation.
    #[inline]
    #[must_use]
    pub fn clean(self, number: &[u8]) -> Cleaned<'_> {
        if is_clean(number) {
            return Cleaned::unchanged(number);
        }
        Writer::new(number, self).run()
    }
}

/// The number that the default [`Cleaner`] gives, without remarks.
///
/// ```
/// assert_eq!(&*adr_engine::clean(b"+1 (408) 555-1212"), b"+14085551212");
/// ```
#[inline]
#[must_use]
pub fn clean(number: &[u8]) -> Cow<'_, [u8]> {
    Cleaner::default().clean(number).number
}

/// Whether a number holds only `0-9 + * #`. A cleaner leaves such a number unchanged, without
/// remarks.
///
/// ```
/// assert!(adr_engine::is_clean(b"+14085551212"));
/// assert!(!adr_engine::is_clean(b"911 "));
/// assert!(!adr_engine::is_clean(b"911x"));
/// ```
#[inline]
#[must_use]
pub fn is_clean(number: &[u8]) -> bool {
    all(number, character::is_dialable)
}

/// Whether every number of a text is clean, with one number per line and lines that end in LF.
///
/// ```
/// assert!(adr_engine::are_clean_lines(b"911\n9911\n"));
/// assert!(!adr_engine::are_clean_lines(b"911\r\n"));
/// ```
#[inline]
#[must_use]
pub fn are_clean_lines(lines: &[u8]) -> bool {
    all(lines, |byte| character::is_dialable(byte) || byte == b'\n')
}

/// Whether a test holds for all bytes; tests many of them at once.
#[inline]
fn all(bytes: &[u8], test: impl Fn(u8) -> bool + Copy) -> bool {
    let (long_steps, rest) = bytes.as_chunks::<LONG_STEP>();
    if !long_steps.iter().all(|step| holds(step, test)) {
        return false;
    }
    let Some(last) = rest.last_chunk::<STEP>() else {
        return rest.iter().all(|byte| test(*byte));
    };
    // the last eight bytes may overlap the steps before them
    let (steps, _) = rest.as_chunks::<STEP>();
    holds(last, test) && steps.iter().all(|step| holds(step, test))
}

/// Whether a test holds for all bytes of a step. Has no branch per byte, so that the compiler
/// vectorizes it.
#[inline]
fn holds<const N: usize>(bytes: &[u8; N], test: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(1, |held, byte| held & u8::from(test(*byte))) != 0
}
