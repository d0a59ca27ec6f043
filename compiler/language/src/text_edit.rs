//! Lines and blanks of a text, and edits of it.

use std::ops::Range;

use adr_diagnostic::{Edit, SourceId, Sources, Span};

/// The text of a source.
pub(crate) struct Text<'s>(pub(crate) &'s str);

impl<'s> Text<'s> {
    pub(crate) fn of(sources: &'s Sources, source: SourceId) -> Self {
        Self(sources.get(source).text())
    }

    pub(crate) fn between(&self, start: u32, end: u32) -> &'s str {
        self.0.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Where the line of `at` begins.
    pub(crate) fn line_start(&self, at: usize) -> usize {
        self.0[..at].rfind('\n').map_or(0, |line_end| line_end + 1)
    }

    /// Where the next line begins.
    pub(crate) fn line_end(&self, at: usize) -> usize {
        let line_end = self.0[at..].find('\n');
        line_end.map_or(self.0.len(), |length| at + length + 1)
    }

    /// The beginning of the line of a comment, if the comment is alone on its line and the line
    /// ends at `below` or contains it.
    pub(crate) fn own_line(&self, comment: Span, below: usize) -> Option<usize> {
        let Range { start, end } = comment.range();
        let line = self.line_start(start);
        let is_own = is_blank(&self.0[line..start]);
        let touches = below == end || self.line_end(end) == below;
        (is_own && touches).then_some(line)
    }

    /// Whether another rule begins on the line of this rule.
    pub(crate) fn shares_its_line(&self, rule: Span) -> bool {
        let Range { start, end } = rule.range();
        let rest = &self.0[end..self.line_end(end)];
        let next = rest.trim_start_matches(|c: char| c == '}' || c.is_whitespace());
        !self.0[start..end].contains('\n') && !next.is_empty() && !next.starts_with("//")
    }

    /// Lines to remove, together with the empty line above if an empty line or a `}` follows.
    pub(crate) fn with_empty_line_above(&self, lines: Range<usize>) -> Range<usize> {
        let above = self.0[..lines.start].trim_end_matches([' ', '\t', '\r']);
        let above = above.strip_suffix('\n').unwrap_or(above);
        let above = self.line_start(above.len());
        let below = &self.0[lines.end..self.line_end(lines.end)];
        let ends = is_blank(below) || below.trim_start().starts_with('}');
        match is_blank(&self.0[above..lines.start]) && ends {
            true => above..lines.end,
            false => lines,
        }
    }

    /// What is removed with a comment: its line, or the blanks before it.
    pub(crate) fn without_comment(&self, comment: Span) -> Range<usize> {
        let Range { start, end } = comment.range();
        match self.own_line(comment, end) {
            Some(line) => self.with_empty_line_above(line..self.line_end(end)),
            None => self.0[..start].trim_end_matches([' ', '\t']).len()..end,
        }
    }
}

/// The characters that a line may hold beside a rule that is alone on it.
const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

pub(crate) fn is_blank(text: &str) -> bool {
    text.trim_matches(BLANK).is_empty()
}

/// The number of blanks at the start of a text, in bytes.
pub(crate) fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

pub(crate) fn edit(source: SourceId, range: Range<usize>, replacement: &str) -> Edit {
    Edit { span: span(source, range), replacement: replacement.to_owned() }
}

pub(crate) fn span(source: SourceId, range: Range<usize>) -> Span {
    let offset = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(source, offset(range.start), offset(range.end))
}
