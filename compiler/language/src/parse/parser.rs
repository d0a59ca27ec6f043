//! The state of the parser, and the steps that all productions use.

use adr_diagnostic::{Diagnostic, SourceId, Span, visible};

use super::token::{self, Input};
use crate::limits::ERRORS_PER_FILE;
use crate::tree::{Arena, Tree};

/// Number of items of a block after which a second thread is worth starting for the rest.
pub(super) const MANY: usize = 4_096;

/// Most braces of one text that are suspected to be stray.
pub(super) const SUSPECTS: usize = 8;

/// Most characters of the user's text in a message.
const SHOWN: usize = 40;

/// The state of a parser.
pub(super) struct Parser<'t> {
    /// The whole text.
    pub(super) text: &'t str,
    /// The text that is not read yet.
    pub(super) rest: Input<'t>,
    /// The offset of the first token of this line, and the number of blanks before it.
    pub(super) line_first: u32,
    pub(super) indent: u32,
    /// The tree so far.
    pub(super) tree: Tree,
    /// At most [`ERRORS_PER_FILE`].
    pub(super) errors: Vec<Diagnostic>,
    /// The number of errors above the limit.
    pub(super) left_out: usize,
    /// The offset of the last `}` that closed something.
    pub(super) closed_at: Option<u32>,
    /// The offsets of braces that may be stray.
    pub(super) suspects: Vec<u32>,
    /// The offset at which this parser began.
    pub(super) begin: usize,
    /// The number of items of a block after which it starts a second thread, which it does once.
    pub(super) serial_items: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(source: SourceId, text: &'t str) -> Self {
        let is_marked = text.as_bytes().starts_with(BYTE_ORDER_MARK);
        let begin = if is_marked { BYTE_ORDER_MARK.len() } else { 0 };
        Self::starting_at(source, text, begin)
    }

    pub(super) fn starting_at(source: SourceId, text: &'t str, begin: usize) -> Self {
        Self {
            text,
            rest: text.as_bytes().get(begin..).unwrap_or_default(),
            line_first: 0,
            indent: 0,
            tree: Tree {
                source,
                items: Vec::new(),
                comments: Vec::new(),
                damaged: false,
                arena: Arena::default(),
            },
            errors: Vec::new(),
            left_out: 0,
            closed_at: None,
            suspects: Vec::new(),
            begin,
            serial_items: MANY,
        }
    }

    /// Runs a token parser here, and steps over what it read.
    #[inline]
    pub(super) fn accept<O>(
        &mut self,
        token: impl FnOnce(Input<'t>) -> nom::IResult<Input<'t>, O, ()>,
    ) -> Option<O> {
        let (rest, output) = token(self.rest).ok()?;
        self.rest = rest;
        Some(output)
    }

    /// Steps over one byte if it is `byte`.
    #[inline]
    pub(super) fn accept_byte(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    /// Steps over the `}` of a body if it is here.
    #[inline]
    pub(super) fn close(&mut self) -> bool {
        let at = self.at();
        let found = self.accept_byte(b'}');
        if found {
            self.closed_at = Some(at);
        }
        found
    }

    /// The byte offset of the next byte.
    #[inline]
    pub(super) fn at(&self) -> u32 {
        offset(self.text.len() - self.rest.len())
    }

    /// The next byte.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The span from `start` to here.
    #[inline]
    pub(super) fn since(&self, start: u32) -> Span {
        Span::new(self.tree.source, start, self.at())
    }

    pub(super) fn span(&self, start: u32, end: u32) -> Span {
        Span::new(self.tree.source, start, end)
    }

    /// The span of `part`, a slice of the text up to here; `after` is the number of bytes that
    /// follow it.
    #[inline]
    pub(super) fn span_of(&self, part: Input<'t>, after: u32) -> Span {
        let end = self.at() - after;
        self.span(end - offset(part.len()), end)
    }

    pub(super) fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Steps over blanks of this line.
    #[inline]
    pub(super) fn blanks(&mut self) {
        if self.peek().is_some_and(token::is_blank) {
            self.accept(token::blanks);
        }
    }

    /// Steps over blanks, line ends and comments, and records the comments.
    #[inline]
    pub(super) fn gap(&mut self) {
        let mut line = None;
        loop {
            match self.peek() {
                Some(b'\n') => {
                    self.rest = &self.rest[1..];
                    line = Some(self.at());
                }
                Some(byte) if token::is_blank(byte) => self.rest = &self.rest[1..],
                Some(b'/') if self.comment() => {}
                _ => break,
            }
        }
        if let Some(start) = line {
            self.line_first = self.at();
            self.indent = self.line_first - start;
        }
    }

    pub(super) fn comment(&mut self) -> bool {
        let start = self.at();
        let found = self.accept(token::comment).is_some();
        if found {
            let span = self.since(start);
            self.tree.comments.push(span);
        }
        found
    }

    /// Whether nothing but a comment follows on this line.
    pub(super) fn at_line_end(&self) -> bool {
        matches!(self.peek(), None | Some(b'\n')) || self.rest.starts_with(b"//")
    }

    /// Reports an error. Above the limit, only counts it.
    pub(super) fn error(&mut self, diagnostic: impl FnOnce() -> Diagnostic) {
        if !self.count_only() {
            self.errors.push(diagnostic());
        }
    }

    /// Counts an error without wording it, if enough are reported; true if it did.
    pub(super) fn count_only(&mut self) -> bool {
        self.suspect();
        let full = self.errors.len() >= ERRORS_PER_FILE;
        self.left_out += usize::from(full);
        full
    }

    /// Records the braces that may have caused an error here: the one here, at the end of the token
    /// or the value here, and the last one that closed something.
    pub(super) fn suspect(&mut self) {
        let here = self.found_span();
        let bytes = self.text.as_bytes();
        let is_brace = |at: &u32| matches!(bytes.get(*at as usize), Some(b'{' | b'}'));
        let value_end = here.start + offset(token::value_length(self.rest));
        let near = [here.start, here.end, value_end].into_iter().filter(is_brace);
        for at in near.chain(self.closed_at) {
            if self.suspects.len() < SUSPECTS && !self.suspects.contains(&at) {
                self.suspects.push(at);
            }
        }
    }

    /// Describes what is here: the text in backticks, or the end of the line or file.
    pub(super) fn found(&self) -> String {
        let text = self.slice(self.found_span());
        match self.peek() {
            None => "the end of the file".to_owned(),
            Some(b'\n') => "the end of the line".to_owned(),
            _ => format!("`{}`", shown(text)),
        }
    }

    /// The span of what is here: one token, or an empty span at the end of a line.
    pub(super) fn found_span(&self) -> Span {
        let start = self.at();
        let length = match self.peek() {
            None | Some(b'\n') => 0,
            Some(b'"') => token::quoted(self.rest).map_or(1, |(_, text)| text.len() + 2),
            Some(_) => token::chunk(self.rest).map_or(1, |(_, text)| text.len()),
        };
        self.span(start, start + offset(length))
    }

    pub(super) fn error_count(&self) -> usize {
        self.errors.len() + self.left_out
    }
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The user's text for a message: shortened, and without control characters for a terminal.
pub(super) fn shown(text: &str) -> String {
    let end = text.char_indices().nth(SHOWN).map(|(at, _)| at);
    let mut out = visible(&text[..end.unwrap_or(text.len())]).into_owned();
    if end.is_some() {
        out.push('…');
    }
    out
}

pub(super) fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
