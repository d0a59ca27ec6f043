//! `dead-rule` and `dead-entry`: a rule, or an entry of its begins-with, that never wins, because
//! rules above it take every number that it matches.

use std::ops::Range;

use adr_analysis::Reachability;
use adr_diagnostic::{Applicability, Diagnostic, Finding, Span};
use hashbrown::{HashMap, HashSet};

use super::Facts;
use super::dead_fix::{Dead, DeadFixes};
use super::entries::{Entries, listed};
use super::named::Named;
use super::removal::{entry_removal, removable, removable_entries};
use crate::book::{List, Origin};
use crate::resolve::Skipped;

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

pub(super) static DEAD_ENTRY: Finding = Finding::warning(
    "dead-entry",
    "an entry of begins-with never wins",
    "Rules above take every number that begins with the entry and is as long as the rule says, so the entry never\n\
     does anything. Other entries of the rule do.\n\n\
     ```adr\napplication {\n  rule \"National\"  { begins-with 0; digits 11; prefix 9 }\n  \
     rule \"Toll free\" { begins-with 0800, 4004; digits 11; prefix 0 }\n}\n```\n\n\
     Move the rule above those that are named, or remove the entry. Where the rules above do the same to all of its\n\
     numbers, `adrc check --fix` removes it; otherwise `adrc check --fix --unsafe` moves the rule or removes the entry.\n\
     A class, a range or a `${list}` is one entry, as it is written: where rules above take a part of it, that is an\n\
     exception, and the note `partly-dead-rule` tells it.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let lists: Vec<(&List, &[Reachability])> =
        facts.lists().map(|(_, _, list, _)| (list, facts.reachability(list))).collect();
    let dead = |reachability: &[Reachability]| -> Vec<usize> {
        let dead = reachability
            .iter()
            .enumerate()
            .filter(|(_, one)| matches!(one, Reachability::Shadowed(_)));
        dead.map(|(at, _)| at).collect()
    };
    let idle = lists.iter().map(|(list, reachability)| (*list, dead(reachability)));
    let idle: Vec<(&List, Vec<usize>)> = idle.collect();
    let removable = removable(&idle);
    unmatched(facts, &lists, found);
    let (mut rules, mut entries) = (Vec::new(), Vec::new());
    for (list, reachability) in &lists {
        let mut repeated = vec![false; reachability.len()];
        for (at, _) in facts.duplicates(list) {
            repeated[*at] = true;
        }
        rules.extend(wholly_dead(list, reachability, &repeated));
        entries.extend(dead_entries(list, reachability, &repeated));
    }
    let mut fixes = DeadFixes::of(facts, &rules);
    for dead in &rules {
        let mut diagnostic = told(facts, dead).with_help(fixes.help(dead));
        diagnostic.fix = fixes.fix(dead, removable.contains(&dead.origin.rule));
        found.push(diagnostic);
    }
    if entries.is_empty() {
        return;
    }
    let removable = removable_entries(&idle);
    let mut fixes = DeadFixes::of(facts, &entries);
    for dead in &entries {
        let mut diagnostic = told_of_entries(facts, dead, &fixes);
        diagnostic.fix = fixes.entry_fix(dead, &removable);
        found.push(diagnostic);
    }
}

/// Entries that are left out with every number of digits of their rule. The removal is offered: the
/// author may have meant another length.
fn unmatched(facts: &Facts<'_>, lists: &[(&List, &[Reachability])], found: &mut Vec<Diagnostic>) {
    let mut used: Option<HashSet<Span>> = None;
    for skipped in &facts.book.skipped {
        let Some(mut diagnostic) = told_of_unmatched(skipped) else {
            continue;
        };
        // the same entry may have file rules where a `let` has another value
        let used = used.get_or_insert_with(|| values_of(lists));
        let mut values: Vec<Span> = skipped.entries.iter().map(|(at, _)| *at).collect();
        values.sort_unstable();
        values.dedup();
        if !values.iter().any(|value| used.contains(value)) {
            let fix = Applicability::Suggestion;
            diagnostic.fix = entry_removal(facts, skipped.name, &values, fix);
        }
        found.push(diagnostic);
    }
}

/// The entries that file rules come from, as written.
fn values_of(lists: &[(&List, &[Reachability])]) -> HashSet<Span> {
    let rows = lists
        .iter()
        .flat_map(|(list, reachability)| (0..reachability.len()).map(|at| list.origin(at)));
    rows.filter_map(|origin| Some(origin?.entry?.value)).collect()
}

fn told_of_unmatched(skipped: &Skipped) -> Option<Diagnostic> {
    let ((first, _), rest) = skipped.entries.split_first()?;
    let texts = skipped.entries.iter();
    let texts: Vec<String> = texts.map(|(_, text)| format!("`{text}`")).collect();
    let message = format!("no number is long enough to begin with {}", listed(&texts));
    let found = DEAD_ENTRY.found(message).at(*first);
    let found = rest.iter().take(2).fold(found, |found, (at, _)| found.at(*at));
    Some(
        found.with_help(
            "write the length of the whole number, or with `rest` how many digits follow",
        ),
    )
}

