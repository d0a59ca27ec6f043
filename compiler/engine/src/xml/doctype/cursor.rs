//! A place in a text, and the few steps that declarations are read by.

use super::super::markup::{is_blank, name_length, nmtoken_length};

/// What is left to read. Every step either goes on or gives `None`, and then nothing more is read.
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
    pub(super) fn expect(&mut self, text: &str) -> Option<()> {
        self.takes(text).then_some(())
    }

    /// Takes white space if there is any.
    pub(super) fn blanks(&mut self) -> bool {
        let rest = self.rest.trim_start_matches(is_blank);
        let took = rest.len() < self.rest.len();
        self.rest = rest;
        took
    }

    /// Takes white space, of which there must be some.
    pub(super) fn gap(&mut self) -> Option<()> {
        self.blanks().then_some(())
    }

    /// Takes a name.
    pub(super) fn name(&mut self) -> Option<&'t str> {
        self.word(name_length(self.rest))
    }

    /// Takes a name token: like a name, but any of its characters may stand first.
    pub(super) fn nmtoken(&mut self) -> Option<&'t str> {
        self.word(nmtoken_length(self.rest))
    }

    /// Takes what stands in quotes.
    pub(super) fn literal(&mut self) -> Option<&'t str> {
        let quote = self.rest.chars().next()?;
        if !matches!(quote, '"' | '\'') {
            return None;
        }
        let (value, rest) = self.rest[1..].split_once(quote)?;
        self.rest = rest;
        Some(value)
    }

    /// Takes everything up to `end`, and `end`.
    pub(super) fn until(&mut self, end: &str) -> Option<&'t str> {
        let (before, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(before)
    }

    /// Takes white space and the `>` of a declaration.
    pub(super) fn close(&mut self) -> Option<()> {
        self.blanks();
        self.expect(">")
    }

    fn word(&mut self, length: usize) -> Option<&'t str> {
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }
}
