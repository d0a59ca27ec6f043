//! The fixes that remove a rule which never wins, or entries of its list.

use adr_diagnostic::{Applicability, Fix, Span};
use hashbrown::HashSet;

use super::context::Context;
use super::wording::listed;
use crate::plan::{List, RuleOrigin};
use crate::remove_entries::remove_entries;
use crate::remove_rule::remove_rule;

/// Rules of which nothing ever wins, wherever they are used; given are the lists with the positions
/// of those of their rules that never win, ascending.
pub(super) fn removable(lists: &[(&List, Vec<usize>)]) -> HashSet<Span> {
    idle(lists, |origin| Some(origin.rule))
}

/// The same for entries, by their values as written.
pub(super) fn removable_entries(lists: &[(&List, Vec<usize>)]) -> HashSet<Span> {
    idle(lists, |origin| Some(origin.entry?.value))
}

/// The parts of a text, by their places, that come out only as file rules which never win.
fn idle(lists: &[(&List, Vec<usize>)], part: fn(RuleOrigin) -> Option<Span>) -> HashSet<Span> {
    let rule = |list: &List, at: usize| list.origin(at).and_then(part);
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
pub(super) fn removal(
    context: &Context<'_>,
    origin: RuleOrigin,
    applicability: Applicability,
) -> Fix {
    let tree = context.tree(origin.rule.source);
    Fix {
        message: format!("remove the rule `{}`", context.sources.slice(origin.name)),
        edits: tree.map_or_else(Vec::new, |tree| remove_rule(tree, context.sources, origin.rule)),
        applicability,
    }
}

/// Takes entries out of the list of the rule `name`, which has others; `values` are as written,
/// ascending.
pub(super) fn entry_removal(
    context: &Context<'_>,
    name: Span,
    values: &[Span],
    applicability: Applicability,
) -> Option<Fix> {
    let tree = context.tree(name.source)?;
    let word = |value: &Span| format!("`{}`", context.sources.slice(*value));
    let words: Vec<String> = values.iter().map(word).collect();
    let name = context.sources.slice(name);
    Some(Fix {
        message: format!("remove {} from the rule `{name}`", listed(&words)),
        edits: remove_entries(tree, context.sources, values)?,
        applicability,
    })
}