/// File rules of one written rule that stand together.
fn runs(list: &List) -> impl Iterator<Item = (Origin, Range<usize>)> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        let origin = list.origin(start)?;
        let is_of_rule = |at: &usize| list.origin(*at).is_some_and(|it| it.rule == origin.rule);
        let more = (start + 1..).take_while(is_of_rule).count();
        let run = start..start + 1 + more;
        start = run.end;
        Some((origin, run))
    })
}

/// Of written rules that win by some entry: those of whose entries some never do, with the dead
/// file rules. Entries that only repeat others are left to `exact-duplicate`.
fn dead_entries<'l>(
    list: &'l List,
    reachability: &'l [Reachability],
    repeated: &[bool],
) -> Vec<Dead<'l>> {
    let mut found = Vec::new();
    if !reachability.iter().any(|one| dead_by(one).is_some()) {
        return found;
    }
    let value = |at: usize| Some(list.origin(at)?.entry?.value);
    for (origin, run) in runs(list) {
        let mut rows = Vec::new();
        let mut wins = false;
        let mut start = run.start;
        while start < run.end {
            let same = (start..run.end).take_while(|at| value(*at) == value(start));
            let of_entry = start..start + same.count();
            start = of_entry.end;
            let dead = of_entry.clone().map_while(|at| Some((at, dead_by(&reachability[at])?)));
            let dead: Vec<(usize, &[usize])> = dead.collect();
            let is_dead = dead.len() == of_entry.len();
            wins |= !is_dead;
            if is_dead && !of_entry.clone().all(|at| repeated[at]) {
                rows.extend(dead);
            }
        }
        if wins && !rows.is_empty() {
            found.push(Dead { list, origin, rows });
        }
    }
    found
}

/// The rules that take every number of a dead one.
fn dead_by(reachability: &Reachability) -> Option<&[usize]> {
    match reachability {
        Reachability::Shadowed(by) => Some(by),
        Reachability::Live | Reachability::Impossible => None,
    }
}

fn told_of_entries(facts: &Facts<'_>, dead: &Dead<'_>, fixes: &DeadFixes<'_, '_>) -> Diagnostic {
    let (list, origin) = (dead.list, dead.origin);
    let coverers = Named::of(facts.sources, list, &dead.above());
    let rows: Vec<usize> = dead.rows.iter().map(|(at, _)| *at).collect();
    let entries = Entries::as_written(facts.sources, list, &rows);
    let (wins, them) = match entries.len() {
        1 => ("wins", "it"),
        _ => ("win", "them"),
    };
    let take = match coverers.is_one() {
        true => "above takes",
        false => "above together take",
    };
    let message = format!(
        "{} never {wins}: {coverers} {take} every number of this rule that begins with {them}",
        entries.listed()
    );
    let mut diagnostic = DEAD_ENTRY.found(message);
    for place in entries.places() {
        diagnostic = diagnostic.at(place);
    }
    if diagnostic.labels.is_empty() {
        diagnostic = diagnostic.at(origin.name);
    }
    for coverer in coverers.shown() {
        diagnostic = diagnostic.at(coverer.name).with_label("wins before it");
    }
    diagnostic.covered_by = coverers.into_names();
    diagnostic.with_help(fixes.entry_help(dead, them))
}

/// Written rules all of whose file rules are dead; those that only repeat others are left to
/// `exact-duplicate`.
fn wholly_dead<'l>(
    list: &'l List,
    reachability: &'l [Reachability],
    repeated: &[bool],
) -> Vec<Dead<'l>> {
    if !reachability.iter().any(|one| dead_by(one).is_some()) {
        return Vec::new();
    }
    let is_dead =
        |run: &Range<usize>| reachability[run.clone()].iter().all(|it| dead_by(it).is_some());
    let mut by_rule: HashMap<Span, Dead<'l>> = HashMap::new();
    for (origin, run) in runs(list).filter(|(_, run)| is_dead(run)) {
        let dead = by_rule.entry(origin.rule).or_insert_with(|| {
            let rows = Vec::new();
            Dead { list, origin, rows }
        });
        dead.rows.extend(run.filter_map(|at| Some((at, dead_by(&reachability[at])?))));
    }
    by_rule.retain(|_, dead| !dead.rows.iter().all(|(at, _)| repeated[*at]));
    // a rule that a list holds twice, by way of the default list, may win in one place
    if !by_rule.is_empty() {
        for (origin, _) in runs(list).filter(|(_, run)| !is_dead(run)) {
            by_rule.remove(&origin.rule);
        }
    }
    let mut dead: Vec<Dead<'l>> = by_rule.into_values().collect();
    dead.sort_by_key(|dead| dead.origin.rule);
    dead
}

fn told(facts: &Facts<'_>, dead: &Dead<'_>) -> Diagnostic {
    let coverers = Named::of(facts.sources, dead.list, &dead.above());
    let take = if coverers.is_one() { "above takes" } else { "above together take" };
    let message = format!("this rule never wins: {coverers} {take} every number that it matches");
    let mut diagnostic = FINDING.found(message).at(dead.origin.name);
    for coverer in coverers.shown() {
        diagnostic = diagnostic.at(coverer.name).with_label("wins before it");
    }
    diagnostic.covered_by = coverers.into_names();
    diagnostic
}
