//! Numbers as people have them become numbers as they are dialed.

mod character;
mod cleaned;
mod tel;
mod writer;

use std::borrow::Cow;

pub use cleaned::{Change, Cleaned, CutParameter, Position, Undialable, UndialablePart};

use writer::Writer;

/// Bytes of a number that are looked at in one step.
const STEP: usize = 8;

/// Bytes of a longer text that are looked at in one step.
const LONG_STEP: usize = 64;

/// Makes of a number as people write, paste or export it the number that a phone dials.
///
/// What it drops: `-`, `.`, `(`, `)`, `/`, and what Unicode calls dashes, spaces, format characters
/// and default ignorable (no-break space, soft hyphen, direction marks, variation selectors).
///
/// What it turns into ASCII: decimal digits of every script, and the full-width forms of ASCII.
///
/// What it understands: a number that begins with `tel:`, as RFC 3966 writes it. Percent escapes of
/// what a cleaner drops or turns are decoded; parameters such as `;ext=` are cut.
///
/// What is left outside `0-9 + * #` stays in the number as written and is listed with its position.
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
    /// Whether letters become the digits of their keys, as ITU-T E.161 has them.
    pub letters: bool,
}

impl Cleaner {
    /// Cleans one number. Bytes that are not UTF-8 stay, and are listed.
    ///
    /// Nothing is allocated for a number that is clean already, and nothing but the number for one
    /// with ASCII spaces and punctuation.
    #[inline]
    #[must_use]
    pub fn clean(self, number: &[u8]) -> Cleaned<'_> {
        if is_clean(number) {
            return Cleaned::unchanged(number);
        }
        Writer::new(number, self).run()
    }
}

/// The number that [`Cleaner`] makes, without what there is to say about it.
///
/// ```
/// assert_eq!(&*adr_engine::clean(b"+1 (408) 555-1212"), b"+14085551212");
/// ```
#[inline]
#[must_use]
pub fn clean(number: &[u8]) -> Cow<'_, [u8]> {
    Cleaner::default().clean(number).number
}

/// Whether a number holds nothing but `0-9 + * #`: a cleaner leaves it unchanged and has nothing to
/// say.
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

/// Whether every number of a text is clean, one a line, with lines that end in a line feed.
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

/// Whether a test holds for all bytes; many of them are tested at once.
#[inline]
fn all(bytes: &[u8], test: impl Fn(u8) -> bool + Copy) -> bool {
    let (long_steps, rest) = bytes.as_chunks::<LONG_STEP>();
    if !long_steps.iter().all(|step| holds(step, test)) {
        return false;
    }
    let Some(last) = rest.last_chunk::<STEP>() else {
        return rest.iter().all(|byte| test(*byte));
    };
    // the last eight may overlap those before
    let (steps, _) = rest.as_chunks::<STEP>();
    holds(last, test) && steps.iter().all(|step| holds(step, test))
}

/// Without a branch a byte, so that the compiler compares many of them at once.
#[inline]
fn holds<const N: usize>(bytes: &[u8; N], test: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(1, |held, byte| held & u8::from(test(*byte))) != 0
}
