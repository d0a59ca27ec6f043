//! The comments of a rule.
//!
//! An ordinary comment belongs to a rule if it is directly above the rule without an empty line
//! between, inside the rule, or after it on its last line. An `allow` comment belongs to the rule
//! that it is about. That is the rule on the next line that contains more than comments.

use adr_diagnostic::{Sources, Span};

use crate::allow_comment::is_allow;
use crate::text_edit::{Text, blanks, is_blank};
use crate::tree::Tree;

/// The comments of one rule, each list in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleComments {
    /// The comments before the rule. An `allow` may be further away, or at the end of the line
    /// above.
    pub above: Vec<Span>,
    /// The comments inside the rule.
    pub inside: Vec<Span>,
    /// The comment after the rule on its last line.
    pub behind: Option<Span>,
}

impl RuleComments {
    /// The comments that belong to the rule at `rule`, which is a rule or a `use` of `tree`.
    ///
    /// ```
    /// use adr_diagnostic::Sources;
    /// use adr_language::{RuleComments, parse, tree::{ListItem, Item}};
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
    /// let ListItem::Rule(rule) = &block.items[0] else { unreachable!() };
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

/// The comments above a rule that belong to it; `before` are all comments before the rule.
fn above(before: &[Span], sources: &Sources, rule: Span) -> Vec<Span> {
    let text = Text::of(sources, rule.source);
    let start = rule.range().start;
    let line_start = text.line_start(start);
    if !is_blank(&text.0[line_start..start]) || text.shares_its_line(rule) {
        return Vec::new();
    }
    let mut above = Vec::new();
    // where the text of the rule begins, and the line above which a comment is adjacent to it
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
