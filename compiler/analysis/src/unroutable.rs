//! Results that no telephone network can route: a `+` after other characters, and changed codes.

use std::collections::HashSet;

use adr_engine::Rule;

use crate::changes::{Change, ShortestWitnesses};
use crate::domain::{Domain, dialed_symbols};
use crate::length_class::Lengths;
use crate::normal_form::NormalForm;
use crate::region::{first_of_symbols, residue};
use crate::tree::{Tree, trees};

/// Why a telephone network cannot route a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unroutable {
    /// The result has a `+` that is not its first character.
    InnerPlus,
    /// The result is a changed code: the number begins with `*` or `#`, and the rule has an empty
    /// begins-with.
    ChangedCode,
}

/// Rules with such a result, each with the shortest number that has one, in the order of the list.
///
/// Exact for what people dial: `0-9 * #`, optionally after a `+`.
///
/// ```
/// use adr_analysis::{Unroutable, unroutable_results};
/// use adr_engine::Rule;
///
/// let rules = [Rule::from_deployed("", 10, 0, "+1")];
/// let found = unroutable_results(&rules, Unroutable::InnerPlus);
/// assert_eq!(found[0].witness, b"+000000000");
/// assert_eq!(found[0].result, b"+1+000000000");
/// let found = unroutable_results(&rules, Unroutable::ChangedCode);
/// assert_eq!(found[0].result, b"+1*000000000");
/// // numbers that begin with 2 have neither problem
/// let narrow = [Rule::from_deployed("2", 10, 0, "+1")];
/// assert!(unroutable_results(&narrow, Unroutable::InnerPlus).is_empty());
/// ```
#[must_use]
pub fn unroutable_results(rules: &[Rule], problem: Unroutable) -> Vec<Change> {
    // rules for numbers that cannot have the problem do not matter
    let starts: Vec<&[u8]> = rules.iter().map(|rule| starts(rule, problem)).collect();
    let all: HashSet<u8> = starts.iter().copied().flatten().copied().collect();
    if all.is_empty() {
        return Vec::new();
    }
    let is_relevant = |at: &usize| {
        let first = rules[*at].begins_with().as_bytes().first();
        first.is_none_or(|first| all.contains(first))
    };
    let relevant: Vec<usize> = (0..rules.len()).filter(is_relevant).collect();
    let list: Vec<Rule> = relevant.iter().map(|at| rules[*at].clone()).collect();
    let mut found = ShortestWitnesses::default();
    for (class, tree) in trees(&[&list], Domain::Dialable) {
        for at in 0..tree.nodes.len() {
            let winner = tree.nodes[at].best[0];
            let rule = relevant.get(winner as usize).copied();
            let Some(rule) = rule.filter(|rule| !found.has_shorter(*rule, tree.length)) else {
                continue;
            };
            let witness = at_node(
                &tree,
                at,
                class.lengths,
                &Question { rule: &rules[rule], starts: starts[rule] },
            );
            if let Some(witness) = witness {
                found.offer(rule, witness);
            }
        }
    }
    found.into_changes(rules)
}

/// The first symbols of numbers for which a rule has the problem; none when it never has it.
fn starts(rule: &Rule, problem: Unroutable) -> &'static [u8] {
    let first = rule.begins_with().as_bytes().first();
    match problem {
        Unroutable::InnerPlus if writes_inner_plus(rule) => dialed_symbols(0),
        Unroutable::InnerPlus if keeps_plus(rule) && first.is_none_or(|first| *first == b'+') => {
            b"+"
        }
        Unroutable::ChangedCode if first.is_none() => b"*#",
        _ => b"",
    }
}

/// Whether the prefix itself has a `+` after its first character.
fn writes_inner_plus(rule: &Rule) -> bool {
    rule.prefix().bytes().skip(1).any(|byte| byte == b'+')
}

/// Whether the rule puts a prefix in front of a `+`.
fn keeps_plus(rule: &Rule) -> bool {
    rule.remove() == 0 && !rule.prefix().is_empty()
}

/// A rule, and the first symbols of the numbers to look for.
struct Question<'r> {
    rule: &'r Rule,
    starts: &'r [u8],
}

/// The first number in the residue of a node that begins with one of the symbols and is changed.
fn at_node(
    tree: &Tree<'_>,
    at: usize,
    lengths: Lengths,
    question: &Question<'_>,
) -> Option<Vec<u8>> {
    let Question { rule, starts } = *question;
    let prefix = tree.nodes[at].prefix();
    let is_possible = prefix.first().is_none_or(|byte| starts.contains(byte))
        && prefix.iter().skip(1).all(|byte| *byte != b'+');
    let form = NormalForm::of(Some(rule), prefix, tree.length);
    let identity = NormalForm::of(None, prefix, tree.length);
    if starts.is_empty() || !is_possible || form.equals(&identity) {
        return None;
    }
    let coincidence = form.coincidence(&identity);
    let coincidence = coincidence.map(|coincidence| coincidence.shifted(prefix.len()));
    let region = residue(tree, at, lengths, tree.nodes[at].best[0])?;
    let symbols = |at: usize| if at == 0 { starts } else { dialed_symbols(at) };
    first_of_symbols(&region, coincidence.as_ref(), &symbols)
}
