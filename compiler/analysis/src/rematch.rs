//! Results that a rule would match again. Clients apply a list once, but an administrator may
//! expect a second pass.

use std::collections::{BTreeSet, HashMap};

use adr_engine::Rule;

use crate::changes::Change;
use crate::domain::Domain;
use crate::normal_form::NormalForm;
use crate::region::{Region, apply_rule, first_without};
use crate::segment::{ResultRegions, for_each_segment};

/// A rule whose result a rule of the same list matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rematch {
    /// The rule that wins, with the first number that shows the rematch.
    pub first: Change,
    /// The rule that matches the result, counted from 0.
    pub next: usize,
    /// The result of that rule for the first result.
    pub second_result: Vec<u8>,
}

impl Rematch {
    /// Whether a second pass would change the result.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.second_result != self.first.result
    }
}

/// Rules with a result that another rule matches, or that the rule itself would change again; at
/// most one rematch for each rule, in the order of the list.
///
/// A rematch that changes the result takes precedence, then the one with the shortest number.
///
/// ```
/// use adr_analysis::{Domain, rematches};
/// use adr_engine::Rule;
///
/// let rules = [Rule::from_deployed("", 7, 0, "408"), Rule::from_deployed("", 10, 0, "91")];
/// let found = rematches(&rules, Domain::Digits);
/// assert_eq!((found[0].first.rule, found[0].next), (0, 1));
/// assert_eq!(found[0].first.result, b"4080000000");
/// assert_eq!(found[0].second_result, b"914080000000");
/// ```
#[must_use]
pub fn rematches(rules: &[Rule], domain: Domain) -> Vec<Rematch> {
    let mut found: Vec<Option<Rematch>> = vec![None; rules.len()];
    let regions = ResultRegions::new(rules);
    let mut second_pass = SecondPass { rules, domain, regions, known: HashMap::new() };
    for_each_segment(rules, &[], domain, |segment| {
        let Some(winner) = segment.winner() else { return };
        let Some(region) = segment.region() else { return };
        let form = segment.normal_form(rules);
        for part in with_whole_results(&region, form.dropped, domain) {
            // dropped bytes come before the bytes that the result continues with
            let text: Vec<u8> = form.text().chain(part.fixed.iter().copied()).collect();
            let best = second_pass.best(&part.region, text);
            let best = best.iter().find(|next| next.is_change || next.rule != winner);
            if let Some(next) = best {
                let witness = [&part.region.begins_with[..], &next.suffix].concat();
                keep_better(&mut found[winner], rematch(rules, winner, next.rule, witness));
            }
        }
    });
    found.into_iter().flatten().collect()
}

fn rematch(rules: &[Rule], rule: usize, next: usize, witness: Vec<u8>) -> Rematch {
    let result = apply_rule(rules.get(rule), &witness);
    Rematch {
        second_result: apply_rule(rules.get(next), &result),
        first: Change { rule, witness, result },
        next,
    }
}

fn keep_better(known: &mut Option<Rematch>, rematch: Rematch) {
    let is_better = known.as_ref().is_none_or(|known| {
        let order = Domain::compare(&rematch.first.witness, &known.first.witness);
        (!rematch.is_change(), order) < (!known.is_change(), std::cmp::Ordering::Equal)
    });
    if is_better {
        *known = Some(rematch);
    }
}

/// A rule that matches results, and the first of them.
#[derive(Clone, Debug)]
struct NextMatch {
    /// Counted from 0.
    rule: usize,
    /// What the number has after the prefix of its region.
    suffix: Vec<u8>,
    /// Whether the rule changes the result.
    is_change: bool,
}

/// What results have in common.
#[derive(Debug, PartialEq, Eq, Hash)]
struct ResultKey {
    /// What they begin with.
    text: Vec<u8>,
    length: usize,
    /// Whether the numbers have no common prefix that `text` replaces.
    is_inserted: bool,
}

