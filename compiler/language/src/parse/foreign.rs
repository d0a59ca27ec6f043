//! Recognizes files of other kinds, which get one finding in place of their syntax errors.

use adr_diagnostic::{Diagnostic, Finding, SourceId, Span};
use memchr::memchr_iter;

use super::keyword::known;
use super::parser::offset;
use super::recover::diagnostic;
use super::token;

pub(super) static MERGE_CONFLICT: Finding = Finding::error(
    "merge-conflict",
    "a merge conflict is not resolved",
    include_str!("../pages/merge-conflict.md"),
);

pub(super) static NOT_A_RULE_SOURCE: Finding = Finding::error(
    "not-a-rule-source",
    "a file is not text in the rule language",
    include_str!("../pages/not-a-rule-source.md"),
);

/// Number of bytes at the start of an XML file in which its kind is looked for.
const HEAD: usize = 1024;

/// A kind of file that is neither a rule source nor an XML file for clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Foreign {
    Axl,
    WebPage,
    Json,
    Table,
}

impl Foreign {
    /// The kind of a text, by its beginning; `None` if it is not recognized.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let body = body(text);
        if body.starts_with('<') {
            return Self::of_xml(body);
        }
        let is_table = || is_table(body).then_some(Self::Table);
        is_json(body).then_some(Self::Json).or_else(is_table)
    }

    fn of_xml(body: &str) -> Option<Self> {
        let head = body[..body.floor_char_boundary(HEAD)].to_ascii_lowercase();
        let has = |any: &[&str]| any.iter().any(|text| head.contains(text));
        if has(&["schemas.xmlsoap.org/soap", "w3.org/2003/05/soap", "cisco.com/axl"]) {
            Some(Self::Axl)
        } else if has(&["<!doctype html", "<html"]) {
            Some(Self::WebPage)
        } else {
            None
        }
    }

    /// The kind of file in a message, with its article.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Axl => "a response of AXL (SOAP)",
            Self::WebPage => "a web page",
            Self::Json => "JSON",
            Self::Table => "a table with a separator between its columns",
        }
    }

    /// The help for a file that should be a rule source.
    fn help(self) -> &'static str {
        match self {
            Self::Axl => "fetch `AppDialRules.xml` from CUCM's TFTP server, and `adrc import` it",
            Self::WebPage => FETCH_AGAIN,
            Self::Json | Self::Table => "name the `.adr` file that holds the rules",
        }
    }
}

/// The help for a web page, whatever file was expected.
pub(crate) const FETCH_AGAIN: &str =
    "fetch the file again; a web server sent this page in its place";

/// A text without the byte order mark and the blanks at its beginning.
fn body(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim_start()
}

/// The first line of a text that does not consist of blanks.
pub(crate) fn first_line(source: SourceId, text: &str) -> Span {
    let body = body(text);
    let start = text.len() - body.len();
    let line = body.lines().next().unwrap_or_default().trim_end();
    Span::new(source, offset(start), offset(start + line.len()))
}

/// The finding about a text that is not a rule source; `is_understood` is true if some part of it
/// is in the rule language.
pub(super) fn recognize(source: SourceId, text: &str, is_understood: bool) -> Option<Diagnostic> {
    if let Some(found) = merge_conflict(source, text) {
        return Some(found);
    }
    if is_understood {
        return None;
    }
    let foreign = Foreign::of(text)?;
    let message = format!("this is {}, not a rule source", foreign.what());
    let line = first_line(source, text);
    Some(diagnostic(&NOT_A_RULE_SOURCE, message, line, foreign.help()))
}

/// The finding about conflict markers.
fn merge_conflict(source: SourceId, text: &str) -> Option<Diagnostic> {
    let mut markers = lines(text).filter(|(_, line)| is_marker(line));
    let span = |(start, line): (usize, &str)| {
        Span::new(source, offset(start), offset(start + line.trim_end().len()))
    };
    let first = span(markers.next()?);
    let second = markers.next().map(span);
    let conflicts = text.lines().filter(|line| line.starts_with("<<<<<<<")).count();
    let message = match conflicts {
        0 | 1 => "a merge conflict is not resolved".to_owned(),
        many => format!("{many} merge conflicts are not resolved"),
    };
    let help = "keep the lines that are right, and delete those that begin with `<<<<<<<`, `=======` and `>>>>>>>`";
    let found = diagnostic(&MERGE_CONFLICT, message, first, help);
    Some(match second {
        Some(second) => found.at(second),
        None => found,
    })
}

/// Whether a line is a conflict marker: `<<<<<<< ours`, `||||||| base`, `=======` or
/// `>>>>>>> theirs`.
fn is_marker(line: &str) -> bool {
    ["<<<<<<<", "|||||||", "=======", ">>>>>>>"]
        .iter()
        .filter_map(|marker| line.trim_start_matches('\u{feff}').strip_prefix(marker))
        .any(|rest| rest.is_empty() || rest.starts_with([' ', '\r']))
}

/// Whether a text is a JSON object or list, by its first two tokens.
fn is_json(text: &str) -> bool {
    let begins = |open: char, next: &[char]| {
        let rest = text.strip_prefix(open).map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with(next))
    };
    begins('{', &['"', '}']) || begins('[', &['{', '[', '"', ']'])
}

/// Whether a text is a table: its first two lines have the same number of separators, no braces,
/// and no keyword at the beginning.
fn is_table(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else {
        return false;
    };
    let count = |line: &str, separator: u8| memchr_iter(separator, line.as_bytes()).count();
    let is_plain = |line: &str| {
        let word = token::word(line.as_bytes()).ok();
        let is_keyword = word.is_some_and(|(_, word)| known(word).is_some());
        !is_keyword && !line.contains(['{', '}']) && !line.starts_with("//")
    };
    let has_columns = |separator| {
        let columns = count(first, separator);
        columns >= 2 && columns == count(second, separator)
    };
    is_plain(first) && is_plain(second) && [b',', b';', b'\t'].into_iter().any(has_columns)
}

/// Every line with the offset at which it begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end_matches('\n'))
    })
}
