//! Results that another rule would match: nothing chains, but a person may have expected it.

use std::collections::{BTreeSet, HashMap};

use adr_engine::Rule;

use crate::changes::Change;
use crate::compose::{Cells, pieces};
use crate::domain::Domain;
use crate::form::Form;
use crate::region::{Region, first_outside, rewritten};

/// A rule whose result a rule of the same list would match again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The rule that decides, and what it does to the first number that shows it.
    pub first: Change,
    /// The rule that matches the result, counted from 0.
    pub next: usize,
    /// What that rule would make of the result.
    pub again: Vec<u8>,
}

/// Rules with a result that another rule would match, or that the rule itself would change once
/// more; at most one chain for each rule, in the order of the list.
///
/// Of several chains of a rule that is given in which the second pass changes something; of these
/// the one with the shortest number.
///
/// ```
/// use adr_analysis::{Domain, chains};
/// use adr_engine::Rule;
///
/// let rules = [Rule::from_deployed("", 7, 0, "408"), Rule::from_deployed("", 10, 0, "91")];
/// let found = chains(&rules, Domain::Digits);
/// assert_eq!((found[0].first.rule, found[0].next), (0, 1));
/// assert_eq!((&found[0].first.result[..], &found[0].again[..]), (&b"4080000000"[..], &b"914080000000"[..]));
/// ```
#[must_use]
pub fn chains(rules: &[Rule], domain: Domain) -> Vec<Chain> {
    let mut found: Vec<Option<Chain>> = vec![None; rules.len()];
    let mut again = Again { rules, domain, cells: Cells::new(rules), known: HashMap::new() };
    pieces((rules, &[]), domain, |piece| {
        let Some(winner) = piece.winner() else { return };
        let Some(region) = piece.region() else { return };
        let form = piece.form(rules);
        for part in with_whole_results(&region, form.dropped, domain) {
            // what is dropped lies in front of what the result goes on with
            let text: Vec<u8> = form.text().chain(part.fixed.iter().copied()).collect();
            let best = again.best(&part.region, text);
            let best = best.iter().find(|next| next.is_change || next.rule != winner);
            if let Some(next) = best {
                let witness = [&part.region.begins_with[..], &next.behind].concat();
                keep_best(&mut found[winner], chain(rules, (winner, next.rule), witness));
            }
        }
    });
    found.into_iter().flatten().collect()
}

/// A rule that matches results, and the first of them.
#[derive(Clone, Debug)]
struct Next {
    rule: usize,
    /// What the number goes on with.
    behind: Vec<u8>,
    /// Whether the rule changes the result.
    is_change: bool,
}

/// What a second pass does to results.
struct Again<'r> {
    rules: &'r [Rule],
    domain: Domain,
    cells: Cells<'r>,
    /// By what results begin with, their length, and whether that stands in the place of nothing.
    /// Many rules may have the same results.
    known: HashMap<(Vec<u8>, usize, bool), Vec<Next>>,
}

impl Again<'_> {
    /// The best rules for numbers that come out with `text` in the place of what they begin with:
    /// at most two, so that one of them is another rule than the first.
    fn best(&mut self, region: &Region<'static>, text: Vec<u8>) -> Vec<Next> {
        let length = text.len() + region.lengths.from - region.begins_with.len();
        let key = (text, length, region.begins_with.is_empty());
        if !region.except.is_empty() {
            return self.look(region, &key.0, length);
        }
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let best = self.look(region, &key.0, length);
        self.known.insert(key, best.clone());
        best
    }

    fn look(&mut self, region: &Region<'static>, text: &[u8], length: usize) -> Vec<Next> {
        let mut best: Vec<Next> = Vec::new();
        let start = region.begins_with.len();
        for cell in self.cells.below(text, length) {
            let Some(rule) = cell.winner else { continue };
            let moved =
                |of_results: &[u8]| [&region.begins_with[..], &of_results[text.len()..]].concat();
            let holes: Vec<Vec<u8>> = cell.holes.iter().map(|hole| moved(hole)).collect();
            let inside = region.narrowed(moved(cell.prefix), holes, self.domain);
            let Some(inside) = inside else { continue };
            let once_more = Form::of(self.rules.get(rule), cell.prefix, length);
            if let Some((witness, is_change)) =
                witness(&inside, cell.prefix, &once_more, (self.domain, length))
            {
                let behind = witness[start..].to_vec();
                keep_two(&mut best, Next { rule, behind, is_change });
            }
        }
        best
    }
}

/// The first number of a region whose result, which begins with `place`, a second pass changes; or,
/// where it changes none, the first of all.
fn witness(
    region: &Region<'static>,
    place: &[u8],
    once_more: &Form<'_>,
    (domain, length): (Domain, usize),
) -> Option<(Vec<u8>, bool)> {
    let same = Form::of(None, place, length);
    let changed = if once_more.equals(&same) {
        None
    } else {
        let start = region.begins_with.len();
        let agreement = once_more.agreement(&same);
        let agreement = agreement.map(|(behind, bytes)| (start + behind, bytes));
        first_outside(region, agreement.as_ref(), domain)
    };
    match changed {
        Some(witness) => Some((witness, true)),
        None => region.first(domain).map(|witness| (witness, false)),
    }
}

/// Puts what is better in front; of one rule the best is kept.
fn keep_two(best: &mut Vec<Next>, next: Next) {
    best.push(next);
    best.sort_by(|a, b| {
        let by_number = || Domain::order(&a.behind, &b.behind);
        b.is_change.cmp(&a.is_change).then_with(by_number)
    });
    if let [first, second, ..] = &best[..]
        && first.rule == second.rule
    {
        best.remove(1);
    }
    best.truncate(2);
}

impl Chain {
    /// Whether the second pass would change the result.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.again != self.first.result
    }
}

fn chain(rules: &[Rule], (rule, next): (usize, usize), witness: Vec<u8>) -> Chain {
    let result = rewritten(rules.get(rule), &witness);
    Chain {
        again: rewritten(rules.get(next), &result),
        first: Change { rule, witness, result },
        next,
    }
}

fn keep_best(known: &mut Option<Chain>, chain: Chain) {
    let is_better = known.as_ref().is_none_or(|known| {
        let order = Domain::order(&chain.first.witness, &known.first.witness);
        (!chain.is_change(), order) < (!known.is_change(), std::cmp::Ordering::Equal)
    });
    if is_better {
        *known = Some(chain);
    }
}

/// Part of a region whose results are a text, then `fixed`, then all that stands behind
/// `begins_with`.
struct Part {
    region: Region<'static>,
    fixed: Vec<u8>,
}

/// A region of which so many bytes are dropped, in parts that hold every result.
///
/// Of numbers that differ only in what is dropped one is enough.
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
            parts.extend(
                region
                    .narrowed(gap, [], domain)
                    .map(|region| Part { region, fixed: fixed.clone() }),
            );
            seen.insert(fixed);
        }
    }
    parts
}
