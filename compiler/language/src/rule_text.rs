//! The text that belongs to a rule: the rule and its comments, to remove, to move, or to read.
//!
//! An ordinary comment belongs to a rule when it stands above the rule without an empty line
//! between, inside the rule, or behind it on its last line. An `allow` belongs to the rule that it
//! speaks of, wherever it stands: that is the rule on the next line that has more than comments.

use std::ops::Range;

use adr_diagnostic::{Edit, SourceId, Sources, Span};

use crate::allow_comment::is_allow;
use crate::tree::{Entry, Item, Rule, SiteItem, Tree};

/// The comments of one rule, each list in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleComments {
    /// Those before the rule. An `allow` may stand further away, or behind the line above.
    pub above: Vec<Span>,
    /// Those between the rule's first and last byte.
    pub inside: Vec<Span>,
    /// The one behind the rule on its last line.
    pub behind: Option<Span>,
}

impl RuleComments {
    /// The comments that belong to the rule at `rule`, which is a rule or a `use` of `tree`.
    ///
    /// ```
    /// use adr_diagnostic::Sources;
    /// use adr_language::{RuleComments, parse, tree::{Entry, Item}};
    ///
    /// let mut sources = Sources::new();
    /// let source = sources.add("plan.adr", "\
    /// application {
    ///   // not its own
    ///
    ///   // above
    ///   rule \"A\" { digits 7; prefix 9 } // behind
    /// }
    /// ");
    /// let (tree, _) = parse(source, sources.get(source).text());
    /// let Item::Block(block) = &tree.items[0] else { unreachable!() };
    /// let Entry::Rule(rule) = &block.entries[0] else { unreachable!() };
    /// let comments = RuleComments::of(&tree, &sources, rule.span);
    /// assert_eq!(sources.slice(comments.above[0]), "// above");
    /// assert_eq!(sources.slice(comments.behind.unwrap()), "// behind");
    /// ```
    #[must_use]
    pub fn of(tree: &Tree, sources: &Sources, rule: Span) -> Self {
        let text = Text::of(sources, rule.source);
        let starts_by = |offset: u32| tree.comments.partition_point(|span| span.start < offset);
        let (first, next) = (starts_by(rule.start), starts_by(rule.end));
        let behind = tree.comments.get(next).filter(|comment| {
            let between = text.between(rule.end, comment.start);
            blanks(between) == between.len() && !is_allow(**comment, sources)
        });
        Self {
            above: above(&tree.comments[..first], sources, rule),
            inside: tree.comments[first..next].to_vec(),
            behind: behind.copied(),
        }
    }

    /// Every comment, in the order of the text.
    pub fn all(&self) -> impl Iterator<Item = Span> + '_ {
        let around = self.above.iter().chain(&self.inside);
        around.chain(&self.behind).copied()
    }
}

/// The rule of a tree that stands exactly at `span`.
#[must_use]
pub fn rule_at(tree: &Tree, span: Span) -> Option<&Rule> {
    rule_around(tree, span).filter(|rule| rule.span == span)
}

/// The rule of a tree in which `span` lies.
pub(crate) fn rule_around(tree: &Tree, span: Span) -> Option<&Rule> {
    let entries = match last_before(&tree.items, span, span_of_item)? {
        Item::Group(group) => &group.entries,
        Item::Block(block) => &block.entries,
        Item::Site(site) => match last_before(&site.items, span, span_of_site_item)? {
            SiteItem::Block(block) => &block.entries,
            SiteItem::Let(_) | SiteItem::Clients(_) => return None,
        },
        Item::Let(_)
        | Item::Emergency(_)
        | Item::LongestNumber(_)
        | Item::Include(_)
        | Item::Test(_) => return None,
    };
    match last_before(entries, span, span_of_entry)? {
        Entry::Rule(rule) if span.end <= rule.span.end => Some(rule),
        _ => None,
    }
}

/// The last node that does not begin after `span`; nodes stand in the order of their places.
fn last_before<N>(nodes: &[N], span: Span, span_of: fn(&N) -> Span) -> Option<&N> {
    let after = nodes.partition_point(|node| span_of(node).start <= span.start);
    nodes.get(after.checked_sub(1)?)
}

fn span_of_item(item: &Item) -> Span {
    match item {
        Item::Let(node) => node.span,
        Item::Emergency(node) => node.span,
        Item::LongestNumber(node) => node.span,
        Item::Include(node) => node.span,
        Item::Group(node) => node.span,
        Item::Block(node) => node.span,
        Item::Site(node) => node.span,
        Item::Test(node) => node.span,
    }
}

