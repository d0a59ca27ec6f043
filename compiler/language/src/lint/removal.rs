//! The fix that removes a rule which never wins.

use adr_diagnostic::{Applicability, Fix, Span};
use hashbrown::HashSet;

use super::Facts;
use crate::book::{List, Origin};
use crate::rule_text::remove_rule;

/// Rules of which nothing ever wins, wherever they are used; given are the lists with the positions of
/// those of their rules that never win, ascending.
pub(super) fn removable(lists: &[(&List, Vec<usize>)]) -> HashSet<Span> {
    let rule = |list: &List, at: usize| list.origin(at).map(|origin| origin.rule);
    let mut removable: HashSet<Span> = lists
        .iter()
        .flat_map(|(list, idle)| idle.iter().filter_map(|at| rule(list, *at)))
        .collect();
    if removable.is_empty() {
        return removable;
    }
    for (list, idle) in lists {
        let mut idle = idle.iter().peekable();
        for at in 0..list.rules().len() {
            if idle.next_if_eq(&&at).is_none() {
                rule(list, at).map(|rule| removable.remove(&rule));
            }
        }
    }
    removable
}

/// Removes a rule with its comments, and with its lines where nothing else stands on them.
pub(super) fn removal(facts: &Facts<'_>, origin: Origin, applicability: Applicability) -> Fix {
    let tree = facts.tree(origin.rule.source);
    Fix {
        message: format!("remove the rule `{}`", facts.sources.slice(origin.name)),
        edits: tree.map_or_else(Vec::new, |tree| {
            remove_rule(tree, facts.sources, origin.rule)
        }),
        applicability,
    }
}
