//! The text of `run sql select …`, copied from the command line of a node.
//!
//! ```text
//! admin:run sql select name, numbeginwith from applicationdialrule
//! name numbeginwith
//! ==== ============
//! E164 +1
//! bé   NULL
//! ```
//!
//! The widths of the ruler are those of the columns. A blank line ends the rows. A text may hold
//! the results of several queries.

use adr_diagnostic::{Report, SourceId};

use super::columns::Columns;
use super::findings::{MISALIGNED_ROW, UNKNOWN_LAYOUT, UNKNOWN_RULE_KIND};
use super::{FileRules, ROW_FINDINGS, ROW_LIMIT, push_about_row, span, too_many_rows};
use crate::rule::RuleKind;

/// What the command line shows in front of a command.
const PROMPT: &str = "admin:";

/// First words of commands. A rule may be called `admin:1`, so the prompt alone ends no table.
const COMMANDS: [&str; 9] =
    ["run", "show", "utils", "set", "unset", "file", "delete", "exit", "quit"];

/// What the command line shows for NULL.
const NULL: &str = "NULL";

/// Whether a text has a ruler under a header.
pub(super) fn is_transcript(text: &str) -> bool {
    text.lines().skip(1).any(is_ruler)
}

/// Most columns of a result. The widest tables of the database have about 150.
const COLUMN_LIMIT: usize = 500;

/// A line of `=` and spaces, with at least one `=`, and with columns up to the limit.
fn is_ruler(line: &str) -> bool {
    let line = line.trim_end();
    line.contains('=')
        && line.bytes().all(|byte| matches!(byte, b'=' | b' '))
        && line.split(' ').filter(|run| !run.is_empty()).nth(COLUMN_LIMIT).is_none()
}

/// Whether a line is the prompt, with or without a command.
fn is_prompt(line: &str) -> bool {
    let command = line.trim_start().strip_prefix(PROMPT).map(str::split_whitespace);
    command.is_some_and(|mut words| words.next().is_none_or(|word| COMMANDS.contains(&word)))
}

/// A line and its offset.
#[derive(Clone, Copy)]
struct Line<'t> {
    at: usize,
    text: &'t str,
}

impl Line<'_> {
    fn end(self) -> usize {
        self.at + self.text.len()
    }
}

/// The result of a query.
#[derive(Debug)]
pub(super) struct QueryResult<'t> {
    /// The names of the columns.
    pub(super) header: Vec<String>,
    /// The rows, as they stand in the text; at most one more than [`ROW_LIMIT`].
    lines: Vec<&'t str>,
    widths: Vec<(usize, usize)>,
}

impl QueryResult<'_> {
    /// How many rows there are. Of more than [`ROW_LIMIT`], one is counted.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// The rows in order. A row that does not fit the widths of the columns is `None`.
    pub(super) fn rows(&self) -> impl Iterator<Item = Option<Vec<String>>> {
        self.lines.iter().map(|line| fields(line, &self.widths))
    }
}

/// The result of each query in a text. Each line belongs to one result at most, so that time and
/// memory grow with the text only.
pub(super) fn results(text: &str) -> Vec<QueryResult<'_>> {
    let mut results = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(header) = lines.next() {
        let Some(ruler) = lines.next_if(|line| is_ruler(line)) else { continue };
        let widths = widths(ruler);
        let header = fields(header, &widths);
        let mut rows = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.trim().is_empty() && !is_prompt(line)) {
            if header.is_some() && rows.len() <= ROW_LIMIT {
                rows.push(line);
            }
        }
        if let Some(header) = header {
            results.push(QueryResult { header, lines: rows, widths });
        }
    }
    results
}

/// Reads the rows of every query in a text.
pub(super) fn read(source: SourceId, text: &str, kind: Option<RuleKind>) -> FileRules {
    let mut at = 0;
    let line = |raw: &'_ str| {
        let start = at;
        at += raw.len();
        (start, raw.trim_end_matches(['\r', '\n']).len())
    };
    let places: Vec<_> = text.split_inclusive('\n').map(line).collect();
    let lines: Vec<_> =
        places.into_iter().map(|(at, length)| Line { at, text: &text[at..at + length] }).collect();
    let mut rules = FileRules::default();
    let mut from = 0;
    if !lines.iter().any(|line| is_ruler(line.text) || is_empty_result(line.text)) {
        let message = "the text has no line of `=` under a header, so it is not what `run sql` \
                       prints";
        let found = UNKNOWN_LAYOUT.found(message).at(span(source, 0, 0));
        rules.report.push(found.with_help("copy the command and everything that it printed"));
    }
    let rulers = (1..lines.len()).filter(|at| is_ruler(lines[*at].text));
    for ruler in rulers {
        if ruler <= from {
            continue;
        }
        let before = lines[from..ruler - 1].iter().rev();
        let echo = before.clone().find(|line| line.text.to_ascii_lowercase().contains("run sql"));
        let kind = echo.and_then(|line| kind_of_query(line.text)).or(kind);
        let is_row = |line: &&Line<'_>| !line.text.trim().is_empty() && !is_prompt(line.text);
        let rows: Vec<_> = lines[ruler + 1..].iter().take_while(is_row).copied().collect();
        from = ruler + rows.len();
        rules.append(read_result(source, lines[ruler - 1], lines[ruler], &rows, kind));
        if rules.rules.len() > ROW_LIMIT || rules.report.diagnostics().len() >= ROW_FINDINGS {
            break;
        }
    }
    rules
}

