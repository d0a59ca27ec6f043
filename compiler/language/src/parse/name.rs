//! Names and paths: texts in double quotes.

use adr_diagnostic::{Finding, Span};
use memchr::memchr3;

use super::recover::{propose, replace};

use super::parser::{Parser, offset, shown};
use super::token;

pub(super) static MISSING_NAME: Finding = Finding::error(
    "missing-name",
    "the name of a rule, group or site, or a path, is missing",
    include_str!("../pages/missing-name.md"),
);

pub(super) static MISSING_QUOTES: Finding = Finding::error(
    "missing-quotes",
    "a name or text is not in double quotes",
    include_str!("../pages/missing-quotes.md"),
);

pub(super) static UNCLOSED_STRING: Finding = Finding::error(
    "unclosed-string",
    "a text in double quotes is not closed",
    include_str!("../pages/unclosed-string.md"),
);

impl<'t> Parser<'t> {
    /// Reads a text in quotes, and returns the span between them. Reports a mistake; `None` if
    /// there is no text at all.
    pub(super) fn quoted_text(&mut self, what: &str, example: &str) -> Option<Span> {
        self.blanks();
        if let Some(text) = self.accept(token::quoted) {
            return Some(self.span_of(text, 1));
        }
        match self.peek() {
            Some(b'"') => Some(self.unclosed_string()),
            None | Some(b'\n' | b'{' | b'}' | b';') => self.no_name(what, example),
            Some(_) if self.at_line_end() => self.no_name(what, example),
            Some(_) => Some(self.unquoted(what)),
        }
    }

    /// Reports a text without a closing quote, and reads up to its probable end.
    pub(super) fn unclosed_string(&mut self) -> Span {
        let start = self.at();
        self.accept_byte(b'"');
        let span = self.up_to_stop();
        let whole = self.since(start);
        let end = self.span(whole.end, whole.end);
        self.error(|| {
            UNCLOSED_STRING
                .found("this text has no closing quote")
                .at(whole)
                .with_help("write `\"` at the end of the text, on the same line")
                .with_fix(propose(end, "\"", "close the quote"))
        });
        span
    }

    fn no_name(&mut self, what: &str, example: &str) -> Option<Span> {
        let found = self.found();
        let span = self.found_span();
        self.error(|| {
            MISSING_NAME
                .found(format!("expected {what}, found {found}"))
                .at(span)
                .with_help(format!("write {example}"))
        });
        None
    }

    fn unquoted(&mut self, what: &str) -> Span {
        let whole = self.up_to_stop();
        let bare = self
            .slice(whole)
            .trim_matches(['\'', '‘', '’', '“', '”', '„', '`', '«', '»', '"'])
            .trim();
        self.error(|| {
            let quoted = format!("\"{bare}\"");
            MISSING_QUOTES
                .found(format!("{what} must be in double quotes"))
                .at(whole)
                .with_help(format!("write `\"{}\"`", shown(bare)))
                .with_fix(replace(whole, &quoted, "put it in double quotes"))
        });
        whole
    }

    /// Steps to the first brace, semicolon, comment or line end, and returns the span before it
    /// without blanks at its end.
    fn up_to_stop(&mut self) -> Span {
        let start = self.at();
        let line = &self.rest[..memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len())];
        let stop = memchr3(b'{', b'}', b';', line).unwrap_or(line.len());
        let stop = memchr::memmem::find(&line[..stop], b"//").unwrap_or(stop);
        let text: &[u8] = line[..stop].trim_ascii_end();
        self.rest = &self.rest[text.len()..];
        self.span(start, start + offset(text.len()))
    }
}