/// What a second pass does to results.
struct SecondPass<'r> {
    rules: &'r [Rule],
    domain: Domain,
    regions: ResultRegions<'r>,
    /// The answers so far. Many rules may have the same results.
    known: HashMap<ResultKey, Vec<NextMatch>>,
}

impl SecondPass<'_> {
    /// The best matches for numbers whose results have `text` in place of the prefix of `region`:
    /// at most two, so that one of them is by another rule than the first.
    fn best(&mut self, region: &Region<'static>, text: Vec<u8>) -> Vec<NextMatch> {
        let length = text.len() + region.lengths.from - region.begins_with.len();
        let key = ResultKey { text, length, is_inserted: region.begins_with.is_empty() };
        if !region.except.is_empty() {
            return self.search(region, &key.text, length);
        }
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let best = self.search(region, &key.text, length);
        self.known.insert(key, best.clone());
        best
    }

    fn search(&mut self, region: &Region<'static>, text: &[u8], length: usize) -> Vec<NextMatch> {
        let mut best: Vec<NextMatch> = Vec::new();
        let start = region.begins_with.len();
        for results in self.regions.below(text, length) {
            let Some(rule) = results.winner else { continue };
            let to_number =
                |result: &[u8]| [&region.begins_with[..], &result[text.len()..]].concat();
            let holes: Vec<Vec<u8>> = results.holes.iter().map(|hole| to_number(hole)).collect();
            let inside = region.narrowed(to_number(results.prefix), holes, self.domain);
            let Some(inside) = inside else { continue };
            let second = NormalForm::of(self.rules.get(rule), results.prefix, length);
            let identity = NormalForm::of(None, results.prefix, length);
            if let Some((witness, is_change)) = witness(&inside, &second, &identity, self.domain) {
                let suffix = witness[start..].to_vec();
                keep_two(&mut best, NextMatch { rule, suffix, is_change });
            }
        }
        best
    }
}

/// The first number of a region whose result a second pass changes, and true; or the first number
/// of all, and false.
fn witness(
    region: &Region<'static>,
    second: &NormalForm<'_>,
    identity: &NormalForm<'_>,
    domain: Domain,
) -> Option<(Vec<u8>, bool)> {
    let changed = if second.equals(identity) {
        None
    } else {
        let coincidence = second.coincidence(identity);
        let coincidence =
            coincidence.map(|coincidence| coincidence.shifted(region.begins_with.len()));
        first_without(region, coincidence.as_ref(), domain)
    };
    match changed {
        Some(witness) => Some((witness, true)),
        None => region.first(domain).map(|witness| (witness, false)),
    }
}

/// Adds a match and keeps the best two, of different rules.
fn keep_two(best: &mut Vec<NextMatch>, next: NextMatch) {
    best.push(next);
    best.sort_by(|a, b| {
        let by_number = || Domain::compare(&a.suffix, &b.suffix);
        b.is_change.cmp(&a.is_change).then_with(by_number)
    });
    if let [first, second, ..] = &best[..]
        && first.rule == second.rule
    {
        best.remove(1);
    }
    best.truncate(2);
}

/// Part of a region. Its results are a text, then `fixed`, then what the numbers have after
/// `begins_with`.
struct Part {
    region: Region<'static>,
    fixed: Vec<u8>,
}

/// Splits a region whose rule drops so many free bytes into parts that have every result.
///
/// Of numbers that differ only in the dropped bytes, one is enough.
fn with_whole_results(region: &Region<'static>, dropped: usize, domain: Domain) -> Vec<Part> {
    if dropped == 0 {
        return vec![Part { region: region.clone(), fixed: Vec::new() }];
    }
    let end = region.begins_with.len() + dropped;
    let mut seen: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut parts = Vec::new();
    for mut gap in region.gaps(domain) {
        gap.resize(gap.len().max(end), b'0');
        let fixed = gap[end..].to_vec();
        if !(0..=fixed.len()).any(|length| seen.contains(&fixed[..length])) {
            let region = region.narrowed(gap, [], domain);
            parts.extend(region.map(|region| Part { region, fixed: fixed.clone() }));
            seen.insert(fixed);
        }
    }
    parts
}