/// Whether a line is what `run sql` prints for a query without rows.
fn is_empty_result(line: &str) -> bool {
    line.trim().eq_ignore_ascii_case("no records found")
}

/// The kind of rules in the table that a query names.
fn kind_of_query(query: &str) -> Option<RuleKind> {
    let mut words = query.split_whitespace();
    words.find(|word| word.eq_ignore_ascii_case("from"))?;
    RuleKind::in_name(words.next()?)
}

/// Reads the rows of one query.
fn read_result(
    source: SourceId,
    header: Line<'_>,
    ruler: Line<'_>,
    rows: &[Line<'_>],
    kind: Option<RuleKind>,
) -> FileRules {
    let mut report = Report::new();
    let place = span(source, header.at, header.end());
    let widths = widths(ruler.text);
    let names = fields(header.text, &widths).unwrap_or_else(|| vec![header.text.to_owned()]);
    let columns = match Columns::of_query(&names) {
        Ok(columns) => columns,
        Err(error) => {
            let found = UNKNOWN_LAYOUT.found(error.to_string()).at(place);
            report.push(found.with_help("select all columns of the table: `select *`"));
            return FileRules { rules: Vec::new(), report };
        }
    };
    let Some(kind) = kind else {
        let message = "the text does not show from which table its rows are";
        let found = UNKNOWN_RULE_KIND.found(message).at(place);
        report.push(
            found.with_help("copy the command as well, or add `--as application` or `--as lookup`"),
        );
        return FileRules { rules: Vec::new(), report };
    };
    let mut rules = Vec::new();
    for row in rows {
        let place = span(source, row.at, row.end());
        if rules.len() >= ROW_LIMIT {
            report.push(too_many_rows(place));
            break;
        }
        let fields = fields(row.text, &widths).unwrap_or_else(|| {
            let message = "the row does not fit the widths of the columns";
            let found = MISALIGNED_ROW.found(message).at(place);
            let found = found.with_help("copy the text from a terminal that does not wrap lines");
            push_about_row(&mut report, found);
            Vec::new()
        });
        if !fields.is_empty() {
            rules.push(columns.rule(kind, &fields, rules.len(), Some(place)));
        }
    }
    FileRules { rules, report }
}

/// Start and end of each column, from the runs of `=`.
fn widths(ruler: &str) -> Vec<(usize, usize)> {
    let mut widths = Vec::new();
    let mut at = 0;
    for run in ruler.trim_end().split(' ') {
        if !run.is_empty() {
            widths.push((at, at + run.len()));
        }
        at += run.len() + 1;
    }
    widths
}

/// The values of a row. Widths count characters, or bytes where only these fit; `None` if neither
/// does, because text stands between two columns.
fn fields(row: &str, widths: &[(usize, usize)]) -> Option<Vec<String>> {
    let of_characters: Vec<_> = row.char_indices().map(|(at, _)| at).collect();
    let at_character = |at: usize| of_characters.get(at).copied().unwrap_or(row.len());
    let at_byte = |at: usize| at.min(row.len());
    cut(row, widths, at_character).or_else(|| cut(row, widths, at_byte))
}

/// Cuts a row at columns, whose byte offsets `offset` returns.
fn cut(
    row: &str,
    widths: &[(usize, usize)],
    offset: impl Fn(usize) -> usize,
) -> Option<Vec<String>> {
    let starts = widths.iter().map(|(start, _)| *start);
    let ends = starts.clone().skip(1).map(Some).chain([None]);
    let field = |((start, next), (_, end)): ((usize, Option<usize>), &(usize, usize))| {
        let next = next.map_or(row.len(), &offset);
        let end = if next == row.len() { next } else { offset(*end) };
        let value = row.get(offset(start)..end)?;
        let between = row.get(end..next)?;
        let value = if value.trim() == NULL { "" } else { value.trim() };
        between.trim().is_empty().then(|| value.to_owned())
    };
    starts.clone().zip(ends).zip(widths).map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many rows the results of a text have together.
    fn rows(text: &str) -> usize {
        results(text).iter().map(QueryResult::len).sum()
    }

    #[test]
    fn each_line_belongs_to_one_result() {
        for count in [3, 1_000, 50_000] {
            assert_eq!(rows(&"=\n".repeat(count)), count - 2);
            assert_eq!(results(&"a\n=\n\n".repeat(count)).len(), count);
        }
        assert_eq!(rows(&format!("a\n=\n{}", "1\n".repeat(2 * ROW_LIMIT))), ROW_LIMIT + 1);
        // a header that does not fit takes its rows along
        assert_eq!(rows(&format!("a b\n= =\nabc\n\nabc\n= =\n{}", "=\n".repeat(50))), 1);
    }

    #[test]
    fn columns_end_at_the_limit() {
        let text = |columns: usize| format!("a\n{}\n1\n", "= ".repeat(columns));
        assert_eq!(rows(&text(COLUMN_LIMIT)), 1);
        assert!(!is_transcript(&text(COLUMN_LIMIT + 1)));
    }
}
