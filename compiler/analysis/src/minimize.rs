//! The smallest list that gives the same results, by the ORTC algorithm (see [`candidates`]).

mod candidates;
mod rewrite;
mod selection;

use adr_engine::Rule;

use crate::actions::ActionTable;
use crate::difference::first_difference;
use crate::domain::Domain;
use crate::length_class::{LengthClass, MAX_LENGTH};
use crate::reachability::{Reachability, reachability};
use crate::tree::trees;
use candidates::Candidates;
use selection::{SelectedRule, select};

/// A list that gives the same results as another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minimal {
    /// The rules, in priority order.
    pub rules: Vec<Rule>,
    /// For each of them the rule of the old list with the same effect there, counted from 0, whose
    /// name it takes over; `None` when numbers were unchanged.
    pub sources: Vec<Option<usize>>,
    /// Whether no list with fewer rules gives the same results.
    ///
    /// Rules for any length are kept, because CUCM accepts no new ones. With such rules, this is
    /// false: a smaller list might exist.
    pub is_minimum: bool,
}

/// The smallest list that gives the same result for every number of `domain`.
///
/// The result is proved equivalent before it is returned. Rules that survive keep their order and
/// their values where that is possible. Exact for rules for one length each, see
/// [`Minimal::is_minimum`]. A list that cannot be reduced is returned unchanged.
///
/// ```
/// use adr_analysis::{Domain, minimize};
/// use adr_engine::Rule;
///
/// // numbers of five digits stay unchanged with or without the rules for 4 and 5
/// let rules = [
///     Rule::from_deployed("4", 5, 1, "4"),
///     Rule::from_deployed("5", 5, 1, "5"),
///     Rule::from_deployed("9", 5, 1, ""),
/// ];
/// let minimal = minimize(&rules, Domain::Anything);
/// assert!(minimal.is_minimum);
/// assert_eq!(minimal.rules.len(), 1);
/// assert_eq!(minimal.sources, [Some(2)]);
/// ```
#[must_use]
pub fn minimize(rules: &[Rule], domain: Domain) -> Minimal {
    let is_equivalent =
        |minimal: &Minimal| first_difference(rules, &minimal.rules, domain).is_none();
    smaller(rules, domain).filter(is_equivalent).unwrap_or_else(|| Minimal {
        rules: rules.to_vec(),
        sources: (0..rules.len()).map(Some).collect(),
        is_minimum: false,
    })
}

/// A list that is not longer, and not proved equivalent yet.
fn smaller(rules: &[Rule], domain: Domain) -> Option<Minimal> {
    let any = any_length(rules, domain);
    let kept: Vec<Rule> = any.iter().map(|at| rules[*at].clone()).collect();
    let selected = exact_lengths(rules, &kept, domain)?;
    let mut minimal = Minimal {
        rules: Vec::with_capacity(selected.len() + any.len()),
        sources: Vec::with_capacity(selected.len() + any.len()),
        is_minimum: any.is_empty(),
    };
    // lengths that are not analyzed
    let exceeds = |at: &usize| rules[*at].length().is_some_and(|length| length > MAX_LENGTH);
    minimal.extend_unchanged(rules, (0..rules.len()).filter(exceeds));
    minimal.extend_in_order(selected);
    minimal.extend_unchanged(rules, any);
    (minimal.rules.len() <= rules.len()).then_some(minimal)
}

impl Minimal {
    fn extend_unchanged(&mut self, rules: &[Rule], kept: impl IntoIterator<Item = usize>) {
        for at in kept {
            self.rules.push(rules[at].clone());
            self.sources.push(Some(at));
        }
    }

    /// Appends rules in an order in which inner rules come before those around them, as near to the
    /// old order as possible. In `selected`, a rule comes after those around it.
    fn extend_in_order(&mut self, mut selected: Vec<SelectedRule>) {
        let mut rank: Vec<u32> =
            selected.iter().map(|selected| selected.source.unwrap_or(0)).collect();
        for (at, rule) in selected.iter().enumerate().rev() {
            if let Some(outer) = rule.within {
                rank[outer as usize] = rank[outer as usize].max(rank[at]);
            }
        }
        // rank, then the longer begins-with first, then the position of the rule
        let key = |at: usize| {
            let shortness = u32::MAX - selected[at].rule.begins_with().len() as u32;
            u128::from(rank[at]) << 64 | u128::from(shortness) << 32 | at as u128
        };
        let mut order: Vec<u128> = (0..selected.len()).map(key).collect();
        order.sort_unstable();
        let none = Rule::from_deployed("", 0, 0, "");
        for key in order {
            let SelectedRule { rule, source, .. } = &mut selected[key as u32 as usize];
            self.sources.push(source.map(|source| source as usize));
            self.rules.push(std::mem::replace(rule, none.clone()));
        }
    }
}

/// Positions of the rules for any length that can win in a list of only such rules.
fn any_length(rules: &[Rule], domain: Domain) -> Vec<usize> {
    let any: Vec<usize> = (0..rules.len()).filter(|at| rules[*at].length().is_none()).collect();
    let alone: Vec<Rule> = any.iter().map(|at| rules[*at].clone()).collect();
    let reachability = reachability(&alone, domain);
    let live = any
        .into_iter()
        .zip(reachability)
        .filter(|(_, reachability)| *reachability == Reachability::Live);
    live.map(|(at, _)| at).collect()
}

/// The fewest rules for one length each that give the same results above `kept`.
fn exact_lengths(rules: &[Rule], kept: &[Rule], domain: Domain) -> Option<Vec<SelectedRule>> {
    let actions = ActionTable::new(&[rules, kept]);
    let mut selected = Vec::with_capacity(rules.len());
    for (class, tree) in trees(&[rules, kept], domain) {
        if is_exact(rules, &class) {
            select(&Candidates::compute(&tree, &actions), &mut selected)?;
        }
    }
    Some(selected)
}

/// Whether a class has one length, which some rule names.
fn is_exact(rules: &[Rule], class: &LengthClass<'_>) -> bool {
    let length = Some(class.lengths.from);
    let mut own = class.entries.iter().filter(|entry| entry.list() == 0);
    class.lengths.to == length && own.any(|entry| rules[entry.rule() as usize].length() == length)
}
