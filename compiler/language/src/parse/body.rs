//! The end of a body, and the end of a line.

use adr_diagnostic::Span;

use super::brace::Opening;
use super::keyword::{Keyword, Place};
use super::parser::{Parser, offset};
use super::token;
use crate::tree::ListKind;

impl Parser<'_> {
    /// Steps to the next item of a body; true at the end of the body: its `}` was read, or is
    /// missing.
    pub(super) fn body_ends(&mut self, opening: Opening, what: &str, place: Place) -> bool {
        self.gap();
        match self.peek() {
            Some(b'}') => self.close(),
            None => {
                self.unclosed(opening, what);
                true
            }
            Some(byte) if token::is_word_start(byte) && self.outside(place, opening) => {
                self.unclosed(opening, what);
                true
            }
            Some(_) => false,
        }
    }

    /// Whether a keyword of an outer block is here, indented no further than the line of the block.
    fn outside(&self, place: Place, opening: Opening) -> bool {
        self.outdented(opening)
            && match self.next_keyword() {
                Some(Keyword::Rule | Keyword::Use) => place == Place::Test,
                Some(Keyword::Field(_) | Keyword::Dial) | None => false,
                Some(Keyword::Let | Keyword::Clients) => place != Place::Site,
                Some(Keyword::Block(ListKind::Application)) => place != Place::Site,
                Some(Keyword::Block(ListKind::Lookup)) => place == Place::List,
                Some(_) => true,
            }
    }

    /// The span from `start` to the end of what was read, without blanks at its end.
    pub(super) fn line_since(&self, start: u32) -> Span {
        let span = self.since(start);
        let length = self.slice(span).trim_ascii_end().len();
        self.span(start, start + offset(length))
    }
}
