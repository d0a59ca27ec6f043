//! Composition of two lists: what a second list does to the results of a first one.
//!
//! A segment is a set of numbers that the first list treats alike. Their results are all numbers of
//! some length that begin with one text; where digits are removed, several numbers have the same
//! result. The second list divides these results into [`ResultRegion`]s with one winner each.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use adr_engine::Rule;

use crate::domain::Domain;
use crate::length_class::{LengthClass, Lengths, MAX_LENGTH, length_classes};
use crate::normal_form::NormalForm;
use crate::region::{Region, residue};
use crate::tree::{LastTree, NO_RULE, Tree};

/// Numbers that begin with one text and that the first list treats alike: the residue of a node.
pub(crate) struct Segment<'t, 'r> {
    pub(crate) tree: &'t Tree<'r>,
    /// Position of the node.
    pub(crate) at: usize,
    pub(crate) lengths: Lengths,
}

impl<'t> Segment<'t, '_> {
    /// What all numbers begin with.
    pub(crate) fn prefix(&self) -> &'t [u8] {
        self.tree.nodes[self.at].prefix()
    }

    /// The rule that wins, counted from 0.
    pub(crate) fn winner(&self) -> Option<usize> {
        let winner = self.tree.nodes[self.at].best[0];
        (winner != NO_RULE).then_some(winner as usize)
    }

    /// What the winner, one of `rules`, does to the numbers.
    pub(crate) fn normal_form(&self, rules: &'t [Rule]) -> NormalForm<'t> {
        let rule = self.winner().map(|rule| &rules[rule]);
        NormalForm::of(rule, self.prefix(), self.lengths.from)
    }

    /// The numbers; `None` when there are none.
    pub(crate) fn region(&self) -> Option<Region<'static>> {
        let winner = self.tree.nodes[self.at].best[0];
        residue(self.tree, self.at, self.lengths, winner).map(Region::into_owned)
    }
}

/// Visits every segment of `first`, at every length at which one of the two lists has rules.
pub(crate) fn for_each_segment<'r>(
    first: &'r [Rule],
    second: &'r [Rule],
    domain: Domain,
    mut visit: impl FnMut(&Segment<'_, 'r>),
) {
    // results need not be in the domain
    let all = length_classes(&[first, second], Domain::Anything);
    let uniform = uniform_from(all.longest(), first);
    let mut last = LastTree::default();
    for class in all {
        for lengths in split(class.lengths, uniform) {
            let tree = last.tree(&class, lengths.from, |entries| {
                let own = entries.iter().copied();
                let own = own.filter(|entry| entry.list() == 0 && domain.allows(entry.prefix));
                Tree::build(&own.collect::<Vec<_>>(), lengths.from, domain)
            });
            for at in 0..tree.nodes.len() {
                visit(&Segment { tree: &tree, at, lengths });
            }
        }
    }
}

/// The length from which on the second list treats results of all lengths alike; 0 when the results
/// of successive lengths have successive lengths.
fn uniform_from(longest: usize, first: &[Rule]) -> usize {
    let any = || first.iter().filter(|rule| rule.length().is_none());
    let shortened = |rule: &Rule| {
        let removed = usize::try_from(rule.remove()).unwrap_or(0).min(MAX_LENGTH);
        removed.max(rule.begins_with().len())
    };
    any().map(|rule| longest + shortened(rule) + 1).max().unwrap_or(0)
}

/// The lengths below `uniform` one by one, and the rest as one run.
fn split(lengths: Lengths, uniform: usize) -> impl Iterator<Item = Lengths> {
    let Lengths { from, to } = lengths;
    let end = to.map_or(uniform, |to| uniform.min(to + 1)).max(from);
    let single = (from..end).map(|length| Lengths { from: length, to: Some(length) });
    let rest = to.is_none_or(|to| end <= to);
    single.chain(rest.then_some(Lengths { from: end, to }))
}

/// Results of one length that the second list treats alike.
#[derive(Debug)]
pub(crate) struct ResultRegion<'c> {
    /// What they begin with.
    pub(crate) prefix: &'c [u8],
    /// The rule that wins, counted from 0.
    pub(crate) winner: Option<usize>,
    /// Extensions of the prefix that they do not begin with.
    pub(crate) holes: Vec<&'c [u8]>,
}

/// The result regions of a list. Builds the tree of a length when that length is needed.
pub(crate) struct ResultRegions<'r> {
    classes: Vec<LengthClass<'r>>,
    /// By position of the class.
    trees: BTreeMap<usize, SortedTree<'r>>,
}

/// A tree with its nodes sorted by prefix.
struct SortedTree<'r> {
    tree: Tree<'r>,
    /// Positions of nodes in the order of their prefixes.
    nodes: Vec<usize>,
    /// The parent of each node.
    parents: Vec<usize>,
}

