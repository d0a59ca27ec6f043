//! Texts that are something else: told once for the whole file, in place of the errors that reading them gave.

use adr_diagnostic::{Diagnostic, Finding, SourceId, Span};
use memchr::memchr_iter;

use super::keyword::known;
use super::recover::told;
use super::{offset, token};

pub(super) static MERGE_CONFLICT: Finding = Finding::error("merge-conflict", "a merge conflict is not resolved", "\
The file holds markers of a version control system: lines that begin with `<<<<<<<`, `|||||||`, `=======` or
`>>>>>>>`. Between them stand two versions of the same lines, and nothing says which one is meant. Nothing else
is reported about such a file.

Wrong:

```text
<<<<<<< HEAD
emergency 911
=======
emergency 911, 9911
>>>>>>> feature
```

Right:

```adr
emergency 911, 9911
```

Keep the lines that are right and delete the markers.
");

pub(super) static NOT_A_RULE_SOURCE: Finding = Finding::error("not-a-rule-source", "a file is something else than a rule source", "\
The file is an answer of AXL or of a web server, JSON, or a table with commas: not text in the rule language.
Nothing else is reported about it.

Wrong:

```text
{ \"rules\": [ { \"digits\": 7, \"prefix\": 9 } ] }
```

Right:

```adr
application {
  rule \"Local\" { digits 7; prefix 9 }
}
```

Name the file that holds the rules. `adrc import` makes a rule source of the XML files that clients read; it
does not read AXL, JSON or tables.
");

/// Bytes at the start of a file that are looked at where one word tells what it is.
const HEAD: usize = 1024;

/// What the text is, where it is something else; `is_understood` says that some part of it is in the rule
/// language.
pub(super) fn recognize(source: SourceId, text: &str, is_understood: bool) -> Option<Diagnostic> {
    if let Some(found) = merge_conflict(source, text) {
        return Some(found);
    }
    if is_understood {
        return None;
    }
    let start = text.len() - text.trim_start_matches('\u{feff}').trim_start().len();
    let body = &text[start..];
    let (what, help) = if is_json(body) {
        ("JSON", RULE_SOURCE)
    } else if is_table(body) {
        ("a table with a separator between its columns", RULE_SOURCE)
    } else {
        return None;
    };
    Some(not_a_rule_source(source, text, start, (what, help)))
}

const RULE_SOURCE: &str = "name the `.adr` file that holds the rules";

/// What a text that begins with `<` at `start` is, where it is not a file of clients.
pub(super) fn recognize_xml(source: SourceId, text: &str, start: usize) -> Option<Diagnostic> {
    let head = &text[start..text.floor_char_boundary(start + HEAD)];
    let head = head.to_ascii_lowercase();
    let is = if head.contains("schemas.xmlsoap.org/soap") || head.contains("cisco.com/axl") {
        let help = "fetch `AppDialRules.xml` from CUCM's TFTP server, and `adrc import` it";
        ("an answer of AXL (SOAP)", help)
    } else if head.starts_with("<!doctype html") || head.contains("<html") {
        let help = "fetch the file again; a web server sent this page in its place";
        ("a web page", help)
    } else {
        return None;
    };
    Some(not_a_rule_source(source, text, start, is))
}

fn not_a_rule_source(
    source: SourceId,
    text: &str,
    start: usize,
    (what, help): (&str, &str),
) -> Diagnostic {
    let line = text[start..].find('\n').unwrap_or(text.len() - start);
    let end = start + text[start..start + line].trim_end().len();
    let span = Span::new(source, offset(start), offset(end));
    let message = format!("this is {what}, not a rule source");
    told(&NOT_A_RULE_SOURCE, message, span, help)
}

/// The markers of a merge, each with its line.
fn merge_conflict(source: SourceId, text: &str) -> Option<Diagnostic> {
    let mut markers = lines(text).filter(|(_, line)| is_marker(line));
    let span = |(start, line): (usize, &str)| {
        Span::new(source, offset(start), offset(start + line.trim_end().len()))
    };
    let first = span(markers.next()?);
    let second = markers.next().map(span);
    let conflicts = text
        .lines()
        .filter(|line| line.starts_with("<<<<<<<"))
        .count();
    let message = match conflicts {
        0 | 1 => "a merge conflict is not resolved".to_owned(),
        many => format!("{many} merge conflicts are not resolved"),
    };
    let help = "keep the lines that are right, and delete those that begin with `<<<<<<<`, `=======` and `>>>>>>>`";
    let found = told(&MERGE_CONFLICT, message, first, help);
    Some(match second {
        Some(second) => found.at(second),
        None => found,
    })
}

/// `<<<<<<< ours`, `||||||| base`, `=======`, `>>>>>>> theirs`, at the beginning of a line.
fn is_marker(line: &str) -> bool {
    ["<<<<<<<", "|||||||", "=======", ">>>>>>>"]
        .iter()
        .filter_map(|marker| line.trim_start_matches('\u{feff}').strip_prefix(marker))
        .any(|rest| rest.is_empty() || rest.starts_with([' ', '\r']))
}

/// An object or a list, by its first two tokens.
fn is_json(text: &str) -> bool {
    let begins = |open: char, next: &[char]| {
        let rest = text.strip_prefix(open).map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with(next))
    };
    begins('{', &['"', '}']) || begins('[', &['{', '[', '"', ']'])
}

/// Two lines or more with as many separators each, without braces and without a keyword at the beginning.
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
