//! Opening and closing braces of blocks.

use adr_diagnostic::{Diagnostic, Finding, SourceId, Span};

use super::parser::Parser;
use super::recover::propose;

pub(super) static MISSING_BRACE: Finding = Finding::error(
    "missing-brace",
    "a block is not opened or not closed",
    include_str!("../pages/missing-brace.md"),
);

pub(super) static STRAY_BRACE: Finding = Finding::error(
    "stray-brace",
    "a `}` closes nothing, or a `{` opens nothing",
    include_str!("../pages/stray-brace.md"),
);

/// The finding about a stray brace at `at`. The text has fewer errors without the brace.
pub(super) fn stray_brace(source: SourceId, text: &str, at: u32) -> Diagnostic {
    let span = Span::new(source, at, at + 1);
    if text.as_bytes().get(at as usize) == Some(&b'}') {
        return closes_nothing(span);
    }
    STRAY_BRACE
        .found("`{` opens nothing")
        .at(span)
        .with_help("delete it, or write the keyword of its block before it")
        .with_fix(propose(span, "", "delete the `{`"))
}

fn closes_nothing(span: Span) -> Diagnostic {
    STRAY_BRACE
        .found("`}` closes nothing")
        .at(span)
        .with_help("delete it, or write the `{` that is missing before it")
        .with_fix(propose(span, "", "delete the `}`"))
}

/// The beginning of a body.
#[derive(Clone, Copy)]
pub(super) struct Opening {
    /// The `{`, or an empty span where it is missing.
    span: Span,
    /// Whether it is missing.
    missing: bool,
    /// The number of blanks at the start of the line on which the item begins.
    indent: u32,
}

impl Parser<'_> {
    /// Reads the `{` of the item on this line. If it is missing, reports it and continues as if it
    /// were there.
    pub(super) fn open(&mut self) -> Opening {
        let indent = self.indent;
        self.gap_before_brace();
        let at = self.at();
        let found = self.accept_byte(b'{');
        let span = self.since(at);
        if !found {
            let text = self.found();
            if self.peek() == Some(b'[') || self.peek() == Some(b'(') {
                self.rest = &self.rest[1..];
            }
            self.error(|| {
                MISSING_BRACE
                    .found(format!("expected `{{`, found {text}"))
                    .at(span)
                    .with_help("write `{` here and `}` at the end of the block")
                    .with_fix(propose(span, "{ ", "open the block"))
            });
        }
        Opening { span, missing: !found, indent }
    }

    /// Reports that the block is not closed, unless it was not opened either.
    pub(super) fn unclosed(&mut self, opening: Opening, what: &str) {
        if opening.missing {
            return;
        }
        let text = self.found();
        let end = self.span(self.at(), self.at());
        self.error(|| {
            MISSING_BRACE
                .found(format!("this {what} is not closed"))
                .at(opening.span)
                .with_label("opened here")
                .at(end)
                .with_label(format!("{text} comes before its `}}`"))
                .with_help("write `}` at the end of the block")
        });
    }

    /// Whether the word here is indented no further than the line of the block, so that it cannot
    /// be inside.
    pub(super) fn outdented(&self, opening: Opening) -> bool {
        self.line_first == self.at() && self.indent <= opening.indent
    }

    /// Reports a `}` without a `{`; consecutive ones are reported once.
    pub(super) fn stray_brace(&mut self) {
        let start = self.at();
        self.accept_byte(b'}');
        let span = self.since(start);
        while self.peek() == Some(b'}') {
            self.accept_byte(b'}');
            self.gap();
        }
        self.closed_at = Some(start);
        self.error(|| closes_nothing(span));
    }

    /// Steps over the blanks before a `{`, which may be on the next line.
    fn gap_before_brace(&mut self) {
        self.blanks();
        if !matches!(self.peek(), Some(b'{') | None) && self.at_line_end() {
            let before = (self.rest, self.tree.comments.len());
            self.gap();
            if self.peek() != Some(b'{') {
                self.rest = before.0;
                self.tree.comments.truncate(before.1);
            }
        }
    }
}
