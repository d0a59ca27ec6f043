//! What a second list makes of the results of a first one.
//!
//! The numbers of a region of the first list come out as all numbers of some length that begin with
//! one text (where digits are removed, several numbers as the same one). Below that text lie the
//! cells of the second list, each with one winner.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use adr_engine::Rule;

use crate::class::{Class, LONGEST, Lengths, classes};
use crate::domain::Domain;
use crate::form::Form;
use crate::region::Region;
use crate::tree::{LastTree, NONE, Tree};

/// Numbers that begin with one text, treated alike by the first list.
pub(crate) struct Piece<'t, 'r> {
    pub(crate) tree: &'t Tree<'r>,
    pub(crate) at: usize,
    pub(crate) lengths: Lengths,
}

impl<'t> Piece<'t, '_> {
    pub(crate) fn prefix(&self) -> &'t [u8] {
        self.tree.nodes[self.at].prefix()
    }

    /// The rule that decides, counted from 0.
    pub(crate) fn winner(&self) -> Option<usize> {
        let winner = self.tree.nodes[self.at].best[0];
        (winner != NONE).then_some(winner as usize)
    }

    pub(crate) fn form(&self, rules: &'t [Rule]) -> Form<'t> {
        let rule = self.winner().map(|rule| &rules[rule]);
        Form::of(rule, self.prefix(), self.lengths.from)
    }

    pub(crate) fn region(&self) -> Option<Region<'static>> {
        let winner = self.tree.nodes[self.at].best[0];
        crate::region::residue(self.tree, self.at, self.lengths, winner).map(Region::into_owned)
    }
}

/// Visits every piece of `first`, at every length at which one of the two lists does anything.
pub(crate) fn pieces<'r>(
    (first, second): (&'r [Rule], &'r [Rule]),
    domain: Domain,
    mut visit: impl FnMut(&Piece<'_, 'r>),
) {
    // results need not lie in the domain
    let all = classes(&[first, second], Domain::Anything);
    let evenly = evenly_from(all.longest(), first);
    let mut last = LastTree::default();
    for class in all {
        for lengths in split(class.lengths, evenly) {
            let tree = last.tree(&class, lengths.from, |entries| {
                let own = entries.iter().copied();
                let own = own.filter(|entry| entry.list() == 0 && domain.holds(entry.prefix));
                Tree::build(&own.collect::<Vec<_>>(), lengths.from, domain)
            });
            for at in 0..tree.nodes.len() {
                visit(&Piece { tree: &tree, at, lengths });
            }
        }
    }
}

/// From which length on results of all lengths are treated alike; 0 when runs of lengths keep
/// theirs.
fn evenly_from(longest: usize, first: &[Rule]) -> usize {
    let any = || first.iter().filter(|rule| rule.length().is_none());
    let shorter = |rule: &Rule| {
        let removed = usize::try_from(rule.remove()).unwrap_or(0).min(LONGEST);
        removed.max(rule.begins_with().len())
    };
    any().map(|rule| longest + shorter(rule) + 1).max().unwrap_or(0)
}

/// A run of lengths one by one up to a length, and the rest as a run.
fn split(lengths: Lengths, evenly: usize) -> impl Iterator<Item = Lengths> {
    let Lengths { from, to } = lengths;
    let end = to.map_or(evenly, |to| evenly.min(to + 1)).max(from);
    let single = (from..end).map(|length| Lengths { from: length, to: Some(length) });
    let rest = to.is_none_or(|to| end <= to);
    single.chain(rest.then_some(Lengths { from: end, to }))
}

/// Numbers that the second list treats alike, below a text.
#[derive(Debug)]
pub(crate) struct Cell<'c> {
    /// The text and what follows it.
    pub(crate) prefix: &'c [u8],
    /// The rule that decides, counted from 0.
    pub(crate) winner: Option<usize>,
    /// What does not belong to it.
    pub(crate) holes: Vec<&'c [u8]>,
}

/// The trees of a list, made when a length is asked for.
pub(crate) struct Cells<'r> {
    classes: Vec<Class<'r>>,
    trees: BTreeMap<usize, Sorted<'r>>,
}

