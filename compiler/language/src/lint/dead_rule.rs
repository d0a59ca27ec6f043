//! `dead-rule` and `dead-entry`: a rule, or an entry of its begins-with, that never wins, because
//! rules above it take every number that it matches.

use std::ops::Range;

use adr_analysis::Reachability;
use adr_diagnostic::{Applicability, Diagnostic, Finding, Span};
use hashbrown::{HashMap, HashSet};

use super::context::{Context, WrittenList};
use super::dead_fix::{DeadFixes, DeadRule};
use super::declaration::{Cost, Lint};
use super::entries::Entries;
use super::removal::{entry_removal, removable, removable_entries};
use super::rule_names::RuleNames;
use super::wording::listed;
use crate::plan::{List, RuleOrigin};
use crate::resolve::Skipped;

pub(super) static LINT: Lint = Lint { findings: &[&FINDING, &DEAD_ENTRY], cost: Cost::High, check };

static FINDING: Finding =
    Finding::warning("dead-rule", "a rule never wins", include_str!("../pages/dead-rule.md"));

static DEAD_ENTRY: Finding = Finding::warning(
    "dead-entry",
    "an entry of begins-with never wins",
    include_str!("../pages/dead-entry.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let lists: Vec<(&List, &[Reachability])> = context
        .lists()
        .map(|WrittenList { list, .. }| (list, context.reachability(list)))
        .collect();
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
    unmatched(context, &lists, found);
    let (mut rules, mut entries) = (Vec::new(), Vec::new());
    for (list, reachability) in &lists {
        let mut repeated = vec![false; reachability.len()];
        for (at, _) in context.duplicates(list) {
            repeated[*at] = true;
        }
        rules.extend(wholly_dead(list, reachability, &repeated));
        entries.extend(dead_entries(list, reachability, &repeated));
    }
    let mut fixes = DeadFixes::of(context, &rules);
    for dead in &rules {
        let mut diagnostic = rule_diagnostic(context, dead).with_help(fixes.help(dead));
        diagnostic.fix = fixes.fix(dead, removable.contains(&dead.origin.rule));
        found.push(diagnostic);
    }
    if entries.is_empty() {
        return;
    }
    let removable = removable_entries(&idle);
    let mut fixes = DeadFixes::of(context, &entries);
    for dead in &entries {
        let mut diagnostic = entries_diagnostic(context, dead, &fixes);
        diagnostic.fix = fixes.entry_fix(dead, &removable);
        found.push(diagnostic);
    }
}

/// Entries that are skipped with every number of digits of their rule. Removing them is an unsafe
/// fix, because the author may have meant another length.
fn unmatched(
    context: &Context<'_>,
    lists: &[(&List, &[Reachability])],
    found: &mut Vec<Diagnostic>,
) {
    let mut used: Option<HashSet<Span>> = None;
    for skipped in &context.resolved.skipped {
        let Some(mut diagnostic) = unmatched_diagnostic(skipped) else {
            continue;
        };
        // with another value of a `let`, the same entry may have deployed rules
        let used = used.get_or_insert_with(|| values_of(lists));
        let mut values: Vec<Span> = skipped.entries.iter().map(|(at, _)| *at).collect();
        values.sort_unstable();
        values.dedup();
        if !values.iter().any(|value| used.contains(value)) {
            let fix = Applicability::Unsafe;
            diagnostic.fix = entry_removal(context, skipped.name, &values, fix);
        }
        found.push(diagnostic);
    }
}

/// The entries that deployed rules were made from.
fn values_of(lists: &[(&List, &[Reachability])]) -> HashSet<Span> {
    let rows = lists
        .iter()
        .flat_map(|(list, reachability)| (0..reachability.len()).map(|at| list.origin(at)));
    rows.filter_map(|origin| Some(origin?.entry?.value)).collect()
}

fn unmatched_diagnostic(skipped: &Skipped) -> Option<Diagnostic> {
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

/// Consecutive deployed rules of one written rule.
fn runs(list: &List) -> impl Iterator<Item = (RuleOrigin, Range<usize>)> + '_ {
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

/// The written rules that win with some entries and never with others, with the dead deployed
/// rules. Entries that only repeat others are left to `exact-duplicate`.
fn dead_entries<'l>(
    list: &'l List,
    reachability: &'l [Reachability],
    repeated: &[bool],
) -> Vec<DeadRule<'l>> {
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
            found.push(DeadRule { list, origin, rows });
        }
    }
    found
}

/// The rules that take every number of a dead rule.
fn dead_by(reachability: &Reachability) -> Option<&[usize]> {
    match reachability {
        Reachability::Shadowed(by) => Some(by),
        Reachability::Live | Reachability::Impossible => None,
    }
}

fn entries_diagnostic(
    context: &Context<'_>,
    dead: &DeadRule<'_>,
    fixes: &DeadFixes<'_, '_>,
) -> Diagnostic {
    let (list, origin) = (dead.list, dead.origin);
    let coverers = RuleNames::of(context.sources, list, &dead.above());
    let rows: Vec<usize> = dead.rows.iter().map(|(at, _)| *at).collect();
    let entries = Entries::as_written(context.sources, list, &rows);
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

/// The written rules whose deployed rules are all dead. Rules that only repeat others are left to
/// `exact-duplicate`.
fn wholly_dead<'l>(
    list: &'l List,
    reachability: &'l [Reachability],
    repeated: &[bool],
) -> Vec<DeadRule<'l>> {
    if !reachability.iter().any(|one| dead_by(one).is_some()) {
        return Vec::new();
    }
    let is_dead =
        |run: &Range<usize>| reachability[run.clone()].iter().all(|it| dead_by(it).is_some());
    let mut by_rule: HashMap<Span, DeadRule<'l>> = HashMap::new();
    for (origin, run) in runs(list).filter(|(_, run)| is_dead(run)) {
        let dead = by_rule.entry(origin.rule).or_insert_with(|| {
            let rows = Vec::new();
            DeadRule { list, origin, rows }
        });
        dead.rows.extend(run.filter_map(|at| Some((at, dead_by(&reachability[at])?))));
    }
    by_rule.retain(|_, dead| !dead.rows.iter().all(|(at, _)| repeated[*at]));
    // a rule that a list contains twice, through the default list, may win in one place
    if !by_rule.is_empty() {
        for (origin, _) in runs(list).filter(|(_, run)| !is_dead(run)) {
            by_rule.remove(&origin.rule);
        }
    }
    let mut dead: Vec<DeadRule<'l>> = by_rule.into_values().collect();
    dead.sort_by_key(|dead| dead.origin.rule);
    dead
}

fn rule_diagnostic(context: &Context<'_>, dead: &DeadRule<'_>) -> Diagnostic {
    let coverers = RuleNames::of(context.sources, dead.list, &dead.above());
    let take = if coverers.is_one() { "above takes" } else { "above together take" };
    let message = format!("this rule never wins: {coverers} {take} every number that it matches");
    let mut diagnostic = FINDING.found(message).at(dead.origin.name);
    for coverer in coverers.shown() {
        diagnostic = diagnostic.at(coverer.name).with_label("wins before it");
    }
    diagnostic.covered_by = coverers.into_names();
    diagnostic
}
