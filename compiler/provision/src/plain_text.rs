//! Short texts on one line.

use std::fmt;

use thiserror::Error;

/// Most UTF-16 units of a [`PlainText`].
pub const MAX_PLAIN_UNITS: usize = 1_024;

/// A text of 1 to [`MAX_PLAIN_UNITS`] UTF-16 units without control characters, which fits on one
/// line of any file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainText(String);

/// Why a text is not a [`PlainText`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PlainTextError {
    /// It is empty.
    #[error("it is empty")]
    Empty,
    /// It is longer than [`MAX_PLAIN_UNITS`].
    #[error("it has more than {MAX_PLAIN_UNITS} characters")]
    TooLong,
    /// It has a control character or another one that is not allowed here.
    #[error("it has {}", adr_diagnostic::describe(*.0))]
    BadCharacter(char),
}

impl PlainText {
    /// Checks a text.
    ///
    /// # Errors
    ///
    /// See [`PlainTextError`].
    pub fn new(text: impl Into<String>) -> Result<Self, PlainTextError> {
        Self::without(text, &[])
    }

    /// Checks a text that must not have some characters.
    ///
    /// # Errors
    ///
    /// See [`PlainTextError`].
    pub fn without(text: impl Into<String>, excluded: &[char]) -> Result<Self, PlainTextError> {
        let text = text.into();
        let bad = |c: &char| {
            c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || excluded.contains(c)
        };
        match (text.chars().find(bad), text.encode_utf16().count()) {
            (Some(character), _) => Err(PlainTextError::BadCharacter(character)),
            (None, 0) => Err(PlainTextError::Empty),
            (None, 1..=MAX_PLAIN_UNITS) => Ok(Self(text)),
            _ => Err(PlainTextError::TooLong),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlainText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
