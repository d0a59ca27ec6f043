//! `redundant-rule`: a rule that can be removed, because rules below it do the same to all of its
//! numbers.

use adr_analysis::{Mergeable, Reachability};
use adr_diagnostic::{Applicability, Diagnostic, Finding, Span};
use hashbrown::HashMap;

use super::context::{Context, WrittenList};
use super::declaration::{Cost, Lint};
use super::removal::{removable, removal};
use super::rule_names::RuleNames;
use crate::plan::{List, RuleOrigin};

pub(super) static LINT: Lint = Lint { findings: &[&FINDING], cost: Cost::Low, check };

static FINDING: Finding = Finding::warning(
    "redundant-rule",
    "a rule does the same as rules below it",
    include_str!("../pages/redundant-rule.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    // a rule without rules below it may be written on purpose
    let has_stand_in = |mergeable: &&Mergeable| !mergeable.into.is_empty();
    let of_list = |list| context.mergeable(list).iter().filter(has_stand_in).collect();
    let lists: Vec<(&List, Vec<&Mergeable>)> =
        context.lists().map(|WrittenList { list, .. }| (list, of_list(list))).collect();
    if lists.iter().all(|(_, mergeable)| mergeable.is_empty()) {
        return;
    }
    let lists_and_idle =
        lists.iter().map(|(list, mergeable)| (*list, idle(context, list, mergeable)));
    let idle: Vec<(&List, Vec<usize>)> = lists_and_idle.collect();
    let removable = removable(&idle);
    for (list, mergeable) in &lists {
        for (origin, into) in by_written_rule(list, mergeable) {
            if removable.contains(&origin.rule) {
                found.push(rule_diagnostic(context, list, origin, &into));
            }
        }
    }
}

/// Rules whose removal changes no result: redundant ones, and those that never win.
fn idle(context: &Context<'_>, list: &List, mergeable: &[&Mergeable]) -> Vec<usize> {
    let reachability = context.reachability(list);
    let mut idle: Vec<usize> =
        (0..reachability.len()).filter(|at| reachability[*at] != Reachability::Live).collect();
    idle.extend(mergeable.iter().map(|mergeable| mergeable.rule));
    idle.sort_unstable();
    idle
}

/// Redundant written rules with the rules that replace them, in the order of the rules.
fn by_written_rule(list: &List, mergeable: &[&Mergeable]) -> Vec<(RuleOrigin, Vec<usize>)> {
    let mut by_rule: HashMap<Span, (RuleOrigin, Vec<usize>)> = HashMap::new();
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

fn rule_diagnostic(
    context: &Context<'_>,
    list: &List,
    origin: RuleOrigin,
    into: &[usize],
) -> Diagnostic {
    let into = RuleNames::of(context.sources, list, into);
    let does = if into.is_one() { "does" } else { "do" };
    let message =
        format!("this rule is redundant: {into} below {does} the same to all of its numbers");
    let mut found = FINDING.found(message).at(origin.name);
    for rule in into.shown() {
        found = found.at(rule.name).with_label("does the same");
    }
    found
        .with_help("remove it, or allow this finding if the rule is documentation")
        .with_fix(removal(context, origin, Applicability::Safe))
}
