//! The automaton of all patterns: a tree of their elements, and sets of its nodes as states.

use rustc_hash::FxHashMap;

use super::pattern::{DialPattern, Element, SYMBOLS, SymbolSet};
use super::table::TooManyStates;

/// Most states of the automaton. Usual dial plans need a few thousand; patterns that overlap in
/// many ways, such as `X1XXXX` and `XX1XXX`, can need more states than fit in memory.
pub const MAX_STATES: usize = 200_000;

/// Most members of all states together.
const MAX_MEMBERS: usize = 8_000_000;

/// The state that no pattern can leave to match.
pub(crate) const DEAD: u32 = 0;

/// The state before the first symbol.
pub(crate) const START: u32 = 1;

/// Stands for a transition that was not computed yet.
const UNKNOWN: u32 = u32::MAX;

/// The place in the tree after some elements.
#[derive(Clone, Debug, Default)]
struct Node {
    /// The symbols that stay at this node, because its element repeats.
    repeated: SymbolSet,
    /// The elements that can come next, with their nodes.
    children: Vec<(Element, u32)>,
    /// The patterns that end here.
    ends: Vec<u32>,
}

/// A tree of patterns, and the states that were needed so far.
#[derive(Clone, Debug)]
pub(crate) struct Automaton {
    nodes: Vec<Node>,
    /// The nodes of each state, sorted.
    states: Vec<Box<[u32]>>,
    transitions: Vec<[u32; SYMBOLS.len()]>,
    by_nodes: FxHashMap<Box<[u32]>, u32>,
    members: usize,
}

impl Automaton {
    /// The automaton of these patterns, each with its number.
    pub(crate) fn new<'p>(patterns: impl Iterator<Item = (u32, &'p DialPattern)>) -> Self {
        let mut nodes = vec![Node::default()];
        let mut children: FxHashMap<(u32, Element), u32> = FxHashMap::default();
        for (number, pattern) in patterns {
            let mut at = 0_u32;
            for element in &pattern.elements {
                let next = *children.entry((at, *element)).or_insert_with(|| {
                    let next = nodes.len() as u32;
                    let repeated = if element.repeats { element.set } else { SymbolSet::default() };
                    nodes.push(Node { repeated, ..Node::default() });
                    nodes[at as usize].children.push((*element, next));
                    next
                });
                at = next;
            }
            nodes[at as usize].ends.push(number);
        }
        let mut automaton = Self {
            nodes,
            states: Vec::new(),
            transitions: Vec::new(),
            by_nodes: FxHashMap::default(),
            members: 0,
        };
        automaton.add_state(Box::default());
        let mut start = Vec::new();
        automaton.enter(0, &mut start);
        start.sort_unstable();
        automaton.add_state(start.into());
        automaton
    }

    /// The state after a symbol, a position in [`SYMBOLS`].
    pub(crate) fn next(&mut self, state: u32, symbol: usize) -> Result<u32, TooManyStates> {
        let known = self.transitions[state as usize][symbol];
        if known != UNKNOWN {
            return Ok(known);
        }
        let mut reached = Vec::new();
        for at in &self.states[state as usize] {
            let node = &self.nodes[*at as usize];
            if node.repeated.contains(symbol) {
                self.enter(*at, &mut reached);
            }
            for (element, child) in &node.children {
                if element.set.contains(symbol) {
                    self.enter(*child, &mut reached);
                }
            }
        }
        reached.sort_unstable();
        reached.dedup();
        let next = match self.by_nodes.get(reached.as_slice()) {
            Some(next) => *next,
            None if self.states.len() >= MAX_STATES || self.members >= MAX_MEMBERS => {
                return Err(TooManyStates);
            }
            None => self.add_state(reached.into()),
        };
        self.transitions[state as usize][symbol] = next;
        Ok(next)
    }

    /// The patterns that match what leads to a state.
    pub(crate) fn ends(&self, state: u32) -> impl Iterator<Item = u32> {
        let nodes = self.states[state as usize].iter();
        nodes.flat_map(|at| self.nodes[*at as usize].ends.iter().copied())
    }

    /// Adds a node, and those that follow it by elements that may be left out.
    fn enter(&self, at: u32, reached: &mut Vec<u32>) {
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            reached.push(at);
            let children = self.nodes[at as usize].children.iter();
            let optional = children.filter(|(element, _)| element.is_optional);
            open.extend(optional.map(|(_, child)| *child));
        }
    }

    fn add_state(&mut self, nodes: Box<[u32]>) -> u32 {
        let state = self.states.len() as u32;
        self.members += nodes.len() + 1;
        self.states.push(nodes.clone());
        self.transitions.push([if state == DEAD { DEAD } else { UNKNOWN }; SYMBOLS.len()]);
        self.by_nodes.insert(nodes, state);
        state
    }
}
