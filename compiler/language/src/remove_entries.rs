//! Removes entries from the list of a begins-with.
//!
//! An entry is removed with its comma. If no other entry remains on its line, the line is removed
//! with the comment at its end. A comment on its own line remains, because it may be about several
//! entries.

use std::ops::Range;

use adr_diagnostic::{Edit, Sources, Span};

use crate::allow_comment::is_allow;
use crate::find_rule::rule_around;
use crate::text_edit::{Text, blanks, edit, is_blank};
use crate::tree::{FieldKind, Tree, Value};

/// The edits that remove entries of one begins-with of `tree`. `gone` holds the spans of their
/// values, ascending and without quotes.
///
/// `None` if the entries cannot be removed: no entry would remain, or a comment would get another
/// meaning.
///
/// ```
/// use adr_diagnostic::{Sources, Span, edited};
/// use adr_language::{parse, remove_entries};
///
/// let text = "application {\n  rule \"A\" { begins-with 0800, 0300; digits 11; prefix 9 }\n}\n";
/// let mut sources = Sources::new();
/// let source = sources.add("plan.adr", text);
/// let (tree, _) = parse(source, text);
/// let at = text.find("0300").unwrap() as u32;
/// let edits = remove_entries(&tree, &sources, &[Span::new(source, at, at + 4)]).unwrap();
/// assert!(edited(text, &edits).contains("begins-with 0800; digits 11"));
/// ```
#[must_use]
pub fn remove_entries(tree: &Tree, sources: &Sources, gone: &[Span]) -> Option<Vec<Edit>> {
    let list = ListText::of(tree, sources, gone)?;
    let source = gone.first()?.source;
    let ranges = list.ranges()?.into_iter();
    Some(ranges.map(|range| edit(source, range, "")).collect())
}

/// A list, and which of its entries are removed.
struct ListText<'s> {
    text: Text<'s>,
    entries: Vec<EntryText>,
    /// The comments from the first entry to the end of the line of the last one.
    comments: Vec<Range<usize>>,
}

struct EntryText {
    /// The value with its quotes.
    value: Range<usize>,
    /// The end of its comma; of the value for the last entry, which has none.
    end: usize,
    /// Whether it is removed.
    is_removed: bool,
}

impl EntryText {
    fn of(text: &Text<'_>, value: Value, gone: &[Span]) -> Self {
        let quote = usize::from(value.is_quoted());
        let Range { start, end } = value.span.range();
        let (start, end) = (start - quote, end + quote);
        let comma = end + blanks(&text.0[end..]);
        let has_comma = text.0[comma..].starts_with(',');
        Self {
            value: start..end,
            end: if has_comma { comma + 1 } else { end },
            is_removed: gone.binary_search(&value.span).is_ok(),
        }
    }
}

impl<'s> ListText<'s> {
    fn of(tree: &Tree, sources: &'s Sources, gone: &[Span]) -> Option<Self> {
        let rule = rule_around(tree, *gone.first()?)?;
        let mut fields = tree.fields(rule);
        let field = fields.find(|field| field.kind == FieldKind::BeginsWith)?;
        let text = Text::of(sources, rule.span.source);
        let values = tree.values(&field.values);
        let entries: Vec<EntryText> =
            values.map(|value| EntryText::of(&text, value, gone)).collect();
        let (start, end) = (entries.first()?.value.start, entries.last()?.end);
        let end = text.line_end(end);
        let starts_by = |offset: usize| {
            let comments = &tree.comments;
            comments.partition_point(|comment| comment.range().start < offset)
        };
        let comments = &tree.comments[starts_by(start)..starts_by(end)];
        // an `allow` is about the next line, which would be a different one
        let has_allow = comments.iter().any(|comment| is_allow(*comment, sources));
        (!has_allow).then(|| Self {
            text,
            entries,
            comments: comments.iter().map(|comment| comment.range()).collect(),
        })
    }

