//! `exact-duplicate`: a list contains the same rule twice.

use adr_diagnostic::{Applicability, Diagnostic, Finding, Span};
use adr_engine::Rule;
use hashbrown::{HashMap, HashSet};

use super::context::{Context, WrittenList};
use super::declaration::{Cost, Lint};
use super::entries::Entries;
use super::removal::{entry_removal, removable, removable_entries, removal};
use crate::plan::{List, RuleOrigin};

pub(super) static LINT: Lint = Lint { findings: &[&FINDING], cost: Cost::Low, check };

static FINDING: Finding = Finding::warning(
    "exact-duplicate",
    "a list contains the same rule twice",
    include_str!("../pages/exact-duplicate.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let lists: Vec<(&List, &[(usize, usize)])> =
        context.lists().map(|WrittenList { list, .. }| (list, context.duplicates(list))).collect();
    let positions = |(list, duplicates): &(_, &[(usize, usize)])| {
        (*list, duplicates.iter().map(|(at, _)| *at).collect())
    };
    let idle = lists.iter().map(positions).collect::<Vec<_>>();
    let removable = removable(&idle);
    let idle_entries = removable_entries(&idle);
    for (list, duplicates) in &lists {
        let mut entries = idle_by_rule(list, duplicates, &idle_entries);
        for (origin, first, rows) in by_written_rule(list, duplicates) {
            let mut diagnostic = diagnostic(context, list, (origin, first), &rows);
            diagnostic.fix = if removable.contains(&origin.rule) {
                Some(removal(context, origin, Applicability::Safe))
            } else if is_idle(list, &rows, &idle_entries) {
                // one fix for all entries of a rule, whichever rules they repeat
                let entries = entries.remove(&origin.rule);
                entries.and_then(|entries| {
                    entry_removal(context, origin.name, &entries, Applicability::Safe)
                })
            } else {
                None
            };
            found.push(diagnostic);
        }
    }
}

/// For each written rule, the entries that only repeat others in every list; ascending.
fn idle_by_rule(
    list: &List,
    duplicates: &[(usize, usize)],
    idle: &HashSet<Span>,
) -> HashMap<Span, Vec<Span>> {
    let mut by_rule: HashMap<Span, Vec<Span>> = HashMap::new();
    for (at, _) in duplicates {
        if let Some((rule, value)) = written(list, *at).filter(|(_, value)| idle.contains(value)) {
            let values = by_rule.entry(rule).or_default();
            if values.last() != Some(&value) {
                values.push(value);
            }
        }
    }
    for values in by_rule.values_mut() {
        values.sort_unstable();
        values.dedup();
    }
    by_rule
}

/// Whether all of these deployed rules come from entries that only repeat others.
fn is_idle(list: &List, rows: &[usize], idle: &HashSet<Span>) -> bool {
    let is_idle = |at: &usize| written(list, *at).is_some_and(|(_, value)| idle.contains(&value));
    rows.iter().all(is_idle)
}

/// The written rule and the entry of begins-with that a deployed rule was made from.
fn written(list: &List, at: usize) -> Option<(Span, Span)> {
    let origin = list.origin(at)?;
    Some((origin.rule, origin.entry?.value))
}

/// The duplicates, by the two written rules, with the positions of the lower deployed rules. Both
/// written rules may be the same.
fn by_written_rule(
    list: &List,
    duplicates: &[(usize, usize)],
) -> Vec<(RuleOrigin, RuleOrigin, Vec<usize>)> {
    let mut by_rules: Vec<(RuleOrigin, RuleOrigin, Vec<usize>)> = Vec::new();
    let mut known: HashMap<(Span, Span), usize> = HashMap::new();
    for (at, before) in duplicates {
        let (Some(origin), Some(first)) = (list.origin(*at), list.origin(*before)) else {
            continue;
        };
        let place = *known.entry((origin.rule, first.rule)).or_insert(by_rules.len());
        match by_rules.get_mut(place) {
            Some((_, _, rows)) => rows.push(*at),
            None => by_rules.push((origin, first, vec![*at])),
        }
    }
    by_rules
}

fn diagnostic(
    context: &Context<'_>,
    list: &List,
    (origin, first): (RuleOrigin, RuleOrigin),
    rows: &[usize],
) -> Diagnostic {
    let name = context.sources.slice(first.name);
    let entries = Entries::of(context.sources, list, rows);
    let message = if origin.rule == first.rule {
        format!("{} is in this rule twice", entries.listed())
    } else if is_whole(list, origin, rows) {
        format!("the rule `{name}` above does the same, so this one never wins")
    } else {
        let digits = digits(list, rows);
        match entries.len() {
            0 => format!(
                "for {digits}, the rule `{name}` above does the same, so this one never wins there"
            ),
            _ => format!(
                "{} with {digits} is in the rule `{name}` above already, which does the same",
                entries.listed()
            ),
        }
    };
    let place = entries.places().next().filter(|_| !is_whole(list, origin, rows));
    let diagnostic = FINDING.found(message).at(place.unwrap_or(origin.name));
    diagnostic.at(first.name).with_label("the same rule").with_help("remove one of them")
}

/// Whether these are all deployed rules of the written rule.
fn is_whole(list: &List, origin: RuleOrigin, rows: &[usize]) -> bool {
    let is_of_rule = |at: usize| {
        let other = list.origin(at);
        other.is_some_and(|other| other.rule == origin.rule)
    };
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return false;
    };
    let has_others = first.checked_sub(1).is_some_and(is_of_rule) || is_of_rule(last + 1);
    !has_others && last - first + 1 == rows.len()
}

/// Describes lengths: "7 digits", "4 and 5 digits", "4 to 7 digits".
fn digits(list: &List, rows: &[usize]) -> String {
    let rules = rows.iter().filter_map(|at| list.rules().get(*at));
    let mut digits: Vec<i32> = rules.map(Rule::digits).collect();
    digits.sort_unstable();
    digits.dedup();
    match digits.as_slice() {
        [] | [0, ..] => "any number of digits".to_owned(),
        [one] => format!("{one} digits"),
        [low, high] => format!("{low} and {high} digits"),
        [low, .., high] => format!("{low} to {high} digits"),
    }
}
