//! `.adr` text to a tree, and every mistake in it.
//!
//! Tokens are nom parsers (`token`); productions are methods of one [`Parser`], which never goes
//! back and never calls itself, so a text of any shape takes linear time and a fixed stack. After a
//! mistake it goes on at the end of the field, line or block, and says nothing more about that
//! place.

mod brace;
mod characters;
mod file;
pub(crate) mod foreign;
mod halves;
mod keyword;
mod name;
mod recover;
mod rule;
mod stray;
mod test_line;
mod token;
mod value;

use adr_diagnostic::{Diagnostic, Finding, Report, SourceId, Span};

use crate::format;
use crate::limits::ERRORS_PER_FILE;
use crate::load;
use crate::not_deployed;
use crate::tree::{Arena, Tree};
use token::Input;

/// Reads one text.
///
/// Whatever the text, there is a tree of what was understood; [`Tree::damaged`] is true when the
/// report has an error. A byte order mark at the start is skipped. At most
/// [`ERRORS_PER_FILE`] errors are reported, and a last one says how many more there are.
#[must_use]
pub fn parse(source: SourceId, text: &str) -> (Tree, Report) {
    let unseen = characters::check(source, text);
    let read = attempt(source, text);
    if read.errors() > 0 || !unseen.found.is_empty() {
        let is_understood = !read.tree.items.is_empty();
        if let Some(found) = foreign::recognize(source, text, is_understood) {
            return read.into_foreign(found);
        }
    }
    stray::without_strays(source, text, read).finish(text, unseen)
}

/// What reading a text once came to.
struct Attempt {
    tree: Tree,
    errors: Vec<Diagnostic>,
    left_out: usize,
    /// Braces that may be too many, in the order in which errors cast the suspicion.
    suspects: Vec<u32>,
}

/// Reads a text once, from its begin to its end.
fn attempt(source: SourceId, text: &str) -> Attempt {
    let mut parser = Parser::new(source, text);
    parser.file();
    Attempt {
        tree: parser.tree,
        errors: parser.errors,
        left_out: parser.left_out,
        suspects: parser.suspects,
    }
}

impl Attempt {
    fn errors(&self) -> usize {
        self.errors.len() + self.left_out
    }

    /// Adds errors to those that are reported in any case.
    fn add(&mut self, mut errors: Vec<Diagnostic>) {
        self.errors.append(&mut errors);
    }

    /// What is reported of a text that is something else.
    fn into_foreign(mut self, found: Diagnostic) -> (Tree, Report) {
        self.tree.items.clear();
        self.tree.damaged = true;
        (self.tree, [found].into_iter().collect())
    }

    fn finish(mut self, text: &str, unseen: characters::Unseen) -> (Tree, Report) {
        unseen.silence_lines(text, &mut self.errors);
        let mut found = unseen.found;
        found.append(&mut self.errors);
        found.sort_by_key(Diagnostic::span);
        let left_out =
            self.left_out + unseen.left_out + found.len().saturating_sub(ERRORS_PER_FILE);
        found.truncate(ERRORS_PER_FILE);
        if left_out > 0 {
            let end = found.last().and_then(Diagnostic::span);
            found.push(too_many(left_out, end));
        }
        self.tree.damaged = !found.is_empty();
        (self.tree, found.into_iter().collect())
    }
}

/// Every kind of finding that reading texts can give.
pub(crate) static FINDINGS: &[&Finding] = &[
    &load::UNREADABLE_FILE,
    &load::NOT_UTF8,
    &load::FILE_TOO_LARGE,
    &load::BLANK_FILE,
    &load::UNREADABLE_INCLUDE,
    &load::INCLUDE_OUTSIDE_FOLDER,
    &load::INCLUDE_MATCHES_NOTHING,
    &load::INCLUDE_CYCLE,
    &load::INCLUDE_TOO_DEEP,
    &load::TOO_MANY_FILES,
    &characters::CONTROL_CHARACTER,
    &recover::UNEXPECTED_TEXT,
    &recover::HASH_COMMENT,
    &recover::STRAY_SEMICOLON,
    &file::XML_SOURCE,
    &foreign::MERGE_CONFLICT,
    &foreign::NOT_A_RULE_SOURCE,
    &not_deployed::NOT_A_DEPLOYED_FILE,
    &keyword::UNKNOWN_KEYWORD,
    &keyword::MISPLACED_KEYWORD,
    &brace::MISSING_BRACE,
    &brace::STRAY_BRACE,
    &name::MISSING_NAME,
    &name::MISSING_QUOTES,
    &name::UNCLOSED_STRING,
    &rule::REPEATED_FIELD,
    &value::MISSING_VALUE,
    &value::BAD_VALUE,
    &value::BAD_PLACEHOLDER,
    &value::TOO_MANY_VALUES,
    &value::MISSING_EQUALS_SIGN,
    &test_line::BAD_TEST_LINE,
    &TOO_MANY_ERRORS,
    &format::FORMATTER_DEFECT,
];

pub(crate) static TOO_MANY_ERRORS: Finding = Finding::error(
    "too-many-errors",
    "a file has more errors than are shown",
    "\
Only the first 100 errors of a file are shown; this line says how many were left out. So many errors
mostly have one cause: a file that is not `.adr` at all, or a brace that is missing near the top.

Mend the first few and run `adrc check` again.
",
);

/// Where the parser is in the text, and what it has so far.
struct Parser<'t> {
    text: &'t str,
    rest: Input<'t>,
    /// Where the first token of this line stands, and how many blanks are before it.
    line_first: u32,
    indent: u32,
    tree: Tree,
    errors: Vec<Diagnostic>,
    left_out: usize,
    /// The last `}` that closed something.
    closed_at: Option<u32>,
    suspects: Vec<u32>,
    /// Where this parser began.
    begin: usize,
    /// How many entries of a block it reads before it asks a second thread for help, which it does
    /// once.
    alone: usize,
}