    /// The ranges to remove; they do not overlap.
    fn ranges(&self) -> Option<Vec<Range<usize>>> {
        let stays = |entry: &EntryText| !entry.is_removed;
        let first = self.entries.iter().position(stays)?;
        let last = self.entries.iter().rposition(stays)?;
        let mut ranges = Vec::new();
        if first > 0 {
            ranges.push(self.before(first)?);
        }
        let lines = self.lines();
        for line in &lines {
            let between = line.start.max(first + 1)..line.end.min(last);
            match line.clone().find(|at| !self.entries[*at].is_removed) {
                Some(stays) => ranges.extend(between.filter_map(|at| self.part_of_line(at, stays))),
                None if between == *line => ranges.push(self.whole_line(line)),
                None => {}
            }
        }
        if last + 1 < self.entries.len() {
            ranges.extend(self.behind(last, &lines));
        }
        Some(ranges)
    }

    /// The entries that begin on each line.
    fn lines(&self) -> Vec<Range<usize>> {
        let mut lines: Vec<Range<usize>> = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| self.entries[before].end);
            let is_new =
                before.is_none_or(|end| self.text.0[end..entry.value.start].contains('\n'));
            match lines.last_mut().filter(|_| !is_new) {
                Some(line) => line.end = at + 1,
                None => lines.push(at..at + 1),
            }
        }
        lines
    }

    /// The range before the first entry that remains, which then follows the keyword. `None` if a
    /// comment on its own line is in the way.
    fn before(&self, first: usize) -> Option<Range<usize>> {
        let range = self.entries[0].value.start..self.entries[first].value.start;
        let in_the_way =
            |comment: &Range<usize>| range.contains(&comment.start) && self.is_apart(comment);
        (!self.comments.iter().any(in_the_way)).then_some(range)
    }

    /// The line of entries that are all removed, with the comment at its end.
    fn whole_line(&self, line: &Range<usize>) -> Range<usize> {
        let start = self.text.line_start(self.entries[line.start].value.start);
        start..self.text.line_end(self.entries[line.end - 1].end)
    }

    /// An entry to remove from a line on which `stays` is the first entry that remains.
    fn part_of_line(&self, at: usize, stays: usize) -> Option<Range<usize>> {
        let entry = self.entries.get(at).filter(|entry| entry.is_removed)?;
        Some(match at < stays {
            true => entry.value.start..self.entries[at + 1].value.start,
            false => self.entries[at - 1].end..entry.end,
        })
    }

    /// The ranges after the last entry that remains, beginning with its comma.
    fn behind(&self, last: usize, lines: &[Range<usize>]) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        let comma = self.entries[last].value.end;
        let below = lines.partition_point(|line| line.start <= last);
        let end_of_line = self.entries[lines[below - 1].end - 1].end;
        let Some((bottom, others)) = lines[below..].split_last() else {
            ranges.push(comma..end_of_line);
            return ranges;
        };
        let end = self.entries[bottom.end - 1].end;
        if !self.ends_line(end) && !self.keeps_comments(end_of_line..end) {
            ranges.push(comma..end);
            return ranges;
        }
        ranges.push(comma..end_of_line);
        ranges.extend(others.iter().map(|line| self.whole_line(line)));
        ranges.push(match self.ends_line(end) {
            true => self.whole_line(bottom),
            false => self.entries[bottom.start].value.start..self.next_field(end),
        });
        ranges
    }

    /// The beginning of the field after a list. A field on its own line needs no `;` before it.
    fn next_field(&self, end: usize) -> usize {
        let end = end + blanks(&self.text.0[end..]);
        let has_end = self.text.0[end..].starts_with(';');
        let end = end + usize::from(has_end);
        end + blanks(&self.text.0[end..])
    }

    /// Whether only a comment follows on the line.
    fn ends_line(&self, at: usize) -> bool {
        let rest = &self.text.0[at..self.text.line_end(at)];
        is_blank(rest) || rest[blanks(rest)..].starts_with("//")
    }

    /// Whether a comment remains between the last entry that remains and the removed ones at the
    /// end.
    fn keeps_comments(&self, range: Range<usize>) -> bool {
        let line_end = self.text.line_end(range.start);
        let stays = |comment: &Range<usize>| comment.start < line_end || self.is_apart(comment);
        let mut inside = self.comments.iter().filter(|comment| range.contains(&comment.start));
        inside.any(stays)
    }

    /// Whether a comment is alone on its line.
    fn is_apart(&self, comment: &Range<usize>) -> bool {
        is_blank(&self.text.0[self.text.line_start(comment.start)..comment.start])
    }
}
