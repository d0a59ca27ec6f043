//! `exact-duplicate`: a rule that stands in its list twice.

use std::hash::BuildHasher;

use adr_diagnostic::{Applicability, Diagnostic, Finding};
use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use super::Facts;
use super::removal::{removable, removal};
use crate::book::List;

pub(super) static FINDING: Finding = Finding::warning(
    "exact-duplicate",
    "a rule stands in its list twice",
    "The first match wins, so the second one never does anything.\n\n\
     ```adr\napplication {\n  rule \"US\" { begins-with +1; digits 12; remove 1; prefix 9 }\n  \
     rule \"Canada\" { begins-with +1; digits 12; remove 1; prefix 9 }\n}\n```\n\nRemove one of them; `adrc check --fix` removes the lower one.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let lists: Vec<(&List, Vec<(usize, usize)>)> = facts
        .lists()
        .map(|(_, _, list, _)| (list, duplicates(list)))
        .collect();
    let positions = |(list, duplicates): &(_, Vec<(usize, usize)>)| {
        (*list, duplicates.iter().map(|(at, _)| *at).collect())
    };
    let removable = removable(&lists.iter().map(positions).collect::<Vec<_>>());
    for (list, duplicates) in &lists {
        for (at, before) in duplicates {
            let (Some(origin), Some(first)) = (list.origin(*at), list.origin(*before)) else {
                continue;
            };
            let name = facts.sources.slice(first.name);
            let message = format!("the rule `{name}` above does the same, so this one never wins");
            let diagnostic = FINDING
                .found(message)
                .at(origin.name)
                .at(first.name)
                .with_label("the same rule")
                .with_help("remove one of them");
            found.push(if removable.contains(&origin.rule) {
                diagnostic.with_fix(removal(facts, origin, Applicability::Automatic))
            } else {
                diagnostic
            });
        }
    }
}

/// Positions of rules that are equal to an earlier one, with that one's.
pub(super) fn duplicates(list: &List) -> Vec<(usize, usize)> {
    let rules = list.rules();
    let hash = |at: u32| FxBuildHasher.hash_one(&rules[at as usize]);
    let mut first: HashTable<u32> = HashTable::with_capacity(rules.len());
    let mut duplicates = Vec::new();
    for at in (0..).take(rules.len()) {
        let same = |other: &u32| rules[*other as usize] == rules[at as usize];
        let known = *first
            .entry(hash(at), same, |other| hash(*other))
            .or_insert(at)
            .get();
        if known != at {
            duplicates.push((at as usize, known as usize));
        }
    }
    duplicates
}
