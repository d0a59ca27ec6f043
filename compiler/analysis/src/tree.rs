//! The tree of prefixes of one class: laminar sets, and who wins on what is left of each.

use std::rc::Rc;
use std::sync::Arc;

use adr_engine::Rule;

use crate::class::{Class, Entry, KEY, MARK, classes, key};
use crate::domain::Domain;

/// No rule.
pub(crate) const NONE: u32 = u32::MAX;

/// A prefix of the class, or a place where prefixes part.
#[derive(Clone, Debug)]
pub(crate) struct Node<'r> {
    /// The first bytes of the prefix, so that most prefixes lie in their node.
    head: [u8; KEY],
    prefix: &'r [u8],
    /// First rule of each list with exactly this begins-with.
    pub(crate) own: [u32; 2],
    /// First rule of each list on the way from the root, this node included: the winner of what is
    /// left.
    pub(crate) best: [u32; 2],
    /// The first rule of list 0 with which this whole cone is covered from inside; [`NONE`] if it
    /// never is.
    pub(crate) covered: u32,
    /// The same by children alone.
    pub(crate) covered_by_children: u32,
    first_child: u32,
    last_child: u32,
    next: u32,
    /// Children one byte longer than this; when they are all there are, nothing is left.
    adjacent: u32,
}

impl<'r> Node<'r> {
    /// The same text as [`Node::prefix`] where it was first written.
    pub(crate) fn text(&self) -> &'r [u8] {
        self.prefix
    }

    /// What all numbers of the cone begin with.
    #[inline]
    pub(crate) fn prefix(&self) -> &[u8] {
        self.head.get(..self.prefix.len()).unwrap_or(self.prefix)
    }

    /// How long the prefix is.
    #[inline]
    pub(crate) fn depth(&self) -> usize {
        self.prefix.len()
    }

    /// Whether children leave nothing of the cone: there is one for everything that may come next.
    fn is_tiled(&self, domain: Domain) -> bool {
        self.adjacent as usize == domain.symbols(self.depth()).len()
    }

    /// How many bytes a prefix with the key `key` shares with this one.
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

/// The tree of one class; node 0 is the root, the empty prefix.
#[derive(Clone, Debug)]
pub(crate) struct Tree<'r> {
    /// Shared by the trees of classes with the same rules.
    pub(crate) nodes: Rc<Vec<Node<'r>>>,
    /// The length that stands for the class.
    pub(crate) length: usize,
    domain: Domain,
}

/// Every class of one list or two with its tree, the shortest lengths first.
pub(crate) fn trees<'r>(
    lists: &[&'r [Rule]],
    domain: Domain,
) -> impl Iterator<Item = (Class<'r>, Tree<'r>)> + use<'r> {
    let mut last = LastTree::default();
    classes(lists, domain).map(move |class| {
        let length = class.lengths.from;
        let tree = last.tree(&class, length, |entries| Tree::build(entries, length, domain));
        (class, tree)
    })
}

/// The same with the lengths joined for which the same rules decide: for what asks which rule
/// decides, and not what it makes of a number.
pub(crate) fn joined_trees<'r>(
    lists: &[&'r [Rule]],
    domain: Domain,
) -> impl Iterator<Item = (Class<'r>, Tree<'r>)> + use<'r> {
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

/// Builds trees of classes, one after the other, and builds none twice.
///
/// Rules for any length make many classes with the same rules, one for every number of digits that
/// they remove.
#[derive(Default)]
pub(crate) struct LastTree<'r>(Option<(Arc<Vec<Entry<'r>>>, Tree<'r>)>);

