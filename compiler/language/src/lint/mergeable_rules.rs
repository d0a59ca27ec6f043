//! `mergeable-rules`: a rule that can go, because rules below it do the same to all of its numbers.

use adr_analysis::{Mergeable, Reachability};
use adr_diagnostic::{Applicability, Diagnostic, Finding, Span};
use hashbrown::HashMap;

use super::Facts;
use super::named::Named;
use super::removal::{removable, removal};
use crate::book::{List, Origin};

pub(super) static FINDING: Finding = Finding::warning(
    "mergeable-rules",
    "a rule does what rules below it would do",
    "Without the rule, rules below it take its numbers and do the same to all of them. It changes nothing, and whoever\n\
     reads it looks for a difference that is not there.\n\n\
     ```adr\napplication {\n  rule \"Block 555\" { begins-with 555; digits 7; prefix 9 }\n  \
     rule \"All of seven\" { digits 7; prefix 9 }\n}\n```\n\n\
     Remove it; `adrc check --fix` does. That changes no number. Allow it where the rule is there for its name.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    // a rule that keeps numbers from nothing may say so on purpose
    let has_stand_in = |mergeable: &&Mergeable| !mergeable.into.is_empty();
    let of_list = |list| facts.mergeable(list).iter().filter(has_stand_in).collect();
    let lists: Vec<(&List, Vec<&Mergeable>)> =
        facts.lists().map(|(_, _, list, _)| (list, of_list(list))).collect();
    if lists.iter().all(|(_, mergeable)| mergeable.is_empty()) {
        return;
    }
    let lists_and_idle =
        lists.iter().map(|(list, mergeable)| (*list, idle(facts, list, mergeable)));
    let idle: Vec<(&List, Vec<usize>)> = lists_and_idle.collect();
    let removable = removable(&idle);
    for (list, mergeable) in &lists {
        for (origin, into) in by_written_rule(list, mergeable) {
            if removable.contains(&origin.rule) {
                found.push(told(facts, list, origin, &into));
            }
        }
    }
}

/// Rules without which nothing changes: those that can go, and those that never win.
fn idle(facts: &Facts<'_>, list: &List, mergeable: &[&Mergeable]) -> Vec<usize> {
    let reachability = facts.reachability(list);
    let mut idle: Vec<usize> =
        (0..reachability.len()).filter(|at| reachability[*at] != Reachability::Live).collect();
    idle.extend(mergeable.iter().map(|mergeable| mergeable.rule));
    idle.sort_unstable();
    idle
}

/// Written rules with the rules that take their places, in the order of their places.
fn by_written_rule(list: &List, mergeable: &[&Mergeable]) -> Vec<(Origin, Vec<usize>)> {
    let mut by_rule: HashMap<Span, (Origin, Vec<usize>)> = HashMap::new();
    for mergeable in mergeable {
        if let Some(origin) = list.origin(mergeable.rule) {
            let entry = by_rule.entry(origin.rule).or_insert_with(|| (origin, Vec::new()));
            entry.1.extend(&mergeable.into);
        }
    }
    let mut by_rule: Vec<_> = by_rule.into_values().collect();
    by_rule.sort_by_key(|(origin, _)| origin.rule);
    by_rule
}

fn told(facts: &Facts<'_>, list: &List, origin: Origin, into: &[usize]) -> Diagnostic {
    let into = Named::of(facts.sources, list, into);
    let does = if into.is_one() { "does" } else { "do" };
    let message = format!("this rule can go: {into} below {does} the same to all of its numbers");
    let mut found = FINDING.found(message).at(origin.name);
    for rule in into.shown() {
        found = found.at(rule.name).with_label("does the same");
    }
    found.with_help("remove it, or allow it where it is there for its name").with_fix(removal(
        facts,
        origin,
        Applicability::Automatic,
    ))
}
