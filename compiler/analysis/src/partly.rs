//! Rules that win some of the numbers they match, and lose the others to rules above them.

use std::collections::{BTreeMap, HashMap};

use adr_engine::Rule;
use num_bigint::BigUint;

use crate::class::Class;
use crate::domain::Domain;
use crate::region::filled;
use crate::share::Share;
use crate::tree::{NONE, Node, Tree, joined_trees};

/// A rule that decides about a part of its numbers only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partly {
    /// The rule, counted from 0.
    pub rule: usize,
    /// How many numbers it decides about, and how many it matches; `None` for a rule whose numbers
    /// have no longest.
    pub share: Option<Share>,
    /// Rules above it that together match the others, counted from 0 and ascending.
    pub taken_by: Vec<usize>,
    /// The shortest number that it matches and does not get.
    pub witness: Vec<u8>,
}

/// Every rule that wins and loses, in the order of the list. Rules that win nothing are left out.
///
/// ```
/// use adr_analysis::{Domain, partly};
/// use adr_engine::Rule;
///
/// let rules = [Rule::from_deployed("1", 3, 0, "8"), Rule::from_deployed("", 3, 0, "9")];
/// let found = partly(&rules, Domain::Dialable);
/// assert_eq!((found[0].rule, found[0].taken_by.as_slice()), (1, [0].as_slice()));
/// let share = found[0].share.as_ref().unwrap();
/// assert_eq!((&share.won, &share.of), (&2_028_u32.into(), &2_197_u32.into())); // 12 of 13
/// ```
#[must_use]
pub fn partly(rules: &[Rule], domain: Domain) -> Vec<Partly> {
    let mut found = Vec::new();
    let mut any = HashMap::new();
    for (class, tree) in joined_trees(&[rules], domain) {
        for (at, node) in tree.nodes.iter().enumerate() {
            let rule = node.own[0];
            if rule == NONE || rules[rule as usize].length().is_none() || !wins(node, rule) {
                continue;
            }
            found.extend(lost(&tree, at, rule).map(|lost| Partly {
                share: Some(lost.share(&tree, at, domain)),
                ..lost.told(&tree, rule)
            }));
        }
        look_at_any_length(&class, &tree, rules, &mut any);
    }
    let both = any.into_values().filter(|known| known.wins);
    found.extend(both.filter_map(|known| known.loses));
    for partly in &mut found {
        partly.taken_by.sort_unstable();
        partly.taken_by.dedup();
    }
    found.sort_unstable_by_key(|partly| partly.rule);
    found
}

/// Whether a rule with the begins-with of a node gets any number of its cone.
fn wins(node: &Node<'_>, rule: u32) -> bool {
    node.best[0] >= rule && node.covered_by_children >= rule
}

/// What is known of a rule for any length from several classes: it may win in one and lose all of
/// another.
#[derive(Debug, Default)]
struct Known {
    wins: bool,
    loses: Option<Partly>,
}

fn look_at_any_length(
    class: &Class<'_>,
    tree: &Tree<'_>,
    rules: &[Rule],
    any: &mut HashMap<u32, Known>,
) {
    let mut entries = class.entries.iter();
    if !entries.any(|entry| rules[entry.rule() as usize].length().is_none()) {
        return;
    }
    let places = tree.nodes.iter().enumerate();
    let places: HashMap<&[u8], usize> = places.map(|(at, node)| (node.prefix(), at)).collect();
    for entry in class.entries.iter() {
        let rule = entry.rule();
        let Some(at) = places.get(entry.prefix).copied() else {
            continue;
        };
        if rules[rule as usize].length().is_some() {
            continue;
        }
        let known = any.entry(rule).or_default();
        let node = &tree.nodes[at];
        known.wins |= wins(node, rule);
        let lost = if node.best[0] < rule {
            Some(Lost { cones: vec![node.prefix()], by: vec![node.best[0] as usize] })
        } else {
            lost(tree, at, rule)
        };
        if let Some(lost) = lost {
            // the shortest lengths come first, and so the shortest witness
            let first = known.loses.get_or_insert_with(|| lost.told(tree, rule));
            first.taken_by.extend(lost.by);
        }
    }
}

/// What a rule loses of its cone.
struct Lost<'t> {
    /// The largest cones that rules above it take.
    cones: Vec<&'t [u8]>,
    /// Those rules.
    by: Vec<usize>,
}

/// Walks below a rule that wins, down to the first rules above it; nodes are visited from one such
/// rule only, so that all walks of a tree together are linear.
fn lost<'t>(tree: &'t Tree<'_>, at: usize, rule: u32) -> Option<Lost<'t>> {
    let mut lost = Lost { cones: Vec::new(), by: Vec::new() };
    let mut open: Vec<usize> = tree.children(at).collect();
    while let Some(at) = open.pop() {
        let node = &tree.nodes[at];
        // a rule that its own children cover wins nothing: they do
        if node.own[0] < rule && node.own[0] <= node.covered_by_children {
            lost.cones.push(node.prefix());
            lost.by.push(node.own[0] as usize);
        } else {
            open.extend(tree.children(at));
        }
    }
    (!lost.by.is_empty()).then_some(lost)
}

impl Lost<'_> {
    fn told(&self, tree: &Tree<'_>, rule: u32) -> Partly {
        let numbers = self.cones.iter().map(|cone| filled(cone, tree.length));
        Partly {
            rule: rule as usize,
            share: None,
            taken_by: self.by.clone(),
            witness: numbers.min_by(|a, b| Domain::order(a, b)).unwrap_or_default(),
        }
    }

    /// What is left of the cone of a node, and the cone.
    fn share(&self, tree: &Tree<'_>, at: usize, domain: Domain) -> Share {
        let mut of_depth: BTreeMap<usize, u64> = BTreeMap::new();
        for cone in &self.cones {
            *of_depth.entry(cone.len()).or_default() += 1;
        }
        let counts = of_depth.into_iter();
        let lost = counts.map(|(depth, cones)| domain.count(depth, tree.length) * cones);
        let matched = domain.count(tree.nodes[at].depth(), tree.length);
        Share { won: &matched - lost.sum::<BigUint>(), of: matched }
    }
}