impl<'r> ResultRegions<'r> {
    pub(crate) fn new(rules: &'r [Rule]) -> Self {
        let classes = length_classes(&[rules], Domain::Anything).collect();
        Self { classes, trees: BTreeMap::new() }
    }

    /// The regions that make up the numbers of `length` that begin with `text`.
    pub(crate) fn below<'c>(&'c mut self, text: &'c [u8], length: usize) -> Vec<ResultRegion<'c>> {
        let has_length = |class: &LengthClass<'_>| {
            class.lengths.from <= length && class.lengths.to.is_none_or(|to| length <= to)
        };
        let Some(at) = self.classes.iter().position(has_length) else {
            return vec![ResultRegion { prefix: text, winner: None, holes: Vec::new() }];
        };
        let class = &self.classes[at];
        let sorted = self.trees.entry(at).or_insert_with(|| {
            SortedTree::new(Tree::build(&class.entries, class.lengths.from, Domain::Anything))
        });
        sorted.below(text)
    }
}

impl<'r> SortedTree<'r> {
    fn new(tree: Tree<'r>) -> Self {
        let mut nodes = Vec::with_capacity(tree.nodes.len());
        let mut parents = vec![0; tree.nodes.len()];
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            nodes.push(at);
            let children: Vec<usize> = tree.children(at).collect();
            for child in children.into_iter().rev() {
                parents[child] = at;
                open.push(child);
            }
        }
        Self { tree, nodes, parents }
    }

    fn winner(&self, at: usize) -> Option<usize> {
        let winner = self.tree.nodes[at].best[0];
        (winner != NO_RULE).then_some(winner as usize)
    }

    fn below<'c>(&'c self, text: &'c [u8]) -> Vec<ResultRegion<'c>> {
        let prefix = |at: &usize| self.tree.nodes[*at].prefix();
        let from = self.nodes.partition_point(|at| prefix(at) < text);
        let rest = &self.nodes[from..];
        let count = rest.partition_point(|at| prefix(at).starts_with(text));
        let inside = &rest[..count];
        let mut regions = Vec::with_capacity(count + 1);
        if inside.first().map(prefix) != Some(text) {
            regions.push(ResultRegion {
                prefix: text,
                winner: self.winner(self.innermost(from, text)),
                holes: inside.first().map(prefix).into_iter().collect(),
            });
        }
        let region = |at: &usize| ResultRegion {
            prefix: self.tree.nodes[*at].prefix(),
            winner: self.winner(*at),
            holes: self.tree.children(*at).map(|child| self.tree.nodes[child].prefix()).collect(),
        };
        let open = inside.iter().filter(|at| !self.tree.is_tiled(**at));
        regions.extend(open.map(region));
        regions
    }

    /// The deepest node that contains all numbers that begin with `text`; `from` is the position of
    /// `text` in the order.
    fn innermost(&self, from: usize, text: &[u8]) -> usize {
        let mut at = self.nodes[from.saturating_sub(1)];
        while !text.starts_with(self.tree.nodes[at].prefix()) {
            at = self.parents[at];
        }
        at
    }
}

impl Region<'static> {
    /// The numbers of this region that begin with a longer text and with none of `holes`; `None`
    /// when there are none. Holes outside the domain are ignored.
    pub(crate) fn narrowed(
        &self,
        begins_with: Vec<u8>,
        holes: impl IntoIterator<Item = Vec<u8>>,
        domain: Domain,
    ) -> Option<Self> {
        if !domain.allows(&begins_with) {
            return None;
        }
        // the holes are disjoint and sorted: one that contains `begins_with` comes right before it
        let from = self.except.partition_point(|hole| **hole < *begins_with);
        let before = self.except[..from].last();
        if before.is_some_and(|hole| begins_with.starts_with(hole)) {
            return None;
        }
        let inside = self.except[from..].iter();
        let inside = inside.take_while(|hole| hole.starts_with(&begins_with));
        let holes = holes.into_iter().filter(|hole| domain.allows(hole));
        let except = outermost(&begins_with, holes.chain(inside.map(|hole| hole.to_vec())))?;
        Some(Self {
            begins_with: Cow::Owned(begins_with),
            lengths: self.lengths,
            except: except.into_iter().map(Cow::Owned).collect(),
            winner: self.winner,
        })
    }
}

/// The holes below `prefix` that are not inside others; `None` when one of them contains all of
/// `prefix`.
fn outermost(prefix: &[u8], holes: impl Iterator<Item = Vec<u8>>) -> Option<Vec<Vec<u8>>> {
    let sorted: BTreeSet<Vec<u8>> =
        holes.filter(|hole| hole.starts_with(prefix) || prefix.starts_with(hole)).collect();
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for hole in sorted {
        if hole.len() <= prefix.len() {
            return None;
        }
        if !kept.last().is_some_and(|last| hole.starts_with(last)) {
            kept.push(hole);
        }
    }
    Some(kept)
}