impl<'t> Parser<'t> {
    fn new(source: SourceId, text: &'t str) -> Self {
        let is_marked = text.as_bytes().starts_with(BYTE_ORDER_MARK);
        let begin = if is_marked { BYTE_ORDER_MARK.len() } else { 0 };
        Self::starting_at(source, text, begin)
    }

    fn starting_at(source: SourceId, text: &'t str, begin: usize) -> Self {
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
            alone: halves::MANY,
        }
    }

    /// Runs a token parser here and steps over what it took.
    #[inline]
    fn accept<O>(
        &mut self,
        token: impl FnOnce(Input<'t>) -> nom::IResult<Input<'t>, O, ()>,
    ) -> Option<O> {
        let (rest, output) = token(self.rest).ok()?;
        self.rest = rest;
        Some(output)
    }

    /// Steps over one byte if it is `byte`.
    #[inline]
    fn accept_byte(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    /// Steps over the `}` of a body if it is here.
    #[inline]
    fn close(&mut self) -> bool {
        let at = self.at();
        let found = self.accept_byte(b'}');
        if found {
            self.closed_at = Some(at);
        }
        found
    }

    /// The byte offset of what is read next.
    #[inline]
    fn at(&self) -> u32 {
        offset(self.text.len() - self.rest.len())
    }

    /// The byte that is read next.
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// From `start` to here.
    #[inline]
    fn since(&self, start: u32) -> Span {
        Span::new(self.tree.source, start, self.at())
    }

    fn span(&self, start: u32, end: u32) -> Span {
        Span::new(self.tree.source, start, end)
    }

    /// Where `part`, a slice of the text up to here, stands; `after` is how many bytes follow it.
    #[inline]
    fn span_of(&self, part: Input<'t>, after: u32) -> Span {
        let end = self.at() - after;
        self.span(end - offset(part.len()), end)
    }

    fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Steps over blanks of this line.
    #[inline]
    fn blanks(&mut self) {
        if self.peek().is_some_and(token::is_blank) {
            self.accept(token::blanks);
        }
    }

    /// Steps over blanks, line ends and comments; remembers the comments.
    #[inline]
    fn gap(&mut self) {
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

    fn comment(&mut self) -> bool {
        let start = self.at();
        let found = self.accept(token::comment).is_some();
        if found {
            let span = self.since(start);
            self.tree.comments.push(span);
        }
        found
    }

    /// Whether nothing but a comment follows on this line.
    fn at_line_end(&self) -> bool {
        matches!(self.peek(), None | Some(b'\n')) || self.rest.starts_with(b"//")
    }

    /// Notes an error; beyond the limit it is only counted.
    fn error(&mut self, diagnostic: impl FnOnce() -> Diagnostic) {
        if !self.count_only() {
            self.errors.push(diagnostic());
        }
    }

    /// Counts an error without wording it when enough are reported; true when it did.
    fn count_only(&mut self) -> bool {
        self.suspect();
        let full = self.errors.len() >= ERRORS_PER_FILE;
        self.left_out += usize::from(full);
        full
    }

    /// Suspects braces of an error here: the one that stands here, or at the end of the token or
    /// the value here, and the last that closed something.
    fn suspect(&mut self) {
        let here = self.found_span();
        let bytes = self.text.as_bytes();
        let is_brace = |at: &u32| matches!(bytes.get(*at as usize), Some(b'{' | b'}'));
        let value_end = here.start + offset(token::value_length(self.rest));
        let near = [here.start, here.end, value_end].into_iter().filter(is_brace);
        for at in near.chain(self.closed_at) {
            if self.suspects.len() < stray::SUSPECTS && !self.suspects.contains(&at) {
                self.suspects.push(at);
            }
        }
    }

    fn error_count(&self) -> usize {
        self.errors.len() + self.left_out
    }
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

fn too_many(left_out: usize, last: Option<Span>) -> Diagnostic {
    let message = format!(
        "{} errors in this file; only the first {ERRORS_PER_FILE} are shown",
        ERRORS_PER_FILE + left_out
    );
    let diagnostic = TOO_MANY_ERRORS.found(message).with_help("mend the first few and check again");
    match last {
        Some(span) => diagnostic.at(span),
        None => diagnostic,
    }
}

fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use adr_diagnostic::Sources;

    use super::{FINDINGS, parse};

    fn errors(text: &str) -> usize {
        let mut sources = Sources::new();
        let source = sources.add("page", text);
        parse(source, text).1.diagnostics().len()
    }

    /// The blocks of a page that are marked with `mark`.
    fn blocks<'p>(page: &'p str, mark: &'p str) -> impl Iterator<Item = &'p str> {
        let blocks = page.split("```").skip(1).step_by(2);
        blocks.filter_map(move |block| block.strip_prefix(mark)?.strip_prefix('\n'))
    }

    #[test]
    fn pages_show_wrong_text_that_is_wrong_and_right_text_that_is_right() {
        for finding in FINDINGS {
            for right in blocks(finding.page, "adr") {
                assert_eq!(errors(right), 0, "{}", finding.name);
            }
            if !finding.name.starts_with("include-") {
                for wrong in blocks(finding.page, "text") {
                    let wrong = wrong.replace('␀', "\0");
                    assert_ne!(errors(&wrong), 0, "{}", finding.name);
                }
            }
        }
    }

    #[test]
    fn names_are_kebab_case_and_stand_once() {
        let mut names: Vec<_> = FINDINGS.iter().map(|finding| finding.name).collect();
        assert!(names.iter().all(|name| {
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        }));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FINDINGS.len());
    }
}
