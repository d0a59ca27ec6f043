//! A list while rules are added to it, and the limit of rules.

use adr_diagnostic::Span;
use adr_engine::RuleList;
use hashbrown::HashSet;

use super::findings::TOO_MANY_RULES;
use crate::limits::RULES;
use crate::plan::View;
use crate::resolve::context::Context;
use crate::rule_origin::RuleOrigins;
use crate::tree::ListKind;

/// A list while rules are added to it.
pub(in crate::resolve) struct Expansion<'d> {
    pub(super) kind: ListKind,
    /// The view that `use default` inserts; `None` in the default view.
    pub(super) default: Option<&'d View>,
    pub(in crate::resolve) rules: RuleList,
    pub(in crate::resolve) origins: RuleOrigins,
    /// The groups that the list contains already, by the spans of their names.
    pub(super) spliced: HashSet<Span>,
    /// Whether it contains the default list already.
    pub(super) has_default: bool,
}

impl<'d> Expansion<'d> {
    /// An empty list; `default` is the view that `use default` inserts.
    pub(in crate::resolve) fn new(kind: ListKind, default: Option<&'d View>) -> Self {
        Self {
            kind,
            default,
            rules: RuleList::default(),
            origins: RuleOrigins::default(),
            spliced: HashSet::new(),
            has_default: false,
        }
    }
}

/// Counts rules against the limit of a dial plan. False if the limit is exceeded, which ends the
/// expansion.
pub(super) fn fits(more: usize, span: Span, context: &mut Context<'_>) -> bool {
    if !context.allows_steps(more, span) {
        return false;
    }
    context.rules = context.rules.saturating_add(more);
    if context.rules > RULES {
        let message = format!(
            "this makes at least {} rules, and a dial plan holds at most {RULES}",
            context.rules
        );
        context.push(TOO_MANY_RULES.found(message).at(span));
        context.end_expansion();
    }
    context.rules <= RULES
}
