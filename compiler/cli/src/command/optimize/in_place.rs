//! `--write`: removes or shrinks rules in their files, and keeps all other text.

mod shrink;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use adr_analysis::{Domain, Reachability, mergeable, reachability};
use adr_diagnostic::{Edit, SourceId, Span, edited};
use adr_engine::Rule;
use adr_language::{DialPlan, EntryFile, Levels, RuleOrigin, Snapshot, load, remove_rule};
use adr_watcher::sources::{self, Disk};

use super::prove;
use crate::console::Console;
use crate::dial_plan::{reject, rewrite};
use crate::failure::{Failure, Status};
use crate::format::FindingsAs;
use adr_render::domain::every;
use adr_render::lists::{NamedList, Rules};
use adr_render::optimized::{Smaller, becomes, smaller};
use adr_render::text::count;

/// How a rule of the source changes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Rewrite {
    Keep,
    Remove,
    /// It compiles to these file rules.
    Replace(Vec<Rule>),
}

/// Reduces the sources until no more rules can be removed, proves that every list is equal, and
/// then writes. A second run finds nothing to remove.
pub(super) fn run(
    entries: &[EntryFile],
    domain: Domain,
    console: &Console,
) -> Result<Status, Failure> {
    if entries.iter().any(|entry| entry.path == "-") {
        return Err(Failure::new("standard input: there is no file to write", "name the file"));
    }
    let mut snapshot = Snapshot::new(&Disk);
    let checked = sources::check(load(&snapshot, entries), &Levels::default().without_tests())?;
    let plan = match checked.into_plan_and_report() {
        Ok((plan, _)) => Arc::new(plan),
        Err(errors) => return reject(&[*errors], FindingsAs::Messages, console),
    };
    let original = Rules::of_plan(&plan);
    let mut now = plan;
    while let Some(next) = step(&mut snapshot, entries, &now, domain) {
        now = next;
    }
    prove(&original, &now, domain)?;
    let changes = snapshot.changes();
    rewrite(&changes)?;
    let message = match changes.len() {
        0 => format!("no rule can be removed in place{}", hint(&original, domain)),
        files => format!(
            "{} in {}; proved: {} has the same result",
            becomes(total(lists(&original)), total(lists(&Rules::of_plan(&now)))),
            count(files, "file"),
            every(domain, &[])
        ),
    };
    console.message(message);
    Ok(Status::Done)
}

/// A plan with fewer rules, which `snapshot` then holds; `None` if no rule can be removed.
fn step(
    snapshot: &mut Snapshot<'_>,
    entries: &[EntryFile],
    plan: &Arc<DialPlan>,
    domain: Domain,
) -> Option<Arc<DialPlan>> {
    let listed = Rules::of_plan(plan);
    let smaller = smaller(&listed, domain);
    // first the smallest list; where its rules have another order, only removals
    for rewrites in [smallest as fn(&Smaller<'_>, Domain) -> _, removals] {
        let texts = texts(plan, &combined(&smaller, domain, rewrites));
        let undo = snapshot.edit(&texts);
        let checked = load(snapshot, entries).check(&Levels::default().without_tests());
        let after = checked.into_plan().map(Arc::new);
        let after = after.filter(|after| {
            prove(&listed, after, domain).is_ok()
                && total(lists(&Rules::of_plan(after))) < total(lists(&listed))
        });
        match after {
            Some(after) => return Some(after),
            None => snapshot.undo(undo),
        }
    }
    None
}

/// What else to do if no rule can be removed in place.
fn hint(original: &[NamedList], domain: Domain) -> &'static str {
    let smaller = smaller(original, domain);
    let is_smaller = smaller
        .iter()
        .any(|smaller| smaller.minimal.rules.len() < smaller.listed.rules.rules().len());
    if is_smaller { "; `-o FILE` writes a smaller source" } else { "" }
}

fn lists(listed: &[NamedList]) -> impl Iterator<Item = &[Rule]> {
    listed.iter().map(|listed| listed.rules.rules())
}

/// The number of rules of all lists. A list that views share counts once.
fn total<'l>(lists: impl Iterator<Item = &'l [Rule]>) -> usize {
    let mut seen = HashSet::new();
    lists.filter(|list| seen.insert(list.as_ptr())).map(<[Rule]>::len).sum()
}

