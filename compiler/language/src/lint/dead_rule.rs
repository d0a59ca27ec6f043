//! `dead-rule`: a rule that never wins, because rules above it take every number that it matches.

use adr_analysis::{Domain, Fate, fates};
use adr_diagnostic::{Diagnostic, Finding, Span};
use hashbrown::{HashMap, HashSet};

use super::dead_fix::{Dead, DeadFixes};
use super::named::Named;
use super::removal::removable;
use super::{Facts, exact_duplicate};
use crate::book::List;

pub(super) static FINDING: Finding = Finding::warning(
    "dead-rule",
    "a rule never wins",
    "The first match wins, and rules above take every number that this one matches: one of them alone, or several\n\
     together. So it never does anything, and whoever reads it is misled.\n\n\
     ```adr\napplication {\n  rule \"All of seven\" { digits 7; prefix 9 }\n  \
     rule \"Block 555\" { begins-with 555; digits 7; prefix 8 }\n}\n```\n\n\
     Move it above the rules that are named: then it wins. `adrc check --fix --unsafe` moves it when one of them is for\n\
     all of its numbers and more. Where the rules above do the same to all of its numbers, `adrc check --fix` removes\n\
     it; that changes no number.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let lists: Vec<(&List, Vec<Fate>)> = facts
        .lists()
        .map(|(_, _, list, _)| (list, fates(list.rules(), Domain::Dialable)))
        .collect();
    let dead = |fates: &[Fate]| -> Vec<usize> {
        let dead = fates
            .iter()
            .enumerate()
            .filter(|(_, fate)| matches!(fate, Fate::Dead(_)));
        dead.map(|(at, _)| at).collect()
    };
    let removable = removable(
        &lists
            .iter()
            .map(|(list, fates)| (*list, dead(fates)))
            .collect::<Vec<_>>(),
    );
    let mut all = Vec::new();
    for (list, fates) in &lists {
        let repeated: HashSet<usize> = match fates.iter().any(|fate| matches!(fate, Fate::Dead(_)))
        {
            true => exact_duplicate::duplicates(list)
                .into_iter()
                .map(|(at, _)| at)
                .collect(),
            false => HashSet::new(),
        };
        all.extend(wholly_dead(list, fates, &repeated));
    }
    let mut fixes = DeadFixes::of(facts, &all);
    for dead in &all {
        let mut diagnostic = told(facts, dead).with_help(fixes.help(dead));
        if removable.contains(&dead.origin.rule) {
            diagnostic.fix = fixes.fix(dead);
        }
        found.push(diagnostic);
    }
}

/// Written rules all of whose file rules are dead; those that only repeat others are left to
/// `exact-duplicate`.
fn wholly_dead<'l>(list: &'l List, fates: &'l [Fate], repeated: &HashSet<usize>) -> Vec<Dead<'l>> {
    let mut by_rule: HashMap<Span, (Dead<'l>, bool, bool)> = HashMap::new();
    if !fates.iter().any(|fate| matches!(fate, Fate::Dead(_))) {
        return Vec::new();
    }
    for (at, fate) in fates.iter().enumerate() {
        let Some(origin) = list.origin(at) else {
            continue;
        };
        let (dead, is_dead, repeats) = by_rule.entry(origin.rule).or_insert_with(|| {
            let rows = Vec::new();
            (Dead { list, origin, rows }, true, true)
        });
        match fate {
            Fate::Dead(by) => dead.rows.push((at, by)),
            Fate::Alive | Fate::Impossible => *is_dead = false,
        }
        *repeats &= repeated.contains(&at);
    }
    let dead = by_rule.into_values();
    let dead = dead.filter(|(_, is_dead, repeats)| *is_dead && !*repeats);
    let mut dead: Vec<Dead<'l>> = dead.map(|(dead, ..)| dead).collect();
    dead.sort_by_key(|dead| dead.origin.rule);
    dead
}

fn told(facts: &Facts<'_>, dead: &Dead<'_>) -> Diagnostic {
    let by: Vec<usize> = dead.rows.iter().flat_map(|(_, by)| *by).copied().collect();
    let coverers = Named::of(facts.sources, dead.list, &by);
    let take = if coverers.is_one() {
        "above takes"
    } else {
        "above together take"
    };
    let message = format!("this rule never wins: {coverers} {take} every number that it matches");
    let mut diagnostic = FINDING.found(message).at(dead.origin.name);
    for coverer in coverers.shown() {
        diagnostic = diagnostic.at(coverer.name).with_label("wins before it");
    }
    diagnostic.covered_by = coverers.into_names();
    diagnostic
}
