//! The fixes that remove a rule, or entries of a rule, that never win.

use adr_diagnostic::{Applicability, Fix, Span};
use hashbrown::HashSet;

use super::context::Context;
use super::wording::listed;
use crate::plan::{List, RuleOrigin};
use crate::remove_entries::remove_entries;
use crate::remove_rule::remove_rule;

/// The rules that never win in any list. `lists` contains the positions of the rules that never
/// win, ascending.
pub(super) fn removable(lists: &[(&List, Vec<usize>)]) -> HashSet<Span> {
    idle(lists, |origin| Some(origin.rule))
}

/// The same for entries of begins-with, by the spans of their values.
pub(super) fn removable_entries(lists: &[(&List, Vec<usize>)]) -> HashSet<Span> {
    idle(lists, |origin| Some(origin.entry?.value))
}

/// The parts of a text of which every deployed rule never wins, by their spans.
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

/// The fix that removes a rule with its comments, and its lines if nothing else is on them.
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

/// The fix that removes entries from the rule `name`, which has others; `values` are their spans,
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
