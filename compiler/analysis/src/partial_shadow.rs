//! Rules that win some of the numbers that they match, and lose the others to rules above them.

use std::collections::{BTreeMap, HashMap};

use adr_engine::Rule;
use num_bigint::BigUint;

use crate::coverage::Coverage;
use crate::domain::Domain;
use crate::length_class::LengthClass;
use crate::region::padded;
use crate::tree::{NO_RULE, Node, Tree, joined_trees};

/// A rule that wins only some of the numbers that it matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialShadow {
    /// The rule, counted from 0.
    pub rule: usize,
    /// How many numbers it wins, and how many it matches; `None` for a rule for any length.
    pub coverage: Option<Coverage>,
    /// Rules above it that together win the others, counted from 0 and ascending.
    pub shadowed_by: Vec<usize>,
    /// The shortest number that it matches and does not win.
    pub witness: Vec<u8>,
}

/// Every rule that wins some numbers and loses others, in the order of the list. Rules that win
/// nothing are left out.
///
/// ```
/// use adr_analysis::{Domain, partial_shadows};
/// use adr_engine::Rule;
///
/// let rules = [Rule::from_deployed("1", 3, 0, "8"), Rule::from_deployed("", 3, 0, "9")];
/// let found = partial_shadows(&rules, Domain::Dialable);
/// assert_eq!((found[0].rule, found[0].shadowed_by.as_slice()), (1, [0].as_slice()));
/// let coverage = found[0].coverage.as_ref().unwrap();
/// assert_eq!((&coverage.won, &coverage.matched), (&2_028_u32.into(), &2_197_u32.into())); // 12 of 13
/// ```
#[must_use]
pub fn partial_shadows(rules: &[Rule], domain: Domain) -> Vec<PartialShadow> {
    let mut found = Vec::new();
    let mut any = HashMap::new();
    for (class, tree) in joined_trees(&[rules], domain) {
        for (at, node) in tree.nodes.iter().enumerate() {
            let rule = node.own[0];
            if rule == NO_RULE || rules[rule as usize].length().is_none() || !wins(node, rule) {
                continue;
            }
            found.extend(lost(&tree, at, rule).map(|lost| PartialShadow {
                coverage: Some(lost.coverage(&tree, at)),
                ..lost.partial_shadow(&tree, rule)
            }));
        }
        add_any_length(&class, &tree, rules, &mut any);
    }
    let both = any.into_values().filter(|known| known.wins);
    found.extend(both.filter_map(|known| known.loses));
    for shadow in &mut found {
        shadow.shadowed_by.sort_unstable();
        shadow.shadowed_by.dedup();
    }
    found.sort_unstable_by_key(|shadow| shadow.rule);
    found
}

/// Whether a rule with the begins-with of a node wins any of its numbers.
fn wins(node: &Node<'_>, rule: u32) -> bool {
    node.best[0] >= rule && node.covered_by_children >= rule
}

/// The answers of several classes about a rule for any length. It may win in one class and lose all
/// numbers of another.
#[derive(Debug, Default)]
struct AnyLength {
    /// Whether it wins some number.
    wins: bool,
    /// What it loses, if it loses anything.
    loses: Option<PartialShadow>,
}

fn add_any_length(
    class: &LengthClass<'_>,
    tree: &Tree<'_>,
    rules: &[Rule],
    any: &mut HashMap<u32, AnyLength>,
) {
    let mut entries = class.entries.iter();
    if !entries.any(|entry| rules[entry.rule() as usize].length().is_none()) {
        return;
    }
    let nodes = tree.nodes.iter().enumerate();
    let nodes: HashMap<&[u8], usize> = nodes.map(|(at, node)| (node.prefix(), at)).collect();
    for entry in class.entries.iter() {
        let rule = entry.rule();
        let Some(at) = nodes.get(entry.prefix).copied() else {
            continue;
        };
        if rules[rule as usize].length().is_some() {
            continue;
        }
        let known = any.entry(rule).or_default();
        let node = &tree.nodes[at];
        known.wins |= wins(node, rule);
        let lost = if node.best[0] < rule {
            Some(LostNumbers { prefixes: vec![node.prefix()], by: vec![node.best[0] as usize] })
        } else {
            lost(tree, at, rule)
        };
        if let Some(lost) = lost {
            // the first witness is the shortest, because the shortest lengths come first
            let first = known.loses.get_or_insert_with(|| lost.partial_shadow(tree, rule));
            first.shadowed_by.extend(lost.by);
        }
    }
}

/// The numbers that a rule loses.
struct LostNumbers<'t> {
    /// The shortest prefixes that rules above it win.
    prefixes: Vec<&'t [u8]>,
    /// Those rules.
    by: Vec<usize>,
}

/// Walks below the node of a rule that wins, down to the first rules above it in the list. Each
/// node is visited from one such rule only, so that all walks of a tree together take linear time.
fn lost<'t>(tree: &'t Tree<'_>, at: usize, rule: u32) -> Option<LostNumbers<'t>> {
    let mut lost = LostNumbers { prefixes: Vec::new(), by: Vec::new() };
    let mut open: Vec<usize> = tree.children(at).collect();
    while let Some(at) = open.pop() {
        let node = &tree.nodes[at];
        // a rule that is covered by its own children wins nothing; the children do
        if node.own[0] < rule && node.own[0] <= node.covered_by_children {
            lost.prefixes.push(node.prefix());
            lost.by.push(node.own[0] as usize);
        } else {
            open.extend(tree.children(at));
        }
    }
    (!lost.by.is_empty()).then_some(lost)
}

impl LostNumbers<'_> {
    fn partial_shadow(&self, tree: &Tree<'_>, rule: u32) -> PartialShadow {
        let numbers = self.prefixes.iter().map(|prefix| padded(prefix, tree.length));
        PartialShadow {
            rule: rule as usize,
            coverage: None,
            shadowed_by: self.by.clone(),
            witness: numbers.min_by(|a, b| Domain::compare(a, b)).unwrap_or_default(),
        }
    }

    /// The coverage of a rule at a node that loses these numbers.
    fn coverage(&self, tree: &Tree<'_>, at: usize) -> Coverage {
        let domain = tree.domain;
        let mut of_depth: BTreeMap<usize, u64> = BTreeMap::new();
        for prefix in &self.prefixes {
            *of_depth.entry(prefix.len()).or_default() += 1;
        }
        let counts = of_depth.into_iter();
        let lost = counts.map(|(depth, prefixes)| domain.count(depth, tree.length) * prefixes);
        let matched = domain.count(tree.nodes[at].depth(), tree.length);
        Coverage { won: &matched - lost.sum::<BigUint>(), matched }
    }
}
