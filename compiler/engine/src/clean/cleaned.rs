//! The result of cleaning a number, and the remarks about it.

use std::borrow::Cow;
use std::fmt;

use adr_diagnostic::{describe, visible};

/// Most changes that a message lists.
const LISTED: usize = 3;

/// The result of cleaning a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned<'t> {
    /// The number: what phones dial, and [`undialable`](Self::undialable) parts as written.
    pub number: Cow<'t, [u8]>,
    /// Characters outside ASCII and letters that were dropped or read as digits, in order. ASCII
    /// spaces and punctuation are not listed.
    pub changes: Vec<Change>,
    /// Parameters of a `tel:` URI that were cut, in order.
    pub cut_parameters: Vec<CutParameter<'t>>,
    /// Parts that stay in the number although no phone dials them, in order.
    pub undialable: Vec<UndialablePart>,
}

/// A position in the text that was cleaned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The byte, from 0.
    pub byte: usize,
    /// The character, from 1. Every byte except UTF-8 continuation bytes begins a character.
    pub character: usize,
}

/// A character that was dropped or read as a digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The character.
    pub character: char,
    /// Where it is.
    pub position: Position,
    /// The key that it became; `None` if it was dropped.
    pub key: Option<char>,
}

/// A parameter of a `tel:` URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutParameter<'t> {
    /// The parameter as written, with its `;`.
    pub text: &'t [u8],
    /// Where it begins.
    pub position: Position,
}

/// A part of a number that no phone dials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UndialablePart {
    /// What it is.
    pub what: Undialable,
    /// Where it is.
    pub position: Position,
    /// Length as written, in bytes; three bytes for each byte of the character where it is escaped.
    pub length: usize,
}

/// A character outside `0-9 + * #`, or a byte that is not part of any character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undialable {
    /// A character.
    Character(char),
    /// A byte that is not UTF-8.
    Byte(u8),
}

impl<'t> Cleaned<'t> {
    /// A number that needed no cleaning.
    #[inline]
    pub(super) const fn unchanged(number: &'t [u8]) -> Self {
        Self {
            number: Cow::Borrowed(number),
            changes: Vec::new(),
            cut_parameters: Vec::new(),
            undialable: Vec::new(),
        }
    }

    /// One line for a person who is about to dial this number: what was cut, and what no phone
    /// dials. `None` when neither happened.
    #[must_use]
    pub fn remark(&self) -> Option<String> {
        let undialable = self.undialable_words();
        match (self.cut_parameters.is_empty(), undialable) {
            (true, undialable) => undialable,
            (false, None) => Some(self.cut_words()),
            (false, Some(undialable)) => Some(format!("{}; {undialable}", self.cut_words())),
        }
    }

    /// One line about changes that are easy to overlook: characters outside ASCII and letters that
    /// were dropped or read as digits, and parameters that were cut. `None` when there were none.
    #[must_use]
    pub fn changed(&self) -> Option<String> {
        let mut words: Vec<String> = self.changes.iter().take(LISTED).map(Change::words).collect();
        if let Some(more) = more(self.changes.len(), LISTED) {
            words.push(format!("and {more} changed"));
        }
        if !self.cut_parameters.is_empty() {
            words.push(self.cut_words());
        }
        (!words.is_empty()).then(|| words.join(", "))
    }

    fn cut_words(&self) -> String {
        let text: Vec<u8> = self.cut_parameters.iter().flat_map(|cut| cut.text).copied().collect();
        let are = if self.cut_parameters.len() == 1 { "is" } else { "are" };
        format!("`{}` {are} cut", visible(&String::from_utf8_lossy(&text)))
    }

    fn undialable_words(&self) -> Option<String> {
        let first = self.undialable.first()?;
        let character = first.position.character;
        let words = format!("{} at character {character}", first.what);
        Some(match more(self.undialable.len(), 1) {
            None => format!("{words} is left, which no phone dials"),
            Some(more) => format!("{words} and {more} are left, which no phone dials"),
        })
    }
}

impl Change {
    fn words(&self) -> String {
        let (what, at) = (describe(self.character), self.position.character);
        match self.key {
            Some(key) => format!("{what} at character {at} is read as {key}"),
            None => format!("{what} at character {at} is dropped"),
        }
    }
}

impl fmt::Display for Undialable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(character) => f.write_str(&describe(*character)),
            Self::Byte(byte) => write!(f, "the byte 0x{byte:02X}"),
        }
    }
}

/// "2 more"; `None` when all are listed.
fn more(count: usize, listed: usize) -> Option<String> {
    let more = count.checked_sub(listed).filter(|more| *more > 0)?;
    Some(format!("{more} more"))
}
