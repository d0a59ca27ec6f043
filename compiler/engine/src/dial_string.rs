//! The alphabet of dial rules.

use std::fmt;

use compact_str::CompactString;

/// A string over `0-9 + * #`, at most [`DialString::LIMIT`] characters, possibly empty.
///
/// CUCM accepts such strings for Number Begins With and Prefix With Pattern.
///
/// ```
/// use adr_engine::{DialString, DialStringError};
///
/// assert_eq!(DialString::new("+1408")?.as_str(), "+1408");
/// assert_eq!(DialString::new("1x"), Err(DialStringError::Character { found: 'x', at: 1 }));
/// # Ok::<(), DialStringError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DialString(CompactString);

impl DialString {
    /// Longest dial string that CUCM accepts, in characters.
    pub const LIMIT: usize = 100;

    /// The dial string with this text.
    ///
    /// # Errors
    ///
    /// The first character outside the alphabet with its byte offset, or else the length if it
    /// exceeds [`DialString::LIMIT`].
    pub fn new(text: &str) -> Result<Self, DialStringError> {
        // no byte of a character outside ASCII is a dial character
        let other = text.bytes().position(|byte| !is_dial_character(byte));
        if let Some((at, found)) = other.and_then(|at| text[at..].chars().next().map(|c| (at, c))) {
            return Err(DialStringError::Character { found, at });
        }
        if text.len() > Self::LIMIT {
            return Err(DialStringError::TooLong { given: text.len(), limit: Self::LIMIT });
        }
        Ok(Self(CompactString::new(text)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The length in characters, each of which is one byte.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True for the empty string.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text, without a copy.
    pub(crate) fn into_text(self) -> CompactString {
        self.0
    }
}

impl fmt::Display for DialString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not a dial string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialStringError {
    /// A character outside `0-9 + * #`.
    #[error("`{}` is not one of `0-9 + * #`", found.escape_debug())]
    Character {
        /// The character.
        found: char,
        /// Its byte offset.
        at: usize,
    },
    /// More characters than CUCM accepts.
    #[error("{given} characters, and CUCM takes at most {limit}")]
    TooLong {
        /// Characters given.
        given: usize,
        /// Characters allowed.
        limit: usize,
    },
}

fn is_dial_character(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'+' | b'*' | b'#')
}
