//! The smallest list that gives the same results.

mod label;
mod place;
mod votes;

use std::cmp::Reverse;

use adr_engine::Rule;

use crate::class::{Class, LONGEST, classes};
use crate::dead::{Fate, fates};
use crate::difference::equivalent;
use crate::domain::Domain;
use crate::tree::Tree;
use place::{Placed, place};
use votes::Votes;

/// A list that gives the same results as another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minimal {
    /// The rules, in priority order.
    pub rules: Vec<MinimalRule>,
    /// Whether no list with fewer rules gives the same results. Rules for any length cannot be written in
    /// CUCM, so where a list has some they stay, and it is not known whether fewer would do.
    pub is_least: bool,
}

/// One rule of a minimal list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinimalRule {
    /// The rule.
    pub rule: Rule,
    /// The rule of the old list that did this at this place, counted from 0, whose name it goes on
    /// with; `None` where numbers were left as they were.
    pub source: Option<usize>,
}

/// The smallest list that makes the same of every number of `domain`, proved equal before it is given.
///
/// Rules that survive keep their order and their words where that is possible. Exact for rules of one
/// length each; see [`Minimal::is_least`]. What does not shrink is given back as it was.
///
/// ```
/// use adr_analysis::{Domain, minimise};
/// use adr_engine::Rule;
///
/// // what begins with 4 or 5 stays as it is, and so does everything else of five digits but 9
/// let rules = [
///     Rule::as_client_reads("4", 5, 1, "4"),
///     Rule::as_client_reads("5", 5, 1, "5"),
///     Rule::as_client_reads("9", 5, 1, ""),
/// ];
/// let minimal = minimise(&rules, Domain::Anything);
/// assert!(minimal.is_least);
/// assert_eq!(minimal.rules.len(), 1);
/// assert_eq!(minimal.rules[0].source, Some(2));
/// ```
#[must_use]
pub fn minimise(rules: &[Rule], domain: Domain) -> Minimal {
    let as_it_was = || Minimal {
        rules: rules.iter().cloned().zip(0..).map(as_before).collect(),
        is_least: false,
    };
    let any = any_length(rules, domain);
    let kept: Vec<Rule> = any.iter().map(|at| rules[*at].clone()).collect();
    let Some(placed) = exact_lengths(rules, &kept, domain) else {
        return as_it_was();
    };
    let minimal = Minimal {
        rules: assemble(rules, placed, &any),
        is_least: any.is_empty(),
    };
    let new: Vec<Rule> = minimal.rules.iter().map(|rule| rule.rule.clone()).collect();
    let is_equal = equivalent(rules, &new, domain).is_none();
    if is_equal && new.len() <= rules.len() {
        minimal
    } else {
        as_it_was()
    }
}

fn as_before((rule, at): (Rule, usize)) -> MinimalRule {
    MinimalRule {
        rule,
        source: Some(at),
    }
}

/// Positions of the rules for any length that can win where no other rules are.
fn any_length(rules: &[Rule], domain: Domain) -> Vec<usize> {
    let any: Vec<usize> = (0..rules.len())
        .filter(|at| rules[*at].length().is_none())
        .collect();
    let alone: Vec<Rule> = any.iter().map(|at| rules[*at].clone()).collect();
    let fates = fates(&alone, domain);
    let alive = any
        .into_iter()
        .zip(fates)
        .filter(|(_, fate)| *fate == Fate::Alive);
    alive.map(|(at, _)| at).collect()
}

/// The least rules for one length each that stand above `kept`, class by class.
fn exact_lengths(rules: &[Rule], kept: &[Rule], domain: Domain) -> Option<Vec<Placed>> {
    let mut placed = Vec::new();
    for class in classes(&[rules, kept], domain) {
        if is_exact(rules, &class) {
            let tree = Tree::build(&class.entries, class.lengths.from, domain);
            let votes = Votes::count(&tree, (rules, kept), domain);
            let before = placed.len();
            placed.extend(place(&votes)?.into_iter().map(|mut placed| {
                placed.within = placed.within.map(|within| before + within);
                placed
            }));
        }
    }
    Some(placed)
}

/// Whether some rule names the length of a class.
fn is_exact(rules: &[Rule], class: &Class<'_>) -> bool {
    let length = Some(class.lengths.from);
    let mut own = class.entries.iter().filter(|entry| entry.list == 0);
    class.lengths.to == length && own.any(|entry| rules[entry.rule as usize].length() == length)
}

/// Puts rules in an order in which the longer begins-with comes first, as near to the old one as it goes:
/// those for lengths that were not looked at, those that were placed, those for any length.
fn assemble(rules: &[Rule], placed: Vec<Placed>, any: &[usize]) -> Vec<MinimalRule> {
    let far =
        (0..rules.len()).filter(|at| rules[*at].length().is_some_and(|length| length > LONGEST));
    let old = |at: usize| as_before((rules[at].clone(), at));
    let mut list: Vec<MinimalRule> = far.map(old).collect();
    list.extend(in_order(placed));
    list.extend(any.iter().map(|at| old(*at)));
    list
}

/// `placed` has what contains a rule in front of it.
fn in_order(placed: Vec<Placed>) -> impl Iterator<Item = MinimalRule> {
    let mut rank: Vec<usize> = placed
        .iter()
        .map(|placed| placed.source.unwrap_or(0))
        .collect();
    for (at, rule) in placed.iter().enumerate().rev() {
        if let Some(above) = rule.within {
            rank[above] = rank[above].max(rank[at]);
        }
    }
    let mut ranked: Vec<(usize, Placed)> = rank.into_iter().zip(placed).collect();
    ranked.sort_by_key(|(rank, placed)| (*rank, Reverse(placed.rule.begins_with().len())));
    ranked.into_iter().map(|(_, placed)| MinimalRule {
        rule: placed.rule,
        source: placed.source,
    })
}
