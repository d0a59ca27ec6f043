//! Cleans a number in one pass.

use super::Cleaner;
use super::character::{self, Reading};
use super::cleaned::{Change, Cleaned, CutParameter, Position, Undialable, UndialablePart};
use super::tel;

/// Length of a percent escape.
const ESCAPE: usize = 3;

/// The state of cleaning one number.
pub(super) struct Writer<'t> {
    /// The number as given.
    source: &'t [u8],
    cleaner: Cleaner,
    /// The cleaned number so far.
    number: Vec<u8>,
    /// The lists of the result so far.
    cleaned: Cleaned<'t>,
    /// The last position that was computed; positions only increase.
    position: Position,
}

impl<'t> Writer<'t> {
    pub(super) fn new(source: &'t [u8], cleaner: Cleaner) -> Self {
        Self {
            source,
            cleaner,
            number: Vec::with_capacity(source.len()),
            cleaned: Cleaned::unchanged(&[]),
            position: Position { byte: 0, character: 0 },
        }
    }

    pub(super) fn run(mut self) -> Cleaned<'t> {
        let first = self.source.utf8_chunks().next();
        match first.and_then(|chunk| tel::scheme(chunk.valid())) {
            Some(scheme) => self.uri(scheme),
            None => self.text(0..self.source.len()),
        }
        self.cleaned.number = self.number.into();
        self.cleaned
    }

    /// Cleans a `tel:` URI after its scheme: a number with percent escapes, then parameters, which
    /// are cut.
    fn uri(&mut self, start: usize) {
        let rest = &self.source[start..];
        let end = memchr::memchr(b';', rest).map_or(self.source.len(), |at| start + at);
        let mut at = start;
        while let Some(percent) = memchr::memchr(b'%', &self.source[at..end]) {
            self.text(at..at + percent);
            at = self.escapes(at + percent, end);
        }
        self.text(at..end);
        self.parameters(end);
    }

    /// Decodes the percent escapes that begin at a `%`; returns the offset after them.
    fn escapes(&mut self, start: usize, end: usize) -> usize {
        let run = self.source[start..end].chunks(ESCAPE).map_while(tel::escape);
        let decoded: Vec<u8> = run.collect();
        if decoded.is_empty() {
            self.keep(start..start + 1, Undialable::Character('%'));
            return start + 1;
        }
        let mut at = start;
        for chunk in decoded.utf8_chunks() {
            for character in chunk.valid().chars() {
                let length = ESCAPE * character.len_utf8();
                self.character(character, at..at + length);
                at += length;
            }
            for byte in chunk.invalid() {
                self.keep(at..at + ESCAPE, Undialable::Byte(*byte));
                at += ESCAPE;
            }
        }
        at
    }

    fn parameters(&mut self, start: usize) {
        let mut at = start;
        while at < self.source.len() {
            let after = at + 1;
            let length = memchr::memchr(b';', &self.source[after..]);
            let end = length.map_or(self.source.len(), |length| after + length);
            let position = self.position_of(at);
            let text = &self.source[at..end];
            self.cleaned.cut_parameters.push(CutParameter { text, position });
            at = end;
        }
    }

    /// Cleans a part of the text that has no escapes.
    fn text(&mut self, part: std::ops::Range<usize>) {
        let mut at = part.start;
        for chunk in self.source[part].utf8_chunks() {
            for character in chunk.valid().chars() {
                let end = at + character.len_utf8();
                self.character(character, at..end);
                at = end;
            }
            for byte in chunk.invalid() {
                self.keep(at..at + 1, Undialable::Byte(*byte));
                at += 1;
            }
        }
    }

    /// Adds a character, which is written in `part` as itself or as escapes.
    #[inline]
    fn character(&mut self, character: char, part: std::ops::Range<usize>) {
        match character::read(character) {
            Reading::Key(key) => {
                self.number.push(key);
                if !character.is_ascii() {
                    self.change(character, part.start, Some(key));
                }
            }
            Reading::Nothing => {
                if !character.is_ascii() {
                    self.change(character, part.start, None);
                }
            }
            Reading::Letter(letter) if self.cleaner.letters => {
                let key = character::key(letter);
                self.number.push(key);
                self.change(character, part.start, Some(key));
            }
            Reading::Letter(_) | Reading::Undialable => {
                self.keep(part, Undialable::Character(character));
            }
        }
    }

    fn change(&mut self, character: char, at: usize, key: Option<u8>) {
        let change = Change { character, position: self.position_of(at), key: key.map(char::from) };
        self.cleaned.changes.push(change);
    }

    /// Keeps a part as written and lists it as undialable.
    fn keep(&mut self, part: std::ops::Range<usize>, what: Undialable) {
        let position = self.position_of(part.start);
        let length = part.len();
        self.cleaned.undialable.push(UndialablePart { what, position, length });
        self.number.extend_from_slice(&self.source[part]);
    }

    /// The position of a byte, which must not be before the last one.
    fn position_of(&mut self, byte: usize) -> Position {
        let begins = |byte: &&u8| **byte & 0xc0 != 0x80;
        let passed = &self.source[self.position.byte..byte];
        self.position.character += passed.iter().filter(begins).count();
        self.position.byte = byte;
        Position { byte, character: self.position.character + 1 }
    }
}
