//! A place in a text, and the few steps that declarations are read by.

use super::super::malformed::{Why, unsure};
use super::super::markup::{NAME_LIMIT, is_blank, name_length, nmtoken_length};

/// One step of reading, or why there is none.
pub(super) type Step<T> = Result<T, Why>;

/// What is said where a declaration does not go on as it must.
pub(super) const NOT_UNDERSTOOD: Why = Why::certain("this document type is not understood");

/// What is left to read. A step that fails leaves it where it failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t> {
    pub(super) rest: &'t str,
}

impl<'t> Cursor<'t> {
    /// Takes `text` if it stands here.
    pub(super) fn takes(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes `text`, which must stand here.
    pub(super) fn expect(&mut self, text: &str) -> Step<()> {
        self.takes(text).then_some(()).ok_or(NOT_UNDERSTOOD)
    }

    /// Takes white space if there is any.
    pub(super) fn blanks(&mut self) -> bool {
        let rest = self.rest.trim_start_matches(is_blank);
        let took = rest.len() < self.rest.len();
        self.rest = rest;
        took
    }

    /// Takes white space, of which there must be some.
    pub(super) fn gap(&mut self) -> Step<()> {
        self.blanks().then_some(()).ok_or(NOT_UNDERSTOOD)
    }

    /// Takes a name.
    pub(super) fn name(&mut self) -> Step<&'t str> {
        self.word(name_length(self.rest))
    }

    /// Takes a name token: like a name, but any of its characters may stand first.
    pub(super) fn nmtoken(&mut self) -> Step<&'t str> {
        self.word(nmtoken_length(self.rest))
    }

    /// Takes what stands in quotes.
    pub(super) fn literal(&mut self) -> Step<&'t str> {
        let quote = self.rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let quoted = quote.and_then(|quote| self.rest[1..].split_once(quote));
        let (value, rest) = quoted.ok_or(NOT_UNDERSTOOD)?;
        if value.len() > NAME_LIMIT {
            return Err(unsure::TOO_LONG);
        }
        self.rest = rest;
        Ok(value)
    }

    /// Takes everything up to `end`, and `end`.
    pub(super) fn until(&mut self, end: &str) -> Step<&'t str> {
        let (before, rest) = self.rest.split_once(end).ok_or(NOT_UNDERSTOOD)?;
        self.rest = rest;
        Ok(before)
    }

    /// Takes white space and the `>` of a declaration.
    pub(super) fn close(&mut self) -> Step<()> {
        self.blanks();
        self.expect(">")
    }

    fn word(&mut self, length: usize) -> Step<&'t str> {
        if length == 0 {
            return Err(NOT_UNDERSTOOD);
        }
        if length > NAME_LIMIT {
            return Err(unsure::TOO_LONG);
        }
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(word)
    }
}