impl<'r> LastTree<'r> {
    /// The tree of a class for one of its lengths; `build` makes it of the entries of the class.
    pub(crate) fn tree(
        &mut self,
        class: &Class<'r>,
        length: usize,
        build: impl FnOnce(&[Entry<'r>]) -> Tree<'r>,
    ) -> Tree<'r> {
        let known = self.0.take();
        let known = known.filter(|(entries, _)| Arc::ptr_eq(entries, &class.entries));
        let tree = known.map_or_else(|| build(&class.entries), |(_, tree)| tree.at(length));
        self.0 = Some((Arc::clone(&class.entries), tree.clone()));
        tree
    }
}

impl<'r> Tree<'r> {
    /// Builds the tree of sorted entries, none of them longer than `length`, in one sweep.
    pub(crate) fn build(entries: &[Entry<'r>], length: usize, domain: Domain) -> Self {
        let mut growing =
            Growing { nodes: Vec::with_capacity(entries.len() + entries.len() / 4 + 1), domain };
        growing.add(b"");
        let mut open = vec![0];
        for same in entries.chunk_by(Entry::is_same_prefix) {
            let Some(first) = same.first() else { continue };
            let at = growing.open(first.key, first.prefix, &mut open);
            for entry in same.iter().rev().filter(|entry| entry.list() != MARK) {
                growing.nodes[at].own[entry.list() as usize] = entry.rule();
            }
        }
        while let Some(done) = open.pop() {
            growing.close(done, open.last().copied());
        }
        growing.spread();
        Self { nodes: Rc::new(growing.nodes), length, domain }
    }

    /// The tree of the same rules for another length, at least as long as their begins-with.
    pub(crate) fn at(self, length: usize) -> Self {
        Self { length, ..self }
    }

    /// The children of a node, in the order of bytes.
    pub(crate) fn children(&self, at: usize) -> impl Iterator<Item = usize> {
        let first = self.nodes[at].first_child;
        std::iter::successors((first != NONE).then_some(first as usize), |child| {
            let next = self.nodes[*child].next;
            (next != NONE).then_some(next as usize)
        })
    }

    /// Whether children leave nothing of a node's cone.
    pub(crate) fn is_tiled(&self, at: usize) -> bool {
        self.nodes[at].is_tiled(self.domain)
    }
}

/// The nodes of a tree that is being built.
struct Growing<'r> {
    nodes: Vec<Node<'r>>,
    domain: Domain,
}

impl<'r> Growing<'r> {
    fn add(&mut self, prefix: &'r [u8]) -> usize {
        self.nodes.push(Node {
            head: key(prefix).to_be_bytes(),
            prefix,
            own: [NONE; 2],
            best: [NONE; 2],
            covered: NONE,
            covered_by_children: 0,
            first_child: NONE,
            last_child: NONE,
            next: NONE,
            adjacent: 0,
        });
        self.nodes.len() - 1
    }

    /// The node of a prefix that comes after all others so far; closes what does not contain it.
    fn open(&mut self, key: u64, prefix: &'r [u8], open: &mut Vec<usize>) -> usize {
        let depth =
            |tree: &Self, open: &[usize]| open.last().map_or(0, |at| tree.nodes[*at].depth());
        let common = open.last().map_or(0, |at| self.nodes[*at].common(key, prefix));
        while depth(self, open) > common {
            let Some(done) = open.pop() else { break };
            if depth(self, open) < common {
                let parting = self.add(&prefix[..common]);
                self.close(done, Some(parting));
                open.push(parting);
            } else {
                self.close(done, open.last().copied());
            }
        }
        if depth(self, open) == prefix.len() {
            return open.last().copied().unwrap_or(0);
        }
        let at = self.add(prefix);
        open.push(at);
        at
    }

    /// A node has all its children: what it is covered by, and whose child it is.
    fn close(&mut self, done: usize, parent: Option<usize>) {
        let node = &mut self.nodes[done];
        let depth = node.depth();
        if !node.is_tiled(self.domain) {
            node.covered_by_children = NONE;
        }
        node.covered = node.own[0].min(node.covered_by_children);
        let covered = node.covered;
        let Some(parent) = parent else { return };
        let child = done as u32;
        match self.nodes[parent].last_child {
            NONE => self.nodes[parent].first_child = child,
            last => self.nodes[last as usize].next = child,
        }
        let parent = &mut self.nodes[parent];
        parent.last_child = child;
        if depth == parent.depth() + 1 {
            parent.adjacent += 1;
            parent.covered_by_children = parent.covered_by_children.max(covered);
        }
    }

    /// Spreads winners from the root downwards.
    fn spread(&mut self) {
        let mut open = vec![(0, [NONE; 2])];
        while let Some((at, above)) = open.pop() {
            let own = self.nodes[at].own;
            let best = [above[0].min(own[0]), above[1].min(own[1])];
            self.nodes[at].best = best;
            let mut child = self.nodes[at].first_child;
            while child != NONE {
                open.push((child as usize, best));
                child = self.nodes[child as usize].next;
            }
        }
    }
}
