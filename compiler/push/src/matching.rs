//! Which record of CUCM becomes which wanted rule.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use adr_engine::Rule;

use crate::record::{Held, normalized};
use crate::wanted::{Naming, Wanted};

/// For each wanted rule, the record that becomes it: one with equal content, in order, but first
/// by name if names are exact; else one with its name; else one for the same beginning and length;
/// else one for the same beginning.
pub(crate) fn pair(old: &[Held], wanted: &Wanted, candidates: &[String]) -> Vec<Option<usize>> {
    let rules: Vec<Rule> = wanted.rules().iter().map(|wanted| normalized(&wanted.rule)).collect();
    let mut pairs = Pairs { of: vec![None; rules.len()], is_used: vec![false; old.len()] };
    if wanted.naming() == Naming::Exact {
        pairs.by(
            |at| Some((&old[at].rule, old[at].record.name.as_str())),
            |at| Some((&rules[at], candidates[at].as_str())),
        );
    }
    pairs.by(|at| Some(&old[at].rule), |at| Some(&rules[at]));
    pairs.by(|at| Some(old[at].record.name.as_str()), |at| Some(candidates[at].as_str()));
    let numbers = |rule: &Rule| (rule.begins_with().to_owned(), rule.length());
    pairs.by(|at| Some(numbers(&old[at].rule)), |at| Some(numbers(&rules[at])));
    pairs.by(|at| beginning(&old[at].rule), |at| beginning(&rules[at]));
    pairs.of
}

/// What the numbers of a rule begin with; `None` if that is nothing.
fn beginning(rule: &Rule) -> Option<&str> {
    Some(rule.begins_with()).filter(|text| !text.is_empty())
}

struct Pairs {
    /// The record of each wanted rule.
    of: Vec<Option<usize>>,
    /// Whether a record has a wanted rule.
    is_used: Vec<bool>,
}

impl Pairs {
    /// Pairs what is left by equal keys, in order.
    fn by<K: Hash + Eq>(
        &mut self,
        key_of_old: impl Fn(usize) -> Option<K>,
        key_of_wanted: impl Fn(usize) -> Option<K>,
    ) {
        let mut left: HashMap<K, VecDeque<usize>> = HashMap::new();
        for at in (0..self.is_used.len()).filter(|at| !self.is_used[*at]) {
            if let Some(key) = key_of_old(at) {
                left.entry(key).or_default().push_back(at);
            }
        }
        if left.is_empty() {
            return;
        }
        for at in 0..self.of.len() {
            if self.of[at].is_some() {
                continue;
            }
            let same = key_of_wanted(at).and_then(|key| left.get_mut(&key));
            if let Some(old) = same.and_then(VecDeque::pop_front) {
                self.of[at] = Some(old);
                self.is_used[old] = true;
            }
        }
    }
}

/// The positions of a longest ascending subsequence.
pub(crate) fn longest_ascending(values: &[usize]) -> Vec<usize> {
    // the position of the smallest last value of a subsequence of each length
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(values.len());
    for (at, value) in values.iter().enumerate() {
        let length = ends.partition_point(|end| values[*end] < *value);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut found: Vec<usize> =
        std::iter::successors(ends.last().copied(), |at| before[*at]).collect();
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_ascending_subsequence_is_found() {
        assert_eq!(longest_ascending(&[3, 0, 1, 2]), [1, 2, 3]);
        assert_eq!(longest_ascending(&[2, 0, 3, 1, 4]).len(), 3);
        assert_eq!(longest_ascending(&[]), [0_usize; 0]);
    }
}
