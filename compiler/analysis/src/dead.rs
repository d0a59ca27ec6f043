//! Which rules can win.

use std::collections::HashMap;

use adr_engine::Rule;

use crate::class::{Class, Entry, LONGEST, classes};
use crate::domain::Domain;
use crate::runner_up::{Mergeable, mergeable, mergeable_in};
use crate::tree::{NONE, Tree, joined_trees};

/// Whether a rule can ever win.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reachability {
    /// It decides about some number.
    Alive,
    /// Rules above it, counted from 0 and ascending, together take every number that it matches.
    Dead(Vec<usize>),
    /// It matches no number of the domain.
    Impossible,
}

/// The reachability of every rule, in the order of the list.
///
/// Dead by one rule above it, or by several together: `0…`, `1…` to `9…` before the rule for all.
///
/// ```
/// use adr_analysis::{Domain, Reachability, reachability};
/// use adr_engine::Rule;
///
/// let rules = [Rule::as_client_reads("", 7, 0, "9"), Rule::as_client_reads("555", 7, 0, "8")];
/// assert_eq!(reachability(&rules, Domain::Anything), [Reachability::Alive, Reachability::Dead(vec![0])]);
/// ```
#[must_use]
pub fn reachability(rules: &[Rule], domain: Domain) -> Vec<Reachability> {
    if are_plain(rules, domain) {
        return plain_reachability(rules.len(), classes(&[rules], domain));
    }
    let mut reachability = vec![Reachability::Impossible; rules.len()];
    for (class, tree) in joined_trees(&[rules], domain) {
        for at in 0..tree.nodes.len() {
            if tree.nodes[at].own[0] != NONE {
                judge(&tree, at, &mut reachability);
            }
        }
        for same in class.entries.chunk_by(Entry::is_same_prefix) {
            if let [first, later @ ..] = same {
                for entry in later {
                    let shadowed = Reachability::Dead(vec![first.rule() as usize]);
                    merge(&mut reachability[entry.rule() as usize], shadowed);
                }
            }
        }
    }
    repeated(rules, domain, &mut reachability);
    reachability
}

/// The reachability of every rule and the rules that could go, as [`reachability`] and [`mergeable`](crate::mergeable()) give
/// them, for little more work than one of the two.
///
/// ```
/// use adr_analysis::{Domain, Reachability, reachability_and_mergeable};
/// use adr_engine::Rule;
///
/// let rule = |begins_with| Rule::as_client_reads(begins_with, 7, 0, "9");
/// let (reachability, mergeable) = reachability_and_mergeable(&[rule("555"), rule(""), rule("4")], Domain::Dialable);
/// assert_eq!(reachability, [Reachability::Alive, Reachability::Alive, Reachability::Dead(vec![1])]);
/// assert_eq!((mergeable[0].rule, &mergeable[0].into[..]), (0, &[1][..]));
/// ```
#[must_use]
pub fn reachability_and_mergeable(
    rules: &[Rule],
    domain: Domain,
) -> (Vec<Reachability>, Vec<Mergeable>) {
    if !are_plain(rules, domain) {
        return (reachability(rules, domain), mergeable(rules, domain));
    }
    let classes: Vec<Class<'_>> = classes(&[rules], domain).collect();
    let reachability = plain_reachability(rules.len(), classes.iter().cloned());
    (reachability, mergeable_in(rules, classes, domain))
}

/// Whether a sweep over the begins-with decides about all of the rules.
fn are_plain(rules: &[Rule], domain: Domain) -> bool {
    domain != Domain::Digits && rules.iter().all(is_plain)
}

/// Whether a rule is for one length, and its begins-with has neither `*` nor `#` nor anything stranger.
fn is_plain(rule: &Rule) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_digit() || *byte == b'+';
    rule.length().is_some_and(|length| length <= LONGEST)
        && rule.begins_with().as_bytes().iter().all(is_plain)
}

/// The reachability of plain rules, for domains that have `*` and `#`.
///
/// To cover a rule by several others, one of them must go on with `*`, and none does; so a rule is dead
/// exactly when one above it has a begins-with that begins its own. Such begins-with are open when the
/// sweep over the sorted ones comes to the rule.
fn plain_reachability<'r>(
    count: usize,
    classes: impl IntoIterator<Item = Class<'r>>,
) -> Vec<Reachability> {
    let mut reachability = vec![Reachability::Impossible; count];
    for class in classes {
        // begins-with, and the first rule with it or with what it begins with
        let mut open: Vec<(&Entry<'_>, u32)> = Vec::new();
        for entry in class.entries.iter() {
            while open
                .pop_if(|(above, _)| !entry.starts_with(above))
                .is_some()
            {}
            let above = open.last().map_or(NONE, |(_, first)| *first);
            reachability[entry.rule() as usize] = match above < entry.rule() {
                true => Reachability::Dead(vec![above as usize]),
                false => Reachability::Alive,
            };
            open.push((entry, above.min(entry.rule())));
        }
    }
    reachability
}

/// Rules for any length that repeat an earlier one are in no class.
fn repeated(rules: &[Rule], domain: Domain, reachability: &mut [Reachability]) {
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (at, rule) in rules.iter().enumerate() {
        let prefix = rule.begins_with();
        if rule.length().is_some() || prefix.len() > LONGEST || !domain.holds(prefix.as_bytes()) {
            continue;
        }
        let before = *first.entry(prefix).or_insert(at);
        if before != at {
            reachability[at] = Reachability::Dead(vec![before]);
        }
    }
}

/// A rule and what covers it in one class; a rule for any length is in many.
fn judge(tree: &Tree<'_>, at: usize, reachability: &mut [Reachability]) {
    let node = &tree.nodes[at];
    let rule = node.own[0];
    let here = if node.best[0] < rule {
        Reachability::Dead(vec![node.best[0] as usize])
    } else if node.covered_by_children < rule {
        let mut by = Vec::new();
        cover(tree, at, rule, &mut by);
        Reachability::Dead(by)
    } else {
        Reachability::Alive
    };
    merge(&mut reachability[rule as usize], here);
}

/// Rules below a node, all smaller than `limit`, that together take its cone.
fn cover(tree: &Tree<'_>, at: usize, limit: u32, by: &mut Vec<usize>) {
    let depth = tree.nodes[at].depth();
    let mut open: Vec<usize> = tree
        .children(at)
        .filter(|child| tree.nodes[*child].depth() == depth + 1)
        .collect();
    while let Some(at) = open.pop() {
        let node = &tree.nodes[at];
        if node.own[0] < limit {
            by.push(node.own[0] as usize);
        } else {
            let depth = node.depth() + 1;
            open.extend(
                tree.children(at)
                    .filter(|child| tree.nodes[*child].depth() == depth),
            );
        }
    }
    by.sort_unstable();
    by.dedup();
}

/// What is known of a rule from several classes: one in which it lives is enough.
fn merge(known: &mut Reachability, more: Reachability) {
    *known = match (std::mem::replace(known, Reachability::Alive), more) {
        (Reachability::Alive, _) | (_, Reachability::Alive) => Reachability::Alive,
        (Reachability::Impossible, more) => more,
        (known, Reachability::Impossible) => known,
        (Reachability::Dead(mut by), Reachability::Dead(more)) => {
            by.extend(more);
            by.sort_unstable();
            by.dedup();
            Reachability::Dead(by)
        }
    };
}
