//! A list while its rules are added, and the limit of a dial plan.

use adr_diagnostic::Span;
use adr_engine::RuleList;
use hashbrown::HashSet;

use super::findings::TOO_MANY_RULES;
use crate::limits::RULES;
use crate::plan::View;
use crate::resolve::context::Context;
use crate::rule_origin::RuleOrigins;
use crate::tree::ListKind;

/// A list in the making.
pub(in crate::resolve) struct Expansion<'d> {
    pub(super) kind: ListKind,
    pub(super) default: Option<&'d View>,
    pub(in crate::resolve) rules: RuleList,
    pub(in crate::resolve) origins: RuleOrigins,
    /// Names of the groups that the list holds already.
    pub(super) spliced: HashSet<Span>,
    /// Whether it holds the default list already.
    pub(super) has_default: bool,
}

impl<'d> Expansion<'d> {
    /// An empty list; `default` is what `use default` splices.
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

/// Counts rules against the limit of a dial plan. False ends the expansion.
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
