//! Results that a telephone network cannot take: a `+` behind other characters, and rewritten
//! codes.

use std::collections::HashSet;

use adr_engine::Rule;

use crate::changes::{Change, ShortestWitnesses};
use crate::class::Lengths;
use crate::domain::{Domain, dialed};
use crate::form::Form;
use crate::region::{first_of, residue};
use crate::tree::{Tree, trees};

/// What a rule does that it was hardly written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Misplaced {
    /// A result has a `+` that is not its first character.
    InnerPlus,
    /// A code that begins with `*` or `#` comes out changed, by a rule that does not ask how a
    /// number begins.
    Code,
}

/// Rules that do this to some number, each with the shortest one that shows it, in the order of the
/// list.
///
/// Exact for what people dial: `0-9 * #`, and a `+` in front.
///
/// ```
/// use adr_analysis::{Misplaced, misplaced};
/// use adr_engine::Rule;
///
/// let rules = [Rule::from_deployed("", 10, 0, "+1")];
/// let found = misplaced(&rules, Misplaced::InnerPlus);
/// assert_eq!(found[0].witness, b"+000000000");
/// assert_eq!(found[0].result, b"+1+000000000");
/// let found = misplaced(&rules, Misplaced::Code);
/// assert_eq!(found[0].result, b"+1*000000000");
/// // ten digits that begin with 2 are neither
/// let narrow = [Rule::from_deployed("2", 10, 0, "+1")];
/// assert!(misplaced(&narrow, Misplaced::InnerPlus).is_empty());
/// ```
#[must_use]
pub fn misplaced(rules: &[Rule], asked: Misplaced) -> Vec<Change> {
    // rules for other numbers than those that can show it do not matter
    let starts: Vec<&[u8]> = rules.iter().map(|rule| starts(rule, asked)).collect();
    let all: HashSet<u8> = starts.iter().copied().flatten().copied().collect();
    if all.is_empty() {
        return Vec::new();
    }
    let is_near = |at: &usize| {
        let first = rules[*at].begins_with().as_bytes().first();
        first.is_none_or(|first| all.contains(first))
    };
    let near: Vec<usize> = (0..rules.len()).filter(is_near).collect();
    let list: Vec<Rule> = near.iter().map(|at| rules[*at].clone()).collect();
    let mut found = ShortestWitnesses::default();
    for (class, tree) in trees(&[&list], Domain::Dialable) {
        for at in 0..tree.nodes.len() {
            let winner = tree.nodes[at].best[0];
            let rule = near.get(winner as usize).copied();
            let Some(rule) = rule.filter(|rule| !found.has_shorter(*rule, tree.length)) else {
                continue;
            };
            let witness = at_node((&tree, at), class.lengths, &rules[rule], starts[rule]);
            if let Some(witness) = witness {
                found.offer(rule, witness);
            }
        }
    }
    found.into_changes(rules)
}

/// What numbers begin with that show it for a rule; none where the rule does not do it.
fn starts(rule: &Rule, asked: Misplaced) -> &'static [u8] {
    let first = rule.begins_with().as_bytes().first();
    match asked {
        Misplaced::InnerPlus if writes_inner_plus(rule) => dialed(0),
        Misplaced::InnerPlus if keeps_plus(rule) && first.is_none_or(|first| *first == b'+') => {
            b"+"
        }
        Misplaced::Code if first.is_none() => b"*#",
        _ => b"",
    }
}

/// Whether the prefix itself has a `+` that is not in front.
fn writes_inner_plus(rule: &Rule) -> bool {
    rule.prefix().bytes().skip(1).any(|byte| byte == b'+')
}

/// Whether a `+` in front of a number is kept behind a prefix.
fn keeps_plus(rule: &Rule) -> bool {
    rule.remove() == 0 && !rule.prefix().is_empty()
}

/// The first number of what is left of a node that begins with one of these and is changed.
fn at_node(
    (tree, at): (&Tree<'_>, usize),
    lengths: Lengths,
    rule: &Rule,
    starts: &[u8],
) -> Option<Vec<u8>> {
    let prefix = tree.nodes[at].prefix();
    let is_asked = prefix.first().is_none_or(|byte| starts.contains(byte))
        && prefix.iter().skip(1).all(|byte| *byte != b'+');
    let form = Form::of(Some(rule), prefix, tree.length);
    let identity = Form::of(None, prefix, tree.length);
    if starts.is_empty() || !is_asked || form.equals(&identity) {
        return None;
    }
    let agreement = form.agreement(&identity);
    let agreement = agreement.map(|(behind, bytes)| (prefix.len() + behind, bytes));
    let region = residue(tree, at, lengths, tree.nodes[at].best[0])?;
    let symbols = |at: usize| if at == 0 { starts } else { dialed(at) };
    first_of(&region, agreement.as_ref(), &symbols)
}
