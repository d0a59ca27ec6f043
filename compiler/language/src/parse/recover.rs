//! What to do after a mistake: say it once, then go on where the next thing begins.

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
    /// After a whole item: the line must end, or the block close. Says so once if it does not.
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

    /// After the `}` of a block: something else may follow at once, but no `;` or `,`.
    pub(super) fn end_of_block(&mut self) {
        self.blanks();
        if matches!(self.peek(), Some(b';')) {
            self.stray_semicolon();
        }
    }

    /// An error about what stands here, told as one.
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

    /// Steps to the end of the line, or past the block that begins on it, or before a `}`.
    pub(super) fn skip_item(&mut self) {
        self.skip(|byte| byte == b'\n', true);
    }

    /// Steps to the end of the line, or before a `}`.
    pub(super) fn skip_line(&mut self) {
        let length = memchr::memchr2(b'\n', b'}', self.rest).unwrap_or(self.rest.len());
        self.rest = &self.rest[length..];
    }

    /// Steps over what was meant as a comment: to the end of the line, but not over braces at its
    /// end that close what opened on the same line.
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

    /// Steps to the end of the field: before `;`, `}` or the line end.
    pub(super) fn skip_field(&mut self) {
        self.skip(|byte| byte == b'\n' || byte == b';', false);
    }

    /// Steps before the first byte for which `stop` is true outside braces, quotes and comments, or
    /// before a `}` that closes something around here; with `block`, to the end of a block if one
    /// comes.
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

    /// `# text`, `-- text` or `/* text`: reported as such, true if it was one.
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

/// A change that leaves no doubt about what was meant.
pub(super) fn replace(span: Span, replacement: &str, message: &str) -> Fix {
    Fix {
        message: message.to_owned(),
        edits: vec![Edit { span, replacement: replacement.to_owned() }],
        applicability: Applicability::Safe,
    }
}

/// A change that a person should look at first.
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
