//! The smallest list that gives the same results.

mod label;
mod place;
mod votes;

use adr_engine::Rule;

use crate::actions::ActionTable;
use crate::class::{Class, LONGEST};
use crate::dead::{Reachability, reachability};
use crate::difference::equivalent;
use crate::domain::Domain;
use crate::tree::trees;
use place::{Placed, place};
use votes::Votes;

/// A list that gives the same results as another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minimal {
    /// The rules, in priority order.
    pub rules: Vec<Rule>,
    /// For each of them the rule of the old list that did this at this place, counted from 0, whose
    /// name it goes on with; `None` where numbers were left as they were.
    pub sources: Vec<Option<usize>>,
    /// Whether no list with fewer rules gives the same results. Rules for any length cannot be
    /// written in CUCM, so where a list has some they stay, and it is not known whether fewer would
    /// do.
    pub is_least: bool,
}

/// The smallest list that makes the same of every number of `domain`, proved equal before it is
/// given.
///
/// Rules that survive keep their order and their words where that is possible. Exact for rules of
/// one length each; see [`Minimal::is_least`]. What does not shrink is given back as it was.
///
/// ```
/// use adr_analysis::{Domain, minimise};
/// use adr_engine::Rule;
///
/// // what begins with 4 or 5 stays as it is, and so does everything else of five digits but 9
/// let rules = [
///     Rule::from_deployed("4", 5, 1, "4"),
///     Rule::from_deployed("5", 5, 1, "5"),
///     Rule::from_deployed("9", 5, 1, ""),
/// ];
/// let minimal = minimise(&rules, Domain::Anything);
/// assert!(minimal.is_least);
/// assert_eq!(minimal.rules.len(), 1);
/// assert_eq!(minimal.sources, [Some(2)]);
/// ```
#[must_use]
pub fn minimise(rules: &[Rule], domain: Domain) -> Minimal {
    let minimal = smaller(rules, domain);
    minimal.filter(|minimal| equivalent(rules, &minimal.rules, domain).is_none()).unwrap_or_else(
        || Minimal {
            rules: rules.to_vec(),
            sources: (0..rules.len()).map(Some).collect(),
            is_least: false,
        },
    )
}

/// A list that is no longer, and not proved equal yet.
fn smaller(rules: &[Rule], domain: Domain) -> Option<Minimal> {
    let any = any_length(rules, domain);
    let kept: Vec<Rule> = any.iter().map(|at| rules[*at].clone()).collect();
    let placed = exact_lengths(rules, &kept, domain)?;
    let mut minimal = Minimal {
        rules: Vec::with_capacity(placed.len() + any.len()),
        sources: Vec::with_capacity(placed.len() + any.len()),
        is_least: any.is_empty(),
    };
    // lengths that were not looked at
    let is_far = |at: &usize| rules[*at].length().is_some_and(|length| length > LONGEST);
    minimal.extend_as_before(rules, (0..rules.len()).filter(is_far));
    minimal.extend_in_order(placed);
    minimal.extend_as_before(rules, any);
    (minimal.rules.len() <= rules.len()).then_some(minimal)
}

impl Minimal {
    fn extend_as_before(&mut self, rules: &[Rule], kept: impl IntoIterator<Item = usize>) {
        for at in kept {
            self.rules.push(rules[at].clone());
            self.sources.push(Some(at));
        }
    }

    /// Appends rules in an order in which the longer begins-with comes first, as near to the old
    /// one as it goes. `placed` has what contains a rule in front of it.
    fn extend_in_order(&mut self, mut placed: Vec<Placed>) {
        let mut rank: Vec<u32> = placed.iter().map(|placed| placed.source.unwrap_or(0)).collect();
        for (at, rule) in placed.iter().enumerate().rev() {
            if let Some(above) = rule.within {
                rank[above as usize] = rank[above as usize].max(rank[at]);
            }
        }
        // rank, the longer begins-with first, and where the rule is
        let key = |at: usize| {
            let shortness = u32::MAX - placed[at].rule.begins_with().len() as u32;
            u128::from(rank[at]) << 64 | u128::from(shortness) << 32 | at as u128
        };
        let mut order: Vec<u128> = (0..placed.len()).map(key).collect();
        order.sort_unstable();
        let none = Rule::from_deployed("", 0, 0, "");
        for key in order {
            let placed = &mut placed[key as u32 as usize];
            self.sources.push(placed.source.map(|source| source as usize));
            self.rules.push(std::mem::replace(&mut placed.rule, none.clone()));
        }
    }
}

/// Positions of the rules for any length that can win where no other rules are.
fn any_length(rules: &[Rule], domain: Domain) -> Vec<usize> {
    let any: Vec<usize> = (0..rules.len()).filter(|at| rules[*at].length().is_none()).collect();
    let alone: Vec<Rule> = any.iter().map(|at| rules[*at].clone()).collect();
    let reachability = reachability(&alone, domain);
    let alive = any
        .into_iter()
        .zip(reachability)
        .filter(|(_, reachability)| *reachability == Reachability::Alive);
    alive.map(|(at, _)| at).collect()
}

/// The least rules for one length each that stand above `kept`, class by class.
fn exact_lengths(rules: &[Rule], kept: &[Rule], domain: Domain) -> Option<Vec<Placed>> {
    let actions = ActionTable::new(&[rules, kept]);
    let mut placed = Vec::with_capacity(rules.len());
    for (class, tree) in trees(&[rules, kept], domain) {
        if is_exact(rules, &class) {
            place(&Votes::count(&tree, &actions, domain), &mut placed)?;
        }
    }
    Some(placed)
}

/// Whether some rule names the length of a class.
fn is_exact(rules: &[Rule], class: &Class<'_>) -> bool {
    let length = Some(class.lengths.from);
    let mut own = class.entries.iter().filter(|entry| entry.list() == 0);
    class.lengths.to == length && own.any(|entry| rules[entry.rule() as usize].length() == length)
}
