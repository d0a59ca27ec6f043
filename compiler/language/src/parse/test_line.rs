//! Test blocks and their lines.

use adr_diagnostic::{Finding, Span};

use super::keyword::{Keyword, Place};
use super::recover::{diagnostic, propose, replace};

use super::parser::{Parser, offset, shown};
use super::token;
use crate::suggest::closest;
use crate::tree::{ListKind, Test, TestBlock};

pub(super) static BAD_TEST_LINE: Finding = Finding::error(
    "bad-test-line",
    "a test line is incomplete or not valid",
    include_str!("../pages/bad-test-line.md"),
);

impl Parser<'_> {
    /// Reads a test block whose keyword began at `start`.
    pub(super) fn test_block(&mut self, start: u32) -> TestBlock {
        let opening = self.open();
        let mut tests = Vec::new();
        while !self.body_ends(opening, "test block", Place::Test) {
            let start = self.at();
            let kind = match self.keyword(Place::Test) {
                Some(Keyword::Dial) => ListKind::Application,
                Some(Keyword::Block(kind)) => kind,
                _ => continue,
            };
            match self.test(start, kind) {
                Some(test) => {
                    tests.push(test);
                    self.end_of_item("each test");
                }
                None => self.skip_line(),
            }
        }
        self.end_of_block();
        TestBlock { span: self.since(start), tests }
    }

    fn test(&mut self, start: u32, kind: ListKind) -> Option<Test> {
        self.blanks();
        let is_quoted = self.peek() == Some(b'"');
        let number = self.number()?;
        self.blanks();
        if self.peek() == Some(b';') && !is_quoted {
            return self.number_without_quotes(number);
        }
        let site = if self.accept_at() { Some(self.test_site()?) } else { None };
        self.arrow()?;
        let expected = self.expected()?;
        Some(Test { span: self.since(start), kind, number, site, expected })
    }

    /// Reads a quoted number, or everything up to `at`, the arrow or the line end.
    fn number(&mut self) -> Option<Span> {
        if let Some(text) = self.accept(token::quoted) {
            return Some(self.span_of(text, 1));
        }
        let length = bare_number(self.rest);
        if length == 0 {
            return self.bad_line(
                "a number after `dial` or `lookup`",
                "write `dial 555 1212 -> 95551212`",
            );
        }
        let start = self.at();
        self.rest = &self.rest[length..];
        Some(self.since(start))
    }

    /// Reports a number with a `;` that is not in quotes.
    fn number_without_quotes<T>(&mut self, number: Span) -> Option<T> {
        let start = self.text.len() - self.rest.len();
        let line = memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len());
        let line = &self.rest[..line];
        let end = (0..line.len()).find(|at| ends_after_semicolon(line, *at));
        let rest = line[..end.unwrap_or(line.len())].trim_ascii_end();
        let whole = self.span(number.start, offset(start + rest.len()));
        let (before, text) = (self.slice(number), self.slice(whole));
        self.error(|| {
            let message = format!("expected `->`, found `;` after `{}`", shown(before));
            if rest == b";" {
                let help = "write `->` and the result after the number";
                return diagnostic(&BAD_TEST_LINE, message, whole, help);
            }
            let help = format!("put the number in quotes: `\"{}\"`", shown(text));
            let found = diagnostic(&BAD_TEST_LINE, message, whole, &help);
            match end.is_some() && !text.contains('"') {
                true => found.with_fix(propose(
                    whole,
                    &format!("\"{text}\""),
                    "put the number in quotes",
                )),
                false => found,
            }
        });
        None
    }

    fn accept_at(&mut self) -> bool {
        let found = token::word(self.rest).ok().filter(|(_, word)| *word == b"at");
        if let Some((rest, _)) = found {
            self.rest = rest;
        }
        found.is_some()
    }

    fn test_site(&mut self) -> Option<Span> {
        let before = self.error_count();
        self.blanks();
        if let Some(text) = self.accept(token::quoted) {
            return Some(self.span_of(text, 1));
        }
        self.quoted_text("the site's name", "`at \"site\"`")
            .filter(|_| self.error_count() == before)
    }

    fn arrow(&mut self) -> Option<()> {
        self.blanks();
        if self.rest.starts_with(b"->") {
            self.rest = &self.rest[2..];
            return Some(());
        }
        let wrong = ["=>", "-->", "==", "=", "→", ">", "-"]
            .into_iter()
            .find(|wrong| self.rest.starts_with(wrong.as_bytes()));
        let Some(wrong) = wrong else {
            return self.bad_line("`->`", "write `->` and the result, or `-> unchanged`");
        };
        let span = self.span(self.at(), self.at() + offset(wrong.len()));
        self.error(|| {
            let message = format!("expected `->`, found `{wrong}`");
            diagnostic(&BAD_TEST_LINE, message, span, "write `->`").with_fix(replace(
                span,
                "->",
                "write `->`",
            ))
        });
        None
    }

    /// Reads the expected result; `Some(None)` is `unchanged`.
    fn expected(&mut self) -> Option<Option<Span>> {
        self.blanks();
        if let Some(text) = self.accept(token::quoted) {
            return Some(Some(self.span_of(text, 1)));
        }
        if let Some(text) = self.accept(token::dial_run) {
            return Some(Some(self.span_of(text, 0)));
        }
        let word = token::word(self.rest).map(|(_, word)| word);
        if word == Ok(b"unchanged") {
            self.accept(token::word);
            return Some(None);
        }
        if word.is_ok() && !self.at_line_end() {
            return self.bad_result();
        }
        self.bad_line("the result after `->`", "write the exact result, or `unchanged`")
    }

    fn bad_result(&mut self) -> Option<Option<Span>> {
        let span = self.found_span();
        let text = self.slice(span);
        let meant = ["same", "none", "keep", "unmodified", "nochange"]
            .contains(&text.to_ascii_lowercase().as_str())
            || closest(text, ["unchanged"]).is_some();
        self.error(|| {
            let message = format!("`{}` is not a result", shown(text));
            let help = "write the exact result, or `unchanged`; other texts than dial strings stand in quotes";
            let found = diagnostic(&BAD_TEST_LINE, message, span, help);
            if meant {
                found.with_fix(propose(span, "unchanged", "write `unchanged`"))
            } else {
                found
            }
        });
        None
    }

    fn bad_line<T>(&mut self, expected: &str, help: &str) -> Option<T> {
        let found = self.found();
        let span = self.found_span();
        self.error(|| {
            diagnostic(&BAD_TEST_LINE, format!("expected {expected}, found {found}"), span, help)
        });
        None
    }
}

/// The length in bytes of the number at the start of `rest`, as people write it and without blanks
/// at its end.
fn bare_number(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = rest.get(at) {
        let here = &rest[at..];
        let ends = matches!(byte, b'\n' | b'=' | b'}' | b'{' | b';' | b'"' | b'>')
            || [&b"->"[..], b"//", "→".as_bytes()].iter().any(|stop| here.starts_with(stop))
            || (at > 0 && token::is_blank(rest[at - 1]) && begins_at(here));
        if ends {
            break;
        }
        at += 1;
    }
    rest[..at].trim_ascii_end().len()
}

/// Whether a number that should be in quotes ends here: at the arrow, at a site, or at a comment.
fn ends_after_semicolon(line: &[u8], at: usize) -> bool {
    let here = &line[at..];
    here.starts_with(b"->")
        || here.starts_with(b"//")
        || (at > 0 && token::is_blank(line[at - 1]) && begins_at(here))
}

fn begins_at(here: &[u8]) -> bool {
    here.starts_with(b"at")
        && here.get(2).is_none_or(|next| token::is_blank(*next) || *next == b'"')
}
