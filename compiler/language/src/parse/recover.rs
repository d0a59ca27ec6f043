//! Error recovery: reports a mistake once, and continues at the next item.

use adr_diagnostic::{Applicability, Diagnostic, Edit, Finding, Fix, Span};

use super::parser::{Parser, offset};
use super::token;

pub(super) static UNEXPECTED_TEXT: Finding = Finding::error(
    "unexpected-text",
    "text continues where a line, field or value must end",
    include_str!("../pages/unexpected-text.md"),
);

pub(super) static WRONG_COMMENT_MARKER: Finding = Finding::error(
    "wrong-comment-marker",
    "`#`, `--` or `/*` is used to begin a comment",
    include_str!("../pages/wrong-comment-marker.md"),
);

pub(super) static STRAY_SEMICOLON: Finding = Finding::error(
    "stray-semicolon",
    "a `;` is used outside of a rule",
    include_str!("../pages/stray-semicolon.md"),
);

impl Parser<'_> {
    /// Checks that the line ends after an item, or the block closes. Reports other text once.
    pub(super) fn end_of_item(&mut self, item: &str) {
        self.blanks();
        if self.at_line_end() || self.peek() == Some(b'}') {
            return;
        }
        if self.peek() == Some(b';') {
            self.stray_semicolon();
            return;
        }
        self.unexpected(&format!("write {item} on a line of its own"));
        self.skip_item();
    }

    /// Checks that no `;` follows the `}` of a block; other items may follow.
    pub(super) fn end_of_block(&mut self) {
        self.blanks();
        if matches!(self.peek(), Some(b';')) {
            self.stray_semicolon();
        }
    }

    /// Reports the text here as unexpected.
    pub(super) fn unexpected(&mut self, help: &str) {
        if self.count_only() {
            return;
        }
        let found = self.found();
        let span = self.found_span();
        if self.comment_of_another_language(span) {
            return;
        }
        self.error(|| {
            UNEXPECTED_TEXT.found(format!("{found} is not expected here")).at(span).with_help(help)
        });
    }

    /// Steps to the end of the line, past a block that begins on it, or to a `}`.
    pub(super) fn skip_item(&mut self) {
        self.skip(|byte| byte == b'\n', true);
    }

    /// Steps to the end of the line, or to a `}`.
    pub(super) fn skip_line(&mut self) {
        let length = memchr::memchr2(b'\n', b'}', self.rest).unwrap_or(self.rest.len());
        self.rest = &self.rest[length..];
    }

    /// Steps over text that was meant as a comment: to the end of the line, but not over braces at
    /// its end that close what was opened on the same line.
    fn skip_comment(&mut self) {
        let at = self.text.len() - self.rest.len();
        let length = memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len());
        let line = &self.rest[..length];
        let before = &self.text.as_bytes()[..at];
        let begin = memchr::memrchr(b'\n', before).map_or(0, |line_end| line_end + 1);
        let tail =
            line.iter().rev().take_while(|byte| **byte == b'}' || token::is_blank(**byte)).count();
        let opened = before[begin..].contains(&b'{');
        let keep = if opened { tail } else { 0 };
        self.rest = &self.rest[length - keep..];
    }

    /// Steps to the end of the field: to `;`, `}` or the line end.
    pub(super) fn skip_field(&mut self) {
        self.skip(|byte| byte == b'\n' || byte == b';', false);
    }

    /// Steps to the first byte outside of braces, quotes and comments for which `stop` is true, or
    /// to a `}` that closes an outer block. With `block`, steps past the first block.
    fn skip(&mut self, stop: impl Fn(u8) -> bool, block: bool) {
        let mut depth = 0_u32;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' if self.accept(token::quoted).is_some() => continue,
                b'$' if self.rest.starts_with(b"${") => {
                    self.rest = &self.rest[token::broken_placeholder(self.rest)..];
                    continue;
                }
                b'/' if self.comment() => continue,
                b'{' => depth += 1,
                b'}' if depth == 0 => return,
                b'}' => {
                    depth -= 1;
                    if depth == 0 && block {
                        self.rest = &self.rest[1..];
                        return;
                    }
                }
                _ if depth == 0 && stop(byte) => return,
                _ => {}
            }
            self.rest = &self.rest[1..];
        }
    }

    fn stray_semicolon(&mut self) {
        let start = self.at();
        self.accept_byte(b';');
        let span = self.since(start);
        self.blanks();
        let last = self.at_line_end() || self.peek() == Some(b'}');
        let replacement = if last { "" } else { "\n" };
        self.error(|| {
            STRAY_SEMICOLON
                .found("`;` is not expected here")
                .at(span)
                .with_help("`;` separates fields inside a rule; everything else ends with its line")
                .with_fix(replace(span, replacement, "end the line without `;`"))
        });
    }

    /// Reports `# text`, `-- text` or `/* text`; true if it was one of them.
    fn comment_of_another_language(&mut self, span: Span) -> bool {
        let Some(mark) =
            [&b"#"[..], b"--", b"/*", b"/"].into_iter().find(|mark| self.rest.starts_with(mark))
        else {
            return false;
        };
        let mark = self.span(span.start, span.start + offset(mark.len()));
        let shown = self.slice(mark);
        self.error(|| {
            WRONG_COMMENT_MARKER
                .found(format!("`{shown}` does not begin a comment"))
                .at(mark)
                .with_help("a comment begins with `//`; write `// …`")
                .with_fix(replace(mark, "//", "begin the comment with `//`"))
        });
        self.skip_comment();
        true
    }
}

/// A safe fix: there is no doubt about what was meant.
pub(super) fn replace(span: Span, replacement: &str, message: &str) -> Fix {
    Fix {
        message: message.to_owned(),
        edits: vec![Edit { span, replacement: replacement.to_owned() }],
        applicability: Applicability::Safe,
    }
}

/// An unsafe fix, which a person should check.
pub(super) fn propose(span: Span, replacement: &str, message: &str) -> Fix {
    Fix { applicability: Applicability::Unsafe, ..replace(span, replacement, message) }
}

/// A finding with one place and one help.
pub(super) fn diagnostic(
    finding: &'static Finding,
    message: String,
    span: Span,
    help: &str,
) -> Diagnostic {
    finding.found(message).at(span).with_help(help)
}
