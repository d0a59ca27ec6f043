//! Results that another rule would match: nothing chains, but a person may have expected it.

use std::collections::BTreeSet;

use adr_engine::Rule;

use crate::changes::Change;
use crate::compose::{Cells, pieces};
use crate::domain::Domain;
use crate::region::{Region, rewritten};

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

/// Rules with a result that another rule would match, or that the rule itself would change once more; at most one
/// chain for each rule, in the order of the list.
///
/// Of several chains of a rule that is given in which the second pass changes something; of these the one with
/// the shortest number.
///
/// ```
/// use adr_analysis::{Domain, chains};
/// use adr_engine::Rule;
///
/// let rules = [Rule::as_client_reads("", 7, 0, "408"), Rule::as_client_reads("", 10, 0, "91")];
/// let found = chains(&rules, Domain::Digits);
/// assert_eq!((found[0].first.rule, found[0].next), (0, 1));
/// assert_eq!((&found[0].first.result[..], &found[0].again[..]), (&b"4080000000"[..], &b"914080000000"[..]));
/// ```
#[must_use]
pub fn chains(rules: &[Rule], domain: Domain) -> Vec<Chain> {
    let mut found: Vec<Option<Chain>> = vec![None; rules.len()];
    let mut cells = Cells::new(rules);
    pieces((rules, &[]), domain, |piece| {
        let Some(winner) = piece.winner() else { return };
        let Some(region) = piece.region() else { return };
        let form = piece.form(rules);
        let text: Vec<u8> = form.text().collect();
        for part in with_whole_results(&region, form.dropped, domain) {
            // what is dropped lies in front of what the result goes on with
            let text = [&text[..], &part.fixed].concat();
            let kept = part.region.lengths.from - part.region.begins_with.len();
            for cell in cells.below(&text, text.len() + kept) {
                let Some(next) = cell.winner else { continue };
                let moved = |of_results: &[u8]| {
                    [&part.region.begins_with[..], &of_results[text.len()..]].concat()
                };
                let holes: Vec<Vec<u8>> = cell.holes.iter().map(|hole| moved(hole)).collect();
                let Some(region) = part.region.narrowed(moved(cell.prefix), holes, domain) else {
                    continue;
                };
                let chain = region
                    .first(domain)
                    .map(|witness| chain(rules, (winner, next), witness));
                let chain = chain.filter(|chain| next != winner || chain.is_change());
                if let Some(chain) = chain {
                    keep_best(&mut found[winner], chain);
                }
            }
        }
    });
    found.into_iter().flatten().collect()
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
        first: Change {
            rule,
            witness,
            result,
        },
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

/// Part of a region whose results are a text, then `fixed`, then all that stands behind `begins_with`.
struct Part {
    region: Region<'static>,
    fixed: Vec<u8>,
}

/// A region of which so many bytes are dropped, in parts that hold every result.
///
/// Of numbers that differ only in what is dropped one is enough.
fn with_whole_results(region: &Region<'static>, dropped: usize, domain: Domain) -> Vec<Part> {
    if dropped == 0 {
        return vec![Part {
            region: region.clone(),
            fixed: Vec::new(),
        }];
    }
    let end = region.begins_with.len() + dropped;
    let mut seen: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut parts = Vec::new();
    for mut gap in region.gaps(domain) {
        gap.resize(gap.len().max(end), b'0');
        let fixed = gap[end..].to_vec();
        if !(0..=fixed.len()).any(|length| seen.contains(&fixed[..length])) {
            parts.extend(region.narrowed(gap, [], domain).map(|region| Part {
                region,
                fixed: fixed.clone(),
            }));
            seen.insert(fixed);
        }
    }
    parts
}
