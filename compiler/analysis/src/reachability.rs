//! Which rules can win.

use std::collections::HashMap;

use adr_engine::Rule;

use crate::domain::Domain;
use crate::length_class::{LengthClass, MAX_LENGTH, PrefixEntry, length_classes, sweep};
use crate::runner_up::{Mergeable, mergeable, mergeable_in};
use crate::tree::{NO_RULE, Tree, joined_trees};

/// Whether a rule can ever win.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reachability {
    /// It wins some number.
    Live,
    /// Rules above it, counted from 0 and ascending, together match every number that it matches.
    Shadowed(Vec<usize>),
    /// It matches no number of the domain.
    Impossible,
}

/// The reachability of every rule, in the order of the list.
///
/// One rule above may shadow a rule, or several together, such as `0…`, `1…` to `9…` above a rule
/// for all numbers.
///
/// ```
/// use adr_analysis::{Domain, Reachability, reachability};
/// use adr_engine::Rule;
///
/// let rules = [Rule::from_deployed("", 7, 0, "9"), Rule::from_deployed("555", 7, 0, "8")];
/// assert_eq!(reachability(&rules, Domain::Anything), [Reachability::Live, Reachability::Shadowed(vec![0])]);
/// ```
#[must_use]
pub fn reachability(rules: &[Rule], domain: Domain) -> Vec<Reachability> {
    if are_plain(rules, domain) {
        return plain_reachability(rules.len(), length_classes(&[rules], domain));
    }
    let mut reachability = vec![Reachability::Impossible; rules.len()];
    for (class, tree) in joined_trees(&[rules], domain) {
        for at in 0..tree.nodes.len() {
            if tree.nodes[at].own[0] != NO_RULE {
                classify(&tree, at, &mut reachability);
            }
        }
        for same in class.entries.chunk_by(PrefixEntry::is_same_prefix) {
            if let [first, later @ ..] = same {
                for entry in later {
                    let shadowed = Reachability::Shadowed(vec![first.rule() as usize]);
                    combine(&mut reachability[entry.rule() as usize], shadowed);
                }
            }
        }
    }
    shadow_repeats(rules, domain, &mut reachability);
    reachability
}

/// One list, sorted once for several questions, which several threads may ask at the same time.
///
/// The answers are those of [`reachability`] and [`mergeable`](crate::mergeable()).
///
/// ```
/// use adr_analysis::{Domain, PreparedList, Reachability};
/// use adr_engine::Rule;
///
/// let rule = |begins_with| Rule::from_deployed(begins_with, 7, 0, "9");
/// let rules = [rule("555"), rule(""), rule("4")];
/// let list = PreparedList::new(&rules, Domain::Dialable);
/// let expected = [Reachability::Live, Reachability::Live, Reachability::Shadowed(vec![1])];
/// assert_eq!(list.reachability(), expected);
/// assert_eq!((list.mergeable()[0].rule, &list.mergeable()[0].into[..]), (0, &[1][..]));
/// ```
#[derive(Debug)]
pub struct PreparedList<'r> {
    rules: &'r [Rule],
    domain: Domain,
    /// The length classes if all rules are plain. Other lists may have many classes, which are
    /// computed when they are needed.
    classes: Option<Vec<LengthClass<'r>>>,
}

impl<'r> PreparedList<'r> {
    /// Sorts the rules of a list.
    #[must_use]
    pub fn new(rules: &'r [Rule], domain: Domain) -> Self {
        let classes = are_plain(rules, domain).then(|| length_classes(&[rules], domain).collect());
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

/// Whether a sweep over the begins-with decides the reachability of all rules.
fn are_plain(rules: &[Rule], domain: Domain) -> bool {
    domain != Domain::Digits && rules.iter().all(is_plain)
}

/// Whether a rule is for one length, with a begins-with of digits and `+`.
fn is_plain(rule: &Rule) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_digit() || *byte == b'+';
    rule.length().is_some_and(|length| length <= MAX_LENGTH)
        && rule.begins_with().as_bytes().iter().all(is_plain)
}

/// The reachability of plain rules, for domains that have `*` and `#`.
///
/// Several rules can shadow another one only if one of them continues its begins-with with `*`, and
/// no plain rule does. So a rule is shadowed exactly when a rule above it has a begins-with that
/// begins its own. Such begins-with are open when the sweep over the sorted ones reaches the rule.
fn plain_reachability<'r>(
    count: usize,
    classes: impl IntoIterator<Item = LengthClass<'r>>,
) -> Vec<Reachability> {
    let mut reachability = vec![Reachability::Impossible; count];
    for class in classes {
        let entries = &class.entries;
        // the first rule among each entry and those around it
        let mut first = vec![NO_RULE; entries.len()];
        sweep(entries, |at, around| {
            let rule = entries[at].rule();
            let outer = around.map_or(NO_RULE, |around| first[around]);
            reachability[rule as usize] = match outer < rule {
                true => Reachability::Shadowed(vec![outer as usize]),
                false => Reachability::Live,
            };
            first[at] = outer.min(rule);
        });
    }
    reachability
}

/// Marks rules for any length that repeat an earlier one; length classes do not have these.
fn shadow_repeats(rules: &[Rule], domain: Domain, reachability: &mut [Reachability]) {
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (at, rule) in rules.iter().enumerate() {
        let prefix = rule.begins_with();
        if rule.length().is_some() || prefix.len() > MAX_LENGTH || !domain.allows(prefix.as_bytes())
        {
            continue;
        }
        let before = *first.entry(prefix).or_insert(at);
        if before != at {
            reachability[at] = Reachability::Shadowed(vec![before]);
        }
    }
}

/// Adds the answer of one class about the first rule of a node. A rule for any length is in many
/// classes.
fn classify(tree: &Tree<'_>, at: usize, reachability: &mut [Reachability]) {
    let node = &tree.nodes[at];
    let rule = node.own[0];
    let here = if node.best[0] < rule {
        Reachability::Shadowed(vec![node.best[0] as usize])
    } else if node.covered_by_children < rule {
        let mut by = Vec::new();
        collect_shadowing(tree, at, rule, &mut by);
        Reachability::Shadowed(by)
    } else {
        Reachability::Live
    };
    combine(&mut reachability[rule as usize], here);
}

/// Collects rules below a node, with positions below `limit`, that together match all its numbers.
fn collect_shadowing(tree: &Tree<'_>, at: usize, limit: u32, by: &mut Vec<usize>) {
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

/// Combines the answers of several classes about a rule. It is live if it is live in one of them.
fn combine(known: &mut Reachability, more: Reachability) {
    *known = match (std::mem::replace(known, Reachability::Live), more) {
        (Reachability::Live, _) | (_, Reachability::Live) => Reachability::Live,
        (Reachability::Impossible, more) => more,
        (known, Reachability::Impossible) => known,
        (Reachability::Shadowed(mut by), Reachability::Shadowed(more)) => {
            by.extend(more);
            by.sort_unstable();
            by.dedup();
            Reachability::Shadowed(by)
        }
    };
}