fn span_of_site_item(item: &SiteItem) -> Span {
    match item {
        SiteItem::Let(node) => node.span,
        SiteItem::Clients(node) => node.span,
        SiteItem::Block(node) => node.span,
    }
}

fn span_of_entry(entry: &Entry) -> Span {
    match entry {
        Entry::Rule(node) => node.span,
        Entry::Use(node) => node.span,
    }
}

/// The edits that remove a rule with its comments, and its lines where nothing else stands on them.
#[must_use]
pub fn remove_rule(tree: &Tree, sources: &Sources, rule: Span) -> Vec<Edit> {
    RuleText::of(tree, sources, rule).removal(sources)
}

/// A rule with its comments as a piece of its file.
pub(crate) struct RuleText {
    source: SourceId,
    /// `allow` comments that are not part of the piece.
    apart: Vec<Span>,
    /// From the first comment above to the last byte that belongs to the rule.
    piece: Range<usize>,
    /// The piece with its indentation and line end, where it has its lines for itself.
    lines: Option<Range<usize>>,
    /// Where the rule's own line begins.
    line_start: usize,
    /// Where the rule itself begins.
    start: usize,
}

impl RuleText {
    /// The piece of the rule at `rule`, which is a rule or a `use` of `tree`.
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

    /// The edits that remove the piece and the comments that stand apart from it.
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

    /// The lines of the piece, for another place; `None` where it shares them.
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

    /// Where other lines can be put above everything that belongs to the rule; `None` where it
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

/// Comments before a rule that belong to it; `before` are all comments before it.
fn above(before: &[Span], sources: &Sources, rule: Span) -> Vec<Span> {
    let text = Text::of(sources, rule.source);
    let start = rule.range().start;
    let line_start = text.line_start(start);
    if !is_blank(&text.0[line_start..start]) || text.shares_its_line(rule) {
        return Vec::new();
    }
    let mut above = Vec::new();
    // where the rule's own text begins, and the line above which a comment is next to it
    let (mut at, mut touching) = (start, Some(line_start));
    for comment in before.iter().rev() {
        if !text.0[comment.range().end..at].trim().is_empty() {
            break;
        }
        at = comment.range().start;
        touching = touching.and_then(|line| text.own_line(*comment, line));
        if touching.is_some() || is_allow(*comment, sources) {
            above.push(*comment);
        }
    }
    above.reverse();
    above
}

/// A source's text.
pub(crate) struct Text<'s>(pub(crate) &'s str);

impl<'s> Text<'s> {
    pub(crate) fn of(sources: &'s Sources, source: SourceId) -> Self {
        Self(sources.get(source).text())
    }

    fn between(&self, start: u32, end: u32) -> &'s str {
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

    /// Where the line of a comment begins that has it for itself and ends at `below`, or holds it.
    fn own_line(&self, comment: Span, below: usize) -> Option<usize> {
        let Range { start, end } = comment.range();
        let line = self.line_start(start);
        let is_own = is_blank(&self.0[line..start]);
        let touches = below == end || self.line_end(end) == below;
        (is_own && touches).then_some(line)
    }

    /// Whether another rule begins on the line on which a rule begins.
    fn shares_its_line(&self, rule: Span) -> bool {
        let Range { start, end } = rule.range();
        let rest = &self.0[end..self.line_end(end)];
        let next = rest.trim_start_matches(|c: char| c == '}' || c.is_whitespace());
        !self.0[start..end].contains('\n') && !next.is_empty() && !next.starts_with("//")
    }

    /// Lines to remove, with the empty one above them where another one or a `}` is below.
    fn with_empty_line_above(&self, lines: Range<usize>) -> Range<usize> {
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

    /// What goes with a comment: its line, or the blanks before it.
    fn without_comment(&self, comment: Span) -> Range<usize> {
        let Range { start, end } = comment.range();
        match self.own_line(comment, end) {
            Some(line) => self.with_empty_line_above(line..self.line_end(end)),
            None => self.0[..start].trim_end_matches([' ', '\t']).len()..end,
        }
    }
}

/// What a line may hold beside a rule that has it for itself.
const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

pub(crate) fn is_blank(text: &str) -> bool {
    text.trim_matches(BLANK).is_empty()
}

/// The length of the blanks at the start of a text.
pub(crate) fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

pub(crate) fn edit(source: SourceId, range: Range<usize>, replacement: &str) -> Edit {
    Edit { span: span(source, range), replacement: replacement.to_owned() }
}

fn span(source: SourceId, range: Range<usize>) -> Span {
    let offset = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Span::new(source, offset(range.start), offset(range.end))
}
