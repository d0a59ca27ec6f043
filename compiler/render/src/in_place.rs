//! Rule sources with fewer rules: removes or shortens rules in their text, and keeps all else.

mod shrink;

use std::collections::{BTreeMap, HashMap, HashSet};

use adr_analysis::{Domain, Reachability, mergeable, reachability};
use adr_diagnostic::{Edit, SourceId, Span, edited};
use adr_engine::Rule;
use adr_language::{DialPlan, RuleOrigin, remove_rule};

use crate::optimized::Smaller;

/// Which rules of the source change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Those that the smallest list leaves out or shortens; none if it has the rules in another
    /// order.
    Smallest,
    /// Those that never win, and those whose numbers other rules treat the same, are removed.
    Removals,
}

/// How a rule of the source changes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Rewrite {
    Keep,
    Remove,
    /// It compiles to these file rules.
    Replace(Vec<Rule>),
}

/// Paths and texts of the files of a plan that a reduction changes.
///
/// `smaller` has the smallest list of each list of `plan`. A rule that lists change differently, or
/// whose text does not allow the change, is kept. So the result may have the same rules as before,
/// and the caller proves that it has the same results.
#[must_use]
pub fn reduced(
    plan: &DialPlan,
    smaller: &[Smaller<'_>],
    domain: Domain,
    reduction: Reduction,
) -> Vec<(String, String)> {
    texts(plan, &combined(smaller, domain, reduction))
}

/// How every rule of the source changes. A rule that lists change differently is kept.
fn combined(
    smaller: &[Smaller<'_>],
    domain: Domain,
    reduction: Reduction,
) -> BTreeMap<Span, (Rewrite, RuleOrigin)> {
    let mut combined: BTreeMap<Span, (Rewrite, RuleOrigin)> = BTreeMap::new();
    let mut seen = HashSet::new();
    for smaller in smaller {
        let rules = &smaller.listed.rules;
        if rules.rules().is_empty() || !seen.insert(rules.rules().as_ptr()) {
            continue;
        }
        let rewrites = match reduction {
            Reduction::Smallest => smallest(smaller),
            Reduction::Removals => removals(smaller, domain),
        };
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
fn smallest(smaller: &Smaller<'_>) -> HashMap<Span, Rewrite> {
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
