//! What to do after a mistake: say it once, then go on where the next thing begins.

use adr_diagnostic::{Applicability, Diagnostic, Edit, Finding, Fix, Span, visible};

use super::{Parser, offset, token};

pub(super) static UNEXPECTED_TEXT: Finding = Finding::error(
    "unexpected-text",
    "something stands where nothing of the kind may stand",
    "\
The text goes on where a line, a field or a value had to end, or begins with something that is no
keyword. What was found is skipped up to the end of the field, line or block; nothing else is said
about that place.

Wrong:

```text
rule \"Local\" { digits 7 prefix 9 }
let outside = 9 let area = 408
```

Right:

```adr
let outside = 9
let area = 408
application {
  rule \"Local\" { digits 7; prefix 9 }
}
```
",
);

pub(super) static HASH_COMMENT: Finding = Finding::error("hash-comment", "`#`, `--` or `/*` is used for a comment", "\
A comment begins with `//` and goes to the end of the line. `#` is a key of every phone, so it is a dial
character here and cannot begin a comment; `/* … */` and `--` do not exist.

Wrong:

```text
digits 10   # ten digits
```

Right:

```adr
application {
  rule \"Ten\" {
    digits 10   // ten digits
    prefix 9
  }
}
```
");

pub(super) static STRAY_SEMICOLON: Finding = Finding::error("stray-semicolon", "a `;` stands where a line ends", "\
`;` separates the fields inside a rule. Everything else ends with its line, and a block ends with its `}`.

Wrong:

```text
let outside = 9;
application { use \"Out\"; use default };
```

Right:

```adr
let outside = 9
group \"Out\" {
  rule \"Local\" { digits 7; prefix ${outside} }
}
application {
  use \"Out\"
}
```
");

/// Most characters of the user's text that a message repeats.
const SHOWN: usize = 40;

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

    /// What stands here, in words: the text in backticks, or where the text ends.
    pub(super) fn found(&self) -> String {
        let text = self.slice(self.found_span());
        match self.peek() {
            None => "the end of the file".to_owned(),
            Some(b'\n') => "the end of the line".to_owned(),
            _ => format!("`{}`", shown(text)),
        }
    }

    /// The place of what stands here: one token, or an empty span at the end of a line.
    pub(super) fn found_span(&self) -> Span {
        let start = self.at();
        let length = match self.peek() {
            None | Some(b'\n') => 0,
            Some(b'"') => token::quoted(self.rest).map_or(1, |(_, text)| text.len() + 2),
            Some(_) => token::chunk(self.rest).map_or(1, |(_, text)| text.len()),
        };
        self.span(start, start + offset(length))
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
            HASH_COMMENT
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
        applicability: Applicability::Automatic,
    }
}

/// A change that a person should look at first.
pub(super) fn propose(span: Span, replacement: &str, message: &str) -> Fix {
    Fix { applicability: Applicability::Suggestion, ..replace(span, replacement, message) }
}

/// The user's text for a message: shortened, and without anything that a terminal would obey.
pub(super) fn shown(text: &str) -> String {
    let end = text.char_indices().nth(SHOWN).map(|(at, _)| at);
    let mut out = visible(&text[..end.unwrap_or(text.len())]).into_owned();
    if end.is_some() {
        out.push('…');
    }
    out
}

/// A finding with one place and one help.
pub(super) fn told(
    finding: &'static Finding,
    message: String,
    span: Span,
    help: &str,
) -> Diagnostic {
    finding.found(message).at(span).with_help(help)
}