/// How every rule of the source changes. A rule that lists change differently is kept.
fn combined(
    smaller: &[Smaller<'_>],
    domain: Domain,
    rewrites: fn(&Smaller<'_>, Domain) -> HashMap<Span, Rewrite>,
) -> BTreeMap<Span, (Rewrite, RuleOrigin)> {
    let mut combined: BTreeMap<Span, (Rewrite, RuleOrigin)> = BTreeMap::new();
    let mut seen = HashSet::new();
    for smaller in smaller {
        let rules = &smaller.listed.rules;
        if rules.rules().is_empty() || !seen.insert(rules.rules().as_ptr()) {
            continue;
        }
        let rewrites = rewrites(smaller, domain);
        for at in 0..rules.rules().len() {
            let Some(origin) = rules.origin(at) else {
                continue;
            };
            let rewrite = rewrites.get(&origin.rule).cloned().unwrap_or(Rewrite::Keep);
            let known = combined.entry(origin.rule).or_insert_with(|| (rewrite.clone(), origin));
            if known.0 != rewrite {
                known.0 = Rewrite::Keep;
            }
        }
    }
    combined
}

/// The rewrites that give the smallest list; none if it has the rules in another order.
fn smallest(smaller: &Smaller<'_>, _: Domain) -> HashMap<Span, Rewrite> {
    let rules = &smaller.listed.rules;
    let span = |at: usize| rules.origin(at).map(|origin| origin.rule);
    let mut before: HashMap<Span, (usize, Vec<Rule>)> = HashMap::new();
    for (at, rule) in rules.rules().iter().enumerate() {
        if let Some(span) = span(at) {
            before.entry(span).or_insert_with(|| (at, Vec::new())).1.push(rule.clone());
        }
    }
    let mut after: HashMap<Span, Vec<Rule>> = HashMap::new();
    let mut last = 0;
    for (rule, source) in smaller.rows() {
        let Some(span) = source.and_then(span) else {
            return HashMap::new();
        };
        let Some((place, _)) = before.get(&span).filter(|(place, _)| *place >= last) else {
            return HashMap::new();
        };
        last = *place;
        after.entry(span).or_default().push(rule.clone());
    }
    let rewrite = |(span, (_, before)): (Span, (usize, Vec<Rule>))| {
        let rewrite = match after.remove(&span) {
            None => Rewrite::Remove,
            Some(after) if after == before => Rewrite::Keep,
            Some(after) if have_same_action(&before, &after) => Rewrite::Replace(after),
            Some(_) => Rewrite::Keep,
        };
        (span, rewrite)
    };
    before.into_iter().map(rewrite).collect()
}

/// Whether all rules remove the same digits and add the same prefix.
fn have_same_action(before: &[Rule], after: &[Rule]) -> bool {
    let actions: HashSet<(i32, &str)> =
        before.iter().chain(after).map(|rule| (rule.remove(), rule.prefix())).collect();
    actions.len() == 1
}

/// Removes the rules that never win, and those whose numbers other rules treat the same.
fn removals(smaller: &Smaller<'_>, domain: Domain) -> HashMap<Span, Rewrite> {
    let rules = &smaller.listed.rules;
    let mut is_removed: Vec<bool> = reachability(rules.rules(), domain)
        .iter()
        .map(|reachability| *reachability != Reachability::Live)
        .collect();
    for found in mergeable(rules.rules(), domain) {
        is_removed[found.rule] = true;
    }
    let mut rewrites: HashMap<Span, Rewrite> = HashMap::new();
    for (at, is_removed) in is_removed.into_iter().enumerate() {
        let Some(origin) = rules.origin(at) else {
            continue;
        };
        let rewrite = rewrites.entry(origin.rule).or_insert(Rewrite::Remove);
        if !is_removed {
            *rewrite = Rewrite::Keep;
        }
    }
    rewrites
}

/// Paths and texts of the files that change. A rule whose text does not allow the rewrite is kept.
fn texts(
    plan: &DialPlan,
    rewrites: &BTreeMap<Span, (Rewrite, RuleOrigin)>,
) -> Vec<(String, String)> {
    let sources = plan.sources();
    let mut edits: BTreeMap<SourceId, Vec<Edit>> = BTreeMap::new();
    for (span, (rewrite, origin)) in rewrites {
        if *rewrite == Rewrite::Keep {
            continue;
        }
        let tree = plan.tree(span.source);
        let of_rule = match rewrite {
            Rewrite::Keep => None,
            Rewrite::Remove => Some(remove_rule(tree, sources, *span)),
            Rewrite::Replace(rules) => shrink::edits(tree, sources, *origin, rules),
        };
        edits.entry(span.source).or_default().extend(of_rule.into_iter().flatten());
    }
    let text = |(id, edits): (SourceId, Vec<Edit>)| {
        let source = sources.get(id);
        (source.name().to_owned(), edited(source.text(), &edits))
    };
    edits.into_iter().map(text).collect()
}
