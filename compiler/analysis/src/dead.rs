//! Which rules can win.

use std::collections::HashMap;

use adr_engine::Rule;

use crate::class::{Class, Entry, LONGEST, classes, sweep};
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
/// let rules = [Rule::from_deployed("", 7, 0, "9"), Rule::from_deployed("555", 7, 0, "8")];
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

/// One list, prepared once for several questions, which different threads may ask at the same time.
///
/// The answers are those of [`reachability`] and [`mergeable`](crate::mergeable()).
///
/// ```
/// use adr_analysis::{Domain, Prepared, Reachability};
/// use adr_engine::Rule;
///
/// let rule = |begins_with| Rule::from_deployed(begins_with, 7, 0, "9");
/// let rules = [rule("555"), rule(""), rule("4")];
/// let list = Prepared::new(&rules, Domain::Dialable);
/// let expected = [Reachability::Alive, Reachability::Alive, Reachability::Dead(vec![1])];
/// assert_eq!(list.reachability(), expected);
/// assert_eq!((list.mergeable()[0].rule, &list.mergeable()[0].into[..]), (0, &[1][..]));
/// ```
#[derive(Debug)]
pub struct Prepared<'r> {
    rules: &'r [Rule],
    domain: Domain,
    /// Where all rules are plain: the classes of others may be many, and are made one by one.
    classes: Option<Vec<Class<'r>>>,
}

impl<'r> Prepared<'r> {
    /// Sorts the rules of a list.
    #[must_use]
    pub fn new(rules: &'r [Rule], domain: Domain) -> Self {
        let classes = are_plain(rules, domain).then(|| classes(&[rules], domain).collect());
        Self { rules, domain, classes }
    }

    /// Which rules can win.
    #[must_use]
    pub fn reachability(&self) -> Vec<Reachability> {
        match &self.classes {
            Some(classes) => plain_reachability(self.rules.len(), classes.iter().cloned()),
            None => reachability(self.rules, self.domain),
        }
    }

    /// Rules that win and can be removed without changing any result.
    #[must_use]
    pub fn mergeable(&self) -> Vec<Mergeable> {
        match &self.classes {
            Some(classes) => mergeable_in(self.rules, classes.iter().cloned(), self.domain),
            None => mergeable(self.rules, self.domain),
        }
    }
}

/// Whether a sweep over the begins-with decides about all of the rules.
fn are_plain(rules: &[Rule], domain: Domain) -> bool {
    domain != Domain::Digits && rules.iter().all(is_plain)
}

/// Whether a rule is for one length, and its begins-with has neither `*` nor `#` nor anything
/// stranger.
fn is_plain(rule: &Rule) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_digit() || *byte == b'+';
    rule.length().is_some_and(|length| length <= LONGEST)
        && rule.begins_with().as_bytes().iter().all(is_plain)
}

/// The reachability of plain rules, for domains that have `*` and `#`.
///
/// To cover a rule by several others, one of them must go on with `*`, and none does; so a rule is
/// dead exactly when one above it has a begins-with that begins its own. Such begins-with are open
/// when the sweep over the sorted ones comes to the rule.
fn plain_reachability<'r>(
    count: usize,
    classes: impl IntoIterator<Item = Class<'r>>,
) -> Vec<Reachability> {
    let mut reachability = vec![Reachability::Impossible; count];
    for class in classes {
        let entries = &class.entries;
        // the first rule with the begins-with of each entry, or with what begins it
        let mut first = vec![NONE; entries.len()];
        sweep(entries, |at, above| {
            let rule = entries[at].rule();
            let above = above.map_or(NONE, |above| first[above]);
            reachability[rule as usize] = match above < rule {
                true => Reachability::Dead(vec![above as usize]),
                false => Reachability::Alive,
            };
            first[at] = above.min(rule);
        });
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
    let mut open: Vec<usize> =
        tree.children(at).filter(|child| tree.nodes[*child].depth() == depth + 1).collect();
    while let Some(at) = open.pop() {
        let node = &tree.nodes[at];
        if node.own[0] < limit {
            by.push(node.own[0] as usize);
        } else {
            let depth = node.depth() + 1;
            open.extend(tree.children(at).filter(|child| tree.nodes[*child].depth() == depth));
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
