//! The tree of prefixes of one length class, with the winner at every node.
//!
//! A node stands for all numbers with its prefix; the sets of two nodes are nested or disjoint.
//! *Residue* is what is left of a node when its children are taken away. All numbers of a residue
//! have the same winner.

use std::rc::Rc;
use std::sync::Arc;

use adr_engine::Rule;

use crate::domain::Domain;
use crate::length_class::{KEY, LengthClass, PROBE, PrefixEntry, key, length_classes};

/// Stands for no rule where a position of a rule is stored.
pub(crate) const NO_RULE: u32 = u32::MAX;

/// A prefix of a rule, or the common beginning of several.
#[derive(Clone, Debug)]
pub(crate) struct Node<'r> {
    /// The first bytes of the prefix, so that short prefixes are in the node itself.
    head: [u8; KEY],
    /// The whole prefix, in the text of a rule.
    prefix: &'r [u8],
    /// The first rule of each list with exactly this begins-with.
    pub(crate) own: [u32; 2],
    /// The first rule of each list on the path from the root to this node: the winner of the
    /// residue.
    pub(crate) best: [u32; 2],
    /// The smallest position such that rules of list 0 up to it, at this node and below, cover the
    /// whole node; [`NO_RULE`] when they never do.
    pub(crate) covered: u32,
    /// The same for the rules below this node.
    pub(crate) covered_by_children: u32,
    first_child: u32,
    last_child: u32,
    next: u32,
    /// Number of children whose prefix is one byte longer. When there is one for every symbol, the
    /// residue is empty.
    adjacent: u32,
}

impl<'r> Node<'r> {
    /// Like [`Node::prefix`], but borrowed from the rule instead of the node.
    pub(crate) fn text(&self) -> &'r [u8] {
        self.prefix
    }

    /// What all numbers of the node begin with.
    #[inline]
    pub(crate) fn prefix(&self) -> &[u8] {
        self.head.get(..self.prefix.len()).unwrap_or(self.prefix)
    }

    /// Length of the prefix, in bytes.
    #[inline]
    pub(crate) fn depth(&self) -> usize {
        self.prefix.len()
    }

    /// Whether the residue is empty: there is a child for every symbol that may come next.
    fn is_tiled(&self, domain: Domain) -> bool {
        self.adjacent as usize == domain.symbols(self.depth()).len()
    }

    /// Length of the common beginning with a prefix whose key is `key`, in bytes.
    #[inline]
    fn common(&self, key: u64, prefix: &[u8]) -> usize {
        let first = (u64::from_be_bytes(self.head) ^ key).leading_zeros() as usize / 8;
        let length = self.depth().min(prefix.len());
        if first < KEY || length <= KEY {
            return first.min(length);
        }
        let rest = self.prefix[KEY..].iter().zip(&prefix[KEY..]);
        KEY + rest.take_while(|(a, b)| a == b).count()
    }
}

/// The tree of one length class. Node 0 is the root, the empty prefix.
#[derive(Clone, Debug)]
pub(crate) struct Tree<'r> {
    /// Shared between classes with the same rules.
    pub(crate) nodes: Rc<Vec<Node<'r>>>,
    /// The length of numbers that represents the class.
    pub(crate) length: usize,
    pub(crate) domain: Domain,
}

/// Every length class of one list or two with its tree, the shortest lengths first.
pub(crate) fn trees<'r>(
    lists: &[&'r [Rule]],
    domain: Domain,
) -> impl Iterator<Item = (LengthClass<'r>, Tree<'r>)> + use<'r> {
    let mut last = LastTree::default();
    length_classes(lists, domain).map(move |class| {
        let length = class.lengths.from;
        let tree = last.tree(&class, length, |entries| Tree::build(entries, length, domain));
        (class, tree)
    })
}

/// Like [`trees`], with classes joined that have the same rules: for questions about which rule
/// wins rather than about results.
pub(crate) fn joined_trees<'r>(
    lists: &[&'r [Rule]],
    domain: Domain,
) -> impl Iterator<Item = (LengthClass<'r>, Tree<'r>)> + use<'r> {
    let mut trees = trees(lists, domain).peekable();
    std::iter::from_fn(move || {
        let (mut class, tree) = trees.next()?;
        let is_same = |(_, next): &(_, Tree<'r>)| Rc::ptr_eq(&next.nodes, &tree.nodes);
        while let Some((next, _)) = trees.next_if(is_same) {
            class.lengths.to = next.lengths.to;
        }
        Some((class, tree))
    })
}

/// Builds the trees of successive classes, and reuses the last one for a class with the same rules.
///
/// Rules for any length make many classes with the same rules, one for every number of digits that
/// they remove.
#[derive(Default)]
pub(crate) struct LastTree<'r>(Option<(Arc<Vec<PrefixEntry<'r>>>, Tree<'r>)>);

