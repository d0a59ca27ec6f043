//! A position in a text, and the steps that read declarations.

use super::super::malformed::{Reason, uncertain};
use super::super::names::{NAME_LIMIT, is_blank, name_length, name_token_length};

/// What a step reads, or why the text is not well-formed.
pub(super) type Parsed<T> = Result<T, Reason>;

/// The reason for every declaration that breaks the grammar.
pub(super) const NOT_UNDERSTOOD: Reason = Reason::certain("this document type is malformed");

/// The text that is not read yet. A step that fails leaves the cursor at the failure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t> {
    pub(super) rest: &'t str,
}

impl<'t> Cursor<'t> {
    /// Reads `text` if it is next; returns whether it was.
    pub(super) fn accept(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Reads `text`, which must be next.
    pub(super) fn expect(&mut self, text: &str) -> Parsed<()> {
        self.accept(text).then_some(()).ok_or(NOT_UNDERSTOOD)
    }

    /// Skips white space; returns whether there was any.
    pub(super) fn skip_blanks(&mut self) -> bool {
        let rest = self.rest.trim_start_matches(is_blank);
        let took = rest.len() < self.rest.len();
        self.rest = rest;
        took
    }

    /// Skips white space, of which there must be some.
    pub(super) fn expect_blanks(&mut self) -> Parsed<()> {
        self.skip_blanks().then_some(()).ok_or(NOT_UNDERSTOOD)
    }

    /// Reads a name.
    pub(super) fn name(&mut self) -> Parsed<&'t str> {
        self.take(name_length(self.rest))
    }

    /// Reads a name token: like a name, but any of its characters may come first.
    pub(super) fn name_token(&mut self) -> Parsed<&'t str> {
        self.take(name_token_length(self.rest))
    }

    /// Reads a text in quotes; returns it without them.
    pub(super) fn literal(&mut self) -> Parsed<&'t str> {
        let quote = self.rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let quoted = quote.and_then(|quote| self.rest[1..].split_once(quote));
        let (value, rest) = quoted.ok_or(NOT_UNDERSTOOD)?;
        if value.len() > NAME_LIMIT {
            return Err(uncertain::TOO_LONG);
        }
        self.rest = rest;
        Ok(value)
    }

    /// Reads up to `end` and `end` itself; returns what comes before it.
    pub(super) fn until(&mut self, end: &str) -> Parsed<&'t str> {
        let (before, rest) = self.rest.split_once(end).ok_or(NOT_UNDERSTOOD)?;
        self.rest = rest;
        Ok(before)
    }

    /// Reads the end of a declaration: white space and `>`.
    pub(super) fn close(&mut self) -> Parsed<()> {
        self.skip_blanks();
        self.expect(">")
    }

    fn take(&mut self, length: usize) -> Parsed<&'t str> {
        if length == 0 {
            return Err(NOT_UNDERSTOOD);
        }
        if length > NAME_LIMIT {
            return Err(uncertain::TOO_LONG);
        }
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(word)
    }
}