/// A tree with its nodes in the order of prefixes.
struct Sorted<'r> {
    tree: Tree<'r>,
    nodes: Vec<usize>,
    parents: Vec<usize>,
}

impl<'r> Cells<'r> {
    pub(crate) fn new(rules: &'r [Rule]) -> Self {
        Self { classes: classes(&[rules], Domain::Anything).collect(), trees: BTreeMap::new() }
    }

    /// The cells of numbers of `length` that begin with `text`, which they cover together.
    pub(crate) fn below<'c>(&'c mut self, text: &'c [u8], length: usize) -> Vec<Cell<'c>> {
        let holds = |class: &Class<'_>| {
            class.lengths.from <= length && class.lengths.to.is_none_or(|to| length <= to)
        };
        let Some(at) = self.classes.iter().position(holds) else {
            return vec![Cell { prefix: text, winner: None, holes: Vec::new() }];
        };
        let class = &self.classes[at];
        let sorted = self.trees.entry(at).or_insert_with(|| {
            Sorted::new(Tree::build(&class.entries, class.lengths.from, Domain::Anything))
        });
        sorted.below(text)
    }
}

impl<'r> Sorted<'r> {
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
        (winner != NONE).then_some(winner as usize)
    }

    fn below<'c>(&'c self, text: &'c [u8]) -> Vec<Cell<'c>> {
        let prefix = |at: &usize| self.tree.nodes[*at].prefix();
        let from = self.nodes.partition_point(|at| prefix(at) < text);
        let behind = &self.nodes[from..];
        let count = behind.partition_point(|at| prefix(at).starts_with(text));
        let inside = &behind[..count];
        let mut cells = Vec::with_capacity(count + 1);
        if inside.first().map(prefix) != Some(text) {
            cells.push(Cell {
                prefix: text,
                winner: self.winner(self.above(from, text)),
                holes: inside.first().map(prefix).into_iter().collect(),
            });
        }
        let cell = |at: &usize| Cell {
            prefix: self.tree.nodes[*at].prefix(),
            winner: self.winner(*at),
            holes: self.tree.children(*at).map(|child| self.tree.nodes[child].prefix()).collect(),
        };
        let open = inside.iter().filter(|at| !self.tree.is_tiled(**at));
        cells.extend(open.map(cell));
        cells
    }

    /// The deepest node that contains all numbers that begin with `text`; `from` is where it would
    /// stand.
    fn above(&self, from: usize, text: &[u8]) -> usize {
        let mut at = self.nodes[from.saturating_sub(1)];
        while !text.starts_with(self.tree.nodes[at].prefix()) {
            at = self.parents[at];
        }
        at
    }
}

impl Region<'static> {
    /// This region as far as numbers begin with a longer text and with none of `holes`; nothing
    /// where none are left. Texts that no number of the domain begins with are left out.
    pub(crate) fn narrowed(
        &self,
        begins_with: Vec<u8>,
        holes: impl IntoIterator<Item = Vec<u8>>,
        domain: Domain,
    ) -> Option<Self> {
        if !domain.holds(&begins_with) {
            return None;
        }
        // of disjoint texts in order one that begins `begins_with` stands right before it
        let from = self.except.partition_point(|hole| **hole < *begins_with);
        let before = self.except[..from].last();
        if before.is_some_and(|hole| begins_with.starts_with(hole)) {
            return None;
        }
        let inside = self.except[from..].iter();
        let inside = inside.take_while(|hole| hole.starts_with(&begins_with));
        let holes = holes.into_iter().filter(|hole| domain.holds(hole));
        let except = outermost(&begins_with, holes.chain(inside.map(|hole| hole.to_vec())))?;
        Some(Self {
            begins_with: Cow::Owned(begins_with),
            lengths: self.lengths,
            except: except.into_iter().map(Cow::Owned).collect(),
            winner: self.winner,
        })
    }
}

/// Holes without those that lie beside `prefix` or in others; nothing when one of them holds all of
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
