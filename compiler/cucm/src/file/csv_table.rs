//! Tables in CSV, in the dialects that Excel writes.

use adr_diagnostic::{Report, SourceId};
use csv::{ReaderBuilder, StringRecord, Trim};

use super::columns::Columns;
use super::findings::{UNEVEN_ROW, UNKNOWN_LAYOUT, UNKNOWN_RULE_KIND};
use super::{FileRules, ROW_LIMIT, push_about_row, span, too_many_rows};
use crate::rule::RuleKind;

/// Characters that separate fields, the most usual first.
const SEPARATORS: [char; 3] = [',', ';', '\t'];

/// The line by which Excel says which character separates fields.
const EXCEL_SEPARATOR: &str = "sep=";

/// Whether the first row has several fields, and one of them is called like a field of a rule.
pub(super) fn is_table(text: &str) -> bool {
    let (start, separator) = separator(text);
    let header = Rows::new(text, start, separator).next();
    header.is_some_and(|(header, _)| header.len() > 1 && Columns::is_named_in(&header))
}

/// The rows of a table without their places; the first one is its header.
pub(super) fn rows(text: &str) -> impl Iterator<Item = Vec<String>> {
    let (start, separator) = separator(text);
    Rows::new(text, start, separator).map(|(row, _)| row)
}

/// Reads a table whose first row is its header.
pub(super) fn read(source: SourceId, text: &str, kind: Option<RuleKind>) -> FileRules {
    let (start, separator) = separator(text);
    let mut rows = Rows::new(text, start, separator);
    let mut report = Report::new();
    let Some((header, place)) = rows.next() else {
        let message = "the file has no header, so adrc does not know its columns";
        report.push(UNKNOWN_LAYOUT.found(message).at(span(source, 0, 0)));
        return FileRules { rules: Vec::new(), report };
    };
    let columns = match Columns::of(&header) {
        Ok(columns) => columns,
        Err(error) => {
            let found = UNKNOWN_LAYOUT.found(error.to_string()).at(span(source, place.0, place.1));
            report.push(found.with_help("name the columns like the labels of CUCM's page"));
            return FileRules { rules: Vec::new(), report };
        }
    };
    let Some(kind) = kind else {
        let message = "the file does not say whether its rules are application dial rules or \
                       directory lookup dial rules";
        let found = UNKNOWN_RULE_KIND.found(message).at(span(source, place.0, place.1));
        report.push(found.with_help(
            "add `--as application` or `--as lookup`, or call the file `ApplicationDialRules.csv`",
        ));
        return FileRules { rules: Vec::new(), report };
    };
    let mut rules = Vec::new();
    for (row, (start, end)) in rows {
        let place = span(source, start, end);
        if rules.len() >= ROW_LIMIT {
            report.push(too_many_rows(place));
            break;
        }
        if row.len() != header.len() {
            let (given, expected) = (row.len(), header.len());
            let message = format!("the row has {given} fields, and the header has {expected}");
            push_about_row(&mut report, UNEVEN_ROW.found(message).at(place));
        }
        rules.push(columns.rule(kind, &row, rules.len(), Some(place)));
    }
    FileRules { rules, report }
}

/// Where the table begins, and the character that separates its fields: the one that Excel's first
/// line names, or the most frequent one of the first row.
fn separator(text: &str) -> (usize, char) {
    let first = text.lines().next().unwrap_or_default();
    if let Some(rest) = first.strip_prefix(EXCEL_SEPARATOR)
        && let Some(named) = rest.chars().next().filter(char::is_ascii)
    {
        return (first.len(), named);
    }
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let outside = header.split('"').step_by(2);
    let outside: String = outside.collect();
    let count = |separator: char| outside.matches(separator).count();
    let best = SEPARATORS.into_iter().rev().max_by_key(|separator| count(*separator));
    (0, best.unwrap_or(','))
}

/// The rows of a text with their places, without empty ones.
struct Rows<'t> {
    text: &'t str,
    /// Offset of the table in the text.
    start: usize,
    reader: csv::Reader<&'t [u8]>,
}

impl<'t> Rows<'t> {
    fn new(text: &'t str, start: usize, separator: char) -> Self {
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).trim(Trim::All);
        builder.delimiter(u8::try_from(separator).unwrap_or(b','));
        Self { text, start, reader: builder.from_reader(&text.as_bytes()[start..]) }
    }

    /// The place of a row, without line ends.
    fn place(&self, from: u64, to: u64) -> (usize, usize) {
        let offset = |at: u64| {
            let at = usize::try_from(at).unwrap_or(usize::MAX).saturating_add(self.start);
            self.text.floor_char_boundary(at.min(self.text.len()))
        };
        let (from, to) = (offset(from), offset(to));
        let row = &self.text[from..to.max(from)];
        let end = from + row.trim_end().len();
        (end.min(from + (row.len() - row.trim_start().len())), end)
    }
}

impl Iterator for Rows<'_> {
    type Item = (Vec<String>, (usize, usize));

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = StringRecord::new();
        loop {
            let from = self.reader.position().byte();
            // a text in memory is UTF-8, and rows may have any length, so this cannot fail
            if !self.reader.read_record(&mut record).ok()? {
                return None;
            }
            if record.iter().any(|field| !field.is_empty()) {
                let place = self.place(from, self.reader.position().byte());
                return Some((record.iter().map(str::to_owned).collect(), place));
            }
        }
    }
}
