//! A rule and its comments as lines of a file, to remove or to move.

use std::ops::Range;

use adr_diagnostic::{Edit, SourceId, Sources, Span};

use crate::rule_comments::RuleComments;
use crate::text_edit::{Text, blanks, edit, is_blank, span};
use crate::tree::Tree;

/// The edits that remove a rule with its comments, and its lines if nothing else is on them.
#[must_use]
pub fn remove_rule(tree: &Tree, sources: &Sources, rule: Span) -> Vec<Edit> {
    RuleLines::of(tree, sources, rule).removal(sources)
}

/// A rule and its comments as a part of a file.
pub(crate) struct RuleLines {
    source: SourceId,
    /// `allow` comments that are not part of the piece.
    apart: Vec<Span>,
    /// From the first comment above to the last byte that belongs to the rule.
    piece: Range<usize>,
    /// The part with its indentation and line end; `None` if other text shares its lines.
    lines: Option<Range<usize>>,
    /// Where the rule's own line begins.
    line_start: usize,
    /// Where the rule itself begins.
    start: usize,
}

impl RuleLines {
    /// The part of the file for the rule at `rule`, which is a rule or a `use` of `tree`.
    pub(crate) fn of(tree: &Tree, sources: &Sources, rule: Span) -> Self {
        let text = Text::of(sources, rule.source);
        let comments = RuleComments::of(tree, sources, rule);
        let Range { start, end } = rule.range();
        let line_start = text.line_start(start);
        let (mut first, mut apart) = (start, comments.above);
        let mut top = line_start;
        while let Some(comment) = apart.last() {
            let Some(line) = text.own_line(*comment, top) else {
                break;
            };
            (first, top) = (comment.range().start, line);
            apart.pop();
        }
        let end = comments.behind.map_or(end, |comment| comment.range().end);
        let line_end = text.line_end(end);
        let is_alone = is_blank(&text.0[line_start..start]) && is_blank(&text.0[end..line_end]);
        Self {
            source: rule.source,
            apart,
            piece: first..end,
            lines: is_alone.then_some(top..line_end),
            line_start,
            start,
        }
    }

    /// The edits that remove the part, and the comments that are separate from it.
    pub(crate) fn removal(&self, sources: &Sources) -> Vec<Edit> {
        let text = Text::of(sources, self.source);
        let mut edits: Vec<Edit> = self
            .apart
            .iter()
            .map(|comment| edit(self.source, text.without_comment(*comment), ""))
            .collect();
        edits.push(match &self.lines {
            Some(lines) => edit(self.source, text.with_empty_line_above(lines.clone()), ""),
            None => {
                let Range { start, end } = self.piece.clone();
                let end = end + blanks(&text.0[end..]);
                edit(self.source, start..end, "")
            }
        });
        edits
    }

    /// The lines of the part, to insert elsewhere; `None` if other text shares them.
    pub(crate) fn whole_lines(&self, sources: &Sources) -> Option<String> {
        let text = Text::of(sources, self.source);
        let lines = text.0.get(self.lines.clone()?)?;
        let indent = &text.0[self.line_start..self.start];
        let line_end = match lines.ends_with("\r\n") {
            true => "\r\n",
            false => "\n",
        };
        let apart = self.apart.iter();
        let apart = apart.map(|comment| format!("{indent}{}{line_end}", sources.slice(*comment)));
        let end = if lines.ends_with('\n') { "" } else { line_end };
        Some(apart.collect::<String>() + lines + end)
    }

    /// Where lines can be inserted above everything that belongs to the rule; `None` if other text
    /// shares its lines.
    pub(crate) fn insertion(&self, sources: &Sources) -> Option<Span> {
        let text = Text::of(sources, self.source);
        let lines = self.lines.clone()?;
        let top = match self.apart.first() {
            Some(comment) => text.own_line(*comment, comment.range().end)?,
            None => lines.start,
        };
        Some(span(self.source, top..top))
    }
}
