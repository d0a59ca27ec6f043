//! Results that a telephone network cannot take: a `+` behind other characters, and rewritten codes.

use std::collections::BTreeMap;

use adr_engine::Rule;

use crate::changes::Change;
use crate::class::{Lengths, classes};
use crate::domain::{Domain, dialed};
use crate::form::Form;
use crate::region::{first_of, residue, rewritten};
use crate::tree::{NONE, Tree};

/// What a rule does that it was hardly written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Misplaced {
    /// A result has a `+` that is not its first character.
    InnerPlus,
    /// A code that begins with `*` or `#` comes out changed, by a rule that does not ask how a number begins.
    Code,
}

/// Rules with such results, at most once for each rule and kind, with the shortest number that shows it, in the
/// order of the list.
///
/// Exact for what people dial: `0-9 * #`, and a `+` in front.
///
/// ```
/// use adr_analysis::{Misplaced, misplaced};
/// use adr_engine::Rule;
///
/// let rules = [Rule::as_client_reads("", 10, 0, "+1")];
/// let found = misplaced(&rules);
/// assert_eq!(found[0].0, Misplaced::InnerPlus);
/// assert_eq!(found[0].1.witness, b"+000000000");
/// assert_eq!(found[0].1.result, b"+1+000000000");
/// assert_eq!((found[1].0, &found[1].1.result[..]), (Misplaced::Code, &b"+1*000000000"[..]));
/// // ten digits that begin with 2 to 9 are neither
/// let narrow = [Rule::as_client_reads("2", 10, 0, "+1")];
/// assert!(misplaced(&narrow).is_empty());
/// ```
#[must_use]
pub fn misplaced(rules: &[Rule]) -> Vec<(Misplaced, Change)> {
    let mut found: BTreeMap<(usize, u8), (Misplaced, Change)> = BTreeMap::new();
    if !rules.iter().any(may_misplace) {
        return Vec::new();
    }
    for class in classes(&[rules], Domain::Dialable) {
        let tree = Tree::build(&class.entries, class.lengths.from, Domain::Dialable);
        for at in 0..tree.nodes.len() {
            let winner = tree.nodes[at].best[0];
            let Some(rule) = rules.get(winner as usize).filter(|_| winner != NONE) else {
                continue;
            };
            for kind in [Misplaced::InnerPlus, Misplaced::Code] {
                let Some(witness) = at_node(&tree, at, class.lengths, (rule, kind)) else {
                    continue;
                };
                let rule = winner as usize;
                let is_better = |(_, known): &(Misplaced, Change)| {
                    Domain::order(&witness, &known.witness).is_lt()
                };
                if found.get(&(rule, kind as u8)).is_none_or(is_better) {
                    let change = Change {
                        rule,
                        result: rewritten(rules.get(rule), &witness),
                        witness,
                    };
                    found.insert((rule, kind as u8), (kind, change));
                }
            }
        }
    }
    found.into_values().collect()
}

/// Whether a rule may do one of these things at all.
fn may_misplace(rule: &Rule) -> bool {
    writes_inner_plus(rule) || rule.begins_with().is_empty() || keeps_plus(rule)
}

/// Whether the prefix itself has a `+` that is not in front.
fn writes_inner_plus(rule: &Rule) -> bool {
    rule.prefix().bytes().skip(1).any(|byte| byte == b'+')
}

/// Whether a `+` in front of a number is kept behind a prefix.
fn keeps_plus(rule: &Rule) -> bool {
    rule.remove() == 0 && !rule.prefix().is_empty()
}

/// The first number of what is left of a node that shows a kind.
fn at_node(
    tree: &Tree<'_>,
    at: usize,
    lengths: Lengths,
    (rule, kind): (&Rule, Misplaced),
) -> Option<Vec<u8>> {
    let first: &[u8] = match kind {
        Misplaced::InnerPlus if writes_inner_plus(rule) => dialed(0),
        Misplaced::InnerPlus if keeps_plus(rule) => b"+",
        Misplaced::Code if rule.begins_with().is_empty() => b"*#",
        _ => return None,
    };
    let prefix = tree.nodes[at].prefix();
    let is_asked = prefix.first().is_none_or(|byte| first.contains(byte))
        && prefix.iter().skip(1).all(|byte| *byte != b'+');
    let form = Form::of(Some(rule), prefix, tree.length);
    let identity = Form::of(None, prefix, tree.length);
    if !is_asked || form.equals(&identity) {
        return None;
    }
    let agreement = form.agreement(&identity);
    let agreement = agreement.map(|(behind, bytes)| (prefix.len() + behind, bytes));
    let region = residue(tree, at, lengths, tree.nodes[at].best[0])?;
    let symbols = |at: usize| if at == 0 { first } else { dialed(at) };
    first_of(&region, agreement.as_ref(), &symbols)
}
