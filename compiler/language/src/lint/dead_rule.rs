//! `dead-rule`: a rule that never wins, because rules above it take every number that it matches.

use adr_analysis::{Domain, Fate, fates};
use adr_diagnostic::{Diagnostic, Finding};
use hashbrown::{HashMap, HashSet};

use super::named::Named;
use super::removal::{removable, removal};
use super::{Facts, exact_duplicate};
use crate::book::{List, Origin};

pub(super) static FINDING: Finding = Finding::warning(
    "dead-rule",
    "a rule never wins",
    "The first match wins, and rules above take every number that this one matches: one of them alone, or several\n\
     together. So it never does anything, and whoever reads it is misled.\n\n\
     ```adr\napplication {\n  rule \"All of seven\" { digits 7; prefix 9 }\n  \
     rule \"Block 555\" { begins-with 555; digits 7; prefix 8 }\n}\n```\n\n\
     Move it above the rules that are named, or remove it; `adrc check --fix` removes it. That changes no number.\n",
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
    for (list, fates) in &lists {
        let repeated: HashSet<usize> = match fates.iter().any(|fate| matches!(fate, Fate::Dead(_)))
        {
            true => exact_duplicate::duplicates(list)
                .into_iter()
                .map(|(at, _)| at)
                .collect(),
            false => HashSet::new(),
        };
        for (origin, by) in wholly_dead(list, fates, &repeated) {
            let diagnostic = told(facts, list, origin, &by);
            found.push(if removable.contains(&origin.rule) {
                diagnostic.with_fix(removal(facts.sources, origin.rule))
            } else {
                diagnostic
            });
        }
    }
}

/// Written rules all of whose file rules are dead, with what covers them; those that only repeat others are
/// left to `exact-duplicate`.
fn wholly_dead(
    list: &List,
    fates: &[Fate],
    repeated: &HashSet<usize>,
) -> Vec<(Origin, Vec<usize>)> {
    let mut by_rule: HashMap<adr_diagnostic::Span, (Origin, Option<Vec<usize>>, bool)> =
        HashMap::new();
    if !fates.iter().any(|fate| matches!(fate, Fate::Dead(_))) {
        return Vec::new();
    }
    for (at, fate) in fates.iter().enumerate() {
        let Some(origin) = list.origin(at) else {
            continue;
        };
        let entry = by_rule
            .entry(origin.rule)
            .or_insert((origin, Some(Vec::new()), true));
        match (fate, &mut entry.1) {
            (Fate::Dead(by), Some(all)) => all.extend(by),
            (_, all) => *all = None,
        }
        entry.2 &= repeated.contains(&at);
    }
    let dead = by_rule
        .into_values()
        .filter_map(|(origin, by, repeats)| Some((origin, by.filter(|_| !repeats)?)));
    let mut dead: Vec<(Origin, Vec<usize>)> = dead.collect();
    dead.sort_by_key(|(origin, _)| origin.rule);
    dead
}

fn told(facts: &Facts<'_>, list: &List, origin: Origin, by: &[usize]) -> Diagnostic {
    let coverers = Named::of(facts.sources, list, by);
    let take = if coverers.is_one() {
        "above takes"
    } else {
        "above together take"
    };
    let message = format!("this rule never wins: {coverers} {take} every number that it matches");
    let mut diagnostic = FINDING.found(message).at(origin.name);
    for coverer in coverers.shown() {
        diagnostic = diagnostic.at(coverer.name).with_label("wins before it");
    }
    diagnostic.covered_by = coverers.into_names();
    diagnostic.with_help("move it above them, or remove it")
}
