//! What a cleaner made of a number, and what there is to say about it.

use std::borrow::Cow;
use std::fmt;

use adr_diagnostic::{describe, visible};

/// Most things of one kind that a sentence lists.
const LISTED: usize = 3;

/// What a cleaner made of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned<'t> {
    /// The number: what phones dial, and what is [`undialable`](Self::undialable) as it was written.
    pub number: Cow<'t, [u8]>,
    /// What was dropped or read as a digit although a reader may not notice it, in order:
    /// characters outside ASCII, and letters. Not the spaces and punctuation of ASCII.
    pub changes: Vec<Change>,
    /// Parameters of a `tel:` URI that were cut, in order.
    pub cut_parameters: Vec<CutParameter<'t>>,
    /// What no phone dials, in order.
    pub undialable: Vec<UndialablePart>,
}

/// Where something is in the text that was cleaned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The byte, from 0.
    pub byte: usize,
    /// The character, from 1. Bytes that are not UTF-8 count as those around them make them.
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

/// Something that no phone dials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UndialablePart {
    /// What it is.
    pub what: Undialable,
    /// Where it is.
    pub position: Position,
    /// How many bytes it takes as written: more than the character's own where it is escaped.
    pub length: usize,
}

/// A character outside `0-9 + * #`, or what is not even a character.
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

    /// What a person should know before this number is dialed, in one line: what was cut, and what
    /// is left that no phone dials. `None` when there is nothing to say.
    #[must_use]
    pub fn remark(&self) -> Option<String> {
        let left = self.left_words();
        match (self.cut_parameters.is_empty(), left) {
            (true, left) => left,
            (false, None) => Some(self.cut_words()),
            (false, Some(left)) => Some(format!("{}; {left}", self.cut_words())),
        }
    }

    /// What cleaning changed that a reader may not notice, in one line: characters outside ASCII
    /// and letters that were dropped or read as digits, and parameters that were cut. `None` for
    /// nothing.
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

    fn left_words(&self) -> Option<String> {
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