impl<'r> LastTree<'r> {
    /// The tree of a class for one of its lengths; `build` builds it from the entries of the class.
    pub(crate) fn tree(
        &mut self,
        class: &LengthClass<'r>,
        length: usize,
        build: impl FnOnce(&[PrefixEntry<'r>]) -> Tree<'r>,
    ) -> Tree<'r> {
        let known = self.0.take();
        let known = known.filter(|(entries, _)| Arc::ptr_eq(entries, &class.entries));
        let tree = known.map_or_else(|| build(&class.entries), |(_, tree)| tree.at(length));
        self.0 = Some((Arc::clone(&class.entries), tree.clone()));
        tree
    }
}

impl<'r> Tree<'r> {
    /// Builds the tree of sorted entries in one sweep; no prefix may be longer than `length`.
    pub(crate) fn build(entries: &[PrefixEntry<'r>], length: usize, domain: Domain) -> Self {
        let mut builder = TreeBuilder {
            nodes: Vec::with_capacity(entries.len() + entries.len() / 4 + 1),
            domain,
        };
        builder.add(b"");
        let mut open = vec![0];
        for same in entries.chunk_by(PrefixEntry::is_same_prefix) {
            let Some(first) = same.first() else { continue };
            let at = builder.enter(first.key, first.prefix, &mut open);
            for entry in same.iter().rev().filter(|entry| entry.list() != PROBE) {
                builder.nodes[at].own[entry.list() as usize] = entry.rule();
            }
        }
        while let Some(done) = open.pop() {
            builder.leave(done, open.last().copied());
        }
        builder.propagate_winners();
        Self { nodes: Rc::new(builder.nodes), length, domain }
    }

    /// The tree of the same rules for another length, which must not be shorter than their
    /// begins-with.
    pub(crate) fn at(self, length: usize) -> Self {
        Self { length, ..self }
    }

    /// The children of a node, in the order of bytes.
    pub(crate) fn children(&self, at: usize) -> impl Iterator<Item = usize> {
        let first = self.nodes[at].first_child;
        std::iter::successors((first != NO_RULE).then_some(first as usize), |child| {
            let next = self.nodes[*child].next;
            (next != NO_RULE).then_some(next as usize)
        })
    }

    /// Whether the residue of a node is empty.
    pub(crate) fn is_tiled(&self, at: usize) -> bool {
        self.nodes[at].is_tiled(self.domain)
    }
}

/// Builds the nodes of a tree.
struct TreeBuilder<'r> {
    nodes: Vec<Node<'r>>,
    domain: Domain,
}

impl<'r> TreeBuilder<'r> {
    fn add(&mut self, prefix: &'r [u8]) -> usize {
        self.nodes.push(Node {
            head: key(prefix).to_be_bytes(),
            prefix,
            own: [NO_RULE; 2],
            best: [NO_RULE; 2],
            covered: NO_RULE,
            covered_by_children: 0,
            first_child: NO_RULE,
            last_child: NO_RULE,
            next: NO_RULE,
            adjacent: 0,
        });
        self.nodes.len() - 1
    }

    /// The node of a prefix that sorts after all others so far; leaves the nodes that do not
    /// contain it.
    fn enter(&mut self, key: u64, prefix: &'r [u8], open: &mut Vec<usize>) -> usize {
        let depth =
            |tree: &Self, open: &[usize]| open.last().map_or(0, |at| tree.nodes[*at].depth());
        let common = open.last().map_or(0, |at| self.nodes[*at].common(key, prefix));
        while depth(self, open) > common {
            let Some(done) = open.pop() else { break };
            if depth(self, open) < common {
                let parting = self.add(&prefix[..common]);
                self.leave(done, Some(parting));
                open.push(parting);
            } else {
                self.leave(done, open.last().copied());
            }
        }
        if depth(self, open) == prefix.len() {
            return open.last().copied().unwrap_or(0);
        }
        let at = self.add(prefix);
        open.push(at);
        at
    }

    /// Finishes a node that has all its children, and adds it to its parent.
    fn leave(&mut self, done: usize, parent: Option<usize>) {
        let node = &mut self.nodes[done];
        let depth = node.depth();
        if !node.is_tiled(self.domain) {
            node.covered_by_children = NO_RULE;
        }
        node.covered = node.own[0].min(node.covered_by_children);
        let covered = node.covered;
        let Some(parent) = parent else { return };
        let child = done as u32;
        match self.nodes[parent].last_child {
            NO_RULE => self.nodes[parent].first_child = child,
            last => self.nodes[last as usize].next = child,
        }
        let parent = &mut self.nodes[parent];
        parent.last_child = child;
        if depth == parent.depth() + 1 {
            parent.adjacent += 1;
            parent.covered_by_children = parent.covered_by_children.max(covered);
        }
    }

    /// Sets the winners, from the root downwards.
    fn propagate_winners(&mut self) {
        let mut open = vec![(0, [NO_RULE; 2])];
        while let Some((at, above)) = open.pop() {
            let own = self.nodes[at].own;
            let best = [above[0].min(own[0]), above[1].min(own[1])];
            self.nodes[at].best = best;
            let mut child = self.nodes[at].first_child;
            while child != NO_RULE {
                open.push((child as usize, best));
                child = self.nodes[child as usize].next;
            }
        }
    }
}
