//! The pass up the tree (step 2 of ORTC): the candidate rewrites of every prefix.
//!
//! A minimal first-match list is a minimal longest-prefix table, which *optimal routing table
//! construction* finds (Draves, King, Venkatachary, Zill, "Constructing optimal IP routing tables",
//! INFOCOM 1999). The candidates of a prefix are the rewrites that most of its children have among
//! theirs. When a prefix inherits a candidate, `cost` rules are needed below it; when it inherits
//! another rewrite, one more is needed.
//!
//! In the paper a prefix has two children; here it has one for every symbol. Children without a
//! node of their own are implicit: their candidates are all rewrites with the effect of the
//! prefix's winner. Where a child node is more than one symbol longer, every prefix between has at
//! least three implicit children, so that the child's candidates matter there only where they have
//! that effect too.

use super::rewrite::{Rewrite, rewrites};
use crate::actions::{Action, ActionTable};
use crate::domain::Domain;
use crate::normal_form::{NormalForm, Prefix};
use crate::tree::Tree;

/// The result of the pass for one node.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NodeState {
    /// Rules that are needed below the node when it inherits a candidate.
    cost: u32,
    /// Rules that are needed at the node and below it when it inherits nothing.
    cost_without_inherited: u32,
    /// Whether a rule at the node pays off when it inherits nothing.
    pub(super) overrides_default: bool,
    /// The range of its candidates in the arena; `None` for all rewrites with the winner's effect.
    candidates: Option<(u32, u32)>,
    /// Whether no candidate survives on the way to the parent, so that the node needs a rule.
    needs_rule: bool,
}

/// What the children of a node have in common.
#[derive(Default)]
struct ChildSummary {
    /// Children with a node.
    children: u32,
    /// Rules that they need when each of them inherits a candidate.
    cost: u32,
    /// Children whose candidates are all rewrites with the effect of the node's winner.
    agreeing: u32,
    /// Whether a child has explicit candidates.
    has_explicit: bool,
}

/// A tree and the candidates of its nodes.
pub(super) struct Candidates<'t> {
    pub(super) tree: &'t Tree<'t>,
    /// The actions of list 0, the rules, and of list 1, the rules for any length, which stay below
    /// all others and are the default.
    actions: &'t ActionTable<'t>,
    domain: Domain,
    states: Vec<NodeState>,
    /// The explicit candidates of all nodes.
    arena: Vec<Rewrite<'t>>,
    /// How many children of the current node have a rewrite among their candidates.
    tally: Vec<(Rewrite<'t>, u32)>,
}

impl<'t> Candidates<'t> {
    /// Computes the candidates for a tree of two lists: the rules, and those of them for any
    /// length.
    pub(super) fn compute(tree: &'t Tree<'t>, actions: &'t ActionTable<'t>) -> Self {
        let mut candidates = Self {
            tree,
            actions,
            domain: tree.domain,
            states: vec![NodeState::default(); tree.nodes.len()],
            arena: Vec::new(),
            tally: Vec::new(),
        };
        let mut order = Vec::with_capacity(tree.nodes.len());
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            order.push(at);
            open.extend(tree.children(at));
        }
        for at in order.into_iter().rev() {
            candidates.states[at] = candidates.combine(at);
        }
        candidates
    }

    pub(super) fn state(&self, at: usize) -> NodeState {
        self.states[at]
    }

    /// The prefix of a node.
    pub(super) fn prefix(&self, at: usize) -> Prefix<'t> {
        Prefix::of(self.tree.nodes[at].prefix())
    }

    /// The rewrite of a node's winner, as written in its rule.
    pub(super) fn own(&self, at: usize) -> Rewrite<'t> {
        Rewrite::of(self.action(at), self.tree.length)
    }

    /// The effect of a node's winner on a prefix at or below the node.
    pub(super) fn effect<'p>(&self, at: usize, prefix: Prefix<'p>) -> NormalForm<'p>
    where
        't: 'p,
    {
        NormalForm::at(self.action(at), prefix, self.tree.length)
    }

    /// Whether the default has the effect of a node's winner on a prefix at or below the node.
    pub(super) fn is_default(&self, at: usize, prefix: Prefix<'t>) -> bool {
        let default = self.actions.id(1, self.tree.nodes[at].best[1]);
        self.have_same_effect(default, self.action_id(at), prefix)
    }

    /// Whether a rewrite is a candidate of a node.
    pub(super) fn contains(&self, at: usize, rewrite: &Rewrite<'t>) -> bool {
        match self.states[at].candidates {
            None => {
                let prefix = self.prefix(at);
                rewrite.has_effect(prefix, &self.effect(at, prefix))
            }
            Some((from, to)) => self.arena[from as usize..to as usize].contains(rewrite),
        }
    }

    /// The candidate that the node's winner has already, or else the one that removes least.
    pub(super) fn choose(&self, at: usize) -> Option<Rewrite<'t>> {
        let own = self.own(at);
        if self.contains(at, &own) { Some(own) } else { self.of_node(at).pop() }
    }

    /// Like [`choose`](Self::choose), among the candidates of the first step to a child.
    pub(super) fn choose_step(&self, at: usize, child: usize) -> Option<Rewrite<'t>> {
        let own = self.own(at);
        if self.step_contains(at, child, &own) { Some(own) } else { self.of_step(at, child).pop() }
    }

    /// The symbols of the implicit children of a node; none where numbers end.
    pub(super) fn implicit_children(&self, at: usize) -> impl Iterator<Item = u8> + use<'t> {
        let tree = self.tree;
        let depth = tree.nodes[at].depth();
        let symbols = if depth < tree.length { self.domain.symbols(depth) } else { &[] };
        symbols.iter().copied().filter(move |symbol| {
            !tree.children(at).any(|child| tree.nodes[child].prefix()[depth] == *symbol)
        })
    }

    /// The prefix of an implicit child.
    pub(super) fn implicit_child(&self, at: usize, symbol: u8) -> Prefix<'t> {
        Prefix::with_symbol(self.tree.nodes[at].prefix(), symbol)
    }

    /// The prefix one symbol longer than a node on the way to a child; it may be the child's.
    pub(super) fn first_step(&self, at: usize, child: usize) -> Prefix<'t> {
        Prefix::of(&self.tree.nodes[child].prefix()[..=self.tree.nodes[at].depth()])
    }

    /// The action of a node's winner.
    fn action(&self, at: usize) -> Action<'t> {
        self.actions.get(self.action_id(at))
    }

    fn action_id(&self, at: usize) -> u32 {
        self.actions.id(0, self.tree.nodes[at].best[0])
    }

    /// Whether two actions have the same effect on a prefix.
    fn have_same_effect(&self, one: u32, other: u32, prefix: Prefix<'t>) -> bool {
        one == other || {
            let form = |id| NormalForm::at(self.actions.get(id), prefix, self.tree.length);
            form(one).equals(&form(other))
        }
    }

    /// Whether there are prefixes between a node and a child.
    fn is_distant(&self, at: usize, child: usize) -> bool {
        self.tree.nodes[child].depth() > self.tree.nodes[at].depth() + 1
    }

    /// All candidates of a node.
    fn of_node(&self, at: usize) -> Vec<Rewrite<'t>> {
        match self.states[at].candidates {
            Some((from, to)) => self.arena[from as usize..to as usize].to_vec(),
            None => {
                let prefix = self.prefix(at);
                rewrites(self.own(at), prefix, self.effect(at, prefix)).collect()
            }
        }
    }

    /// The candidates of the first step from a node to a child.
    fn of_step(&self, at: usize, child: usize) -> Vec<Rewrite<'t>> {
        let step = self.first_step(at, child);
        if !self.is_distant(at, child) {
            return self.of_node(child);
        }
        let effect = self.effect(at, step);
        if self.states[child].needs_rule {
            return rewrites(self.own(at), step, effect).collect();
        }
        let mut candidates = self.of_node(child);
        candidates.retain(|rewrite| rewrite.has_effect(step, &effect));
        candidates
    }

    /// Whether a rewrite is among [`of_step`](Self::of_step).
    fn step_contains(&self, at: usize, child: usize, rewrite: &Rewrite<'t>) -> bool {
        if !self.is_distant(at, child) {
            return self.contains(child, rewrite);
        }
        let step = self.first_step(at, child);
        rewrite.has_effect(step, &self.effect(at, step))
            && (self.states[child].needs_rule || self.contains(child, rewrite))
    }

    /// Whether no candidate of a distant child has the right effect on the prefixes between.
    fn needs_rule(&self, at: usize, child: usize) -> bool {
        self.is_distant(at, child)
            && match self.states[child].candidates {
                None => {
                    let prefix = self.prefix(child);
                    !self.have_same_effect(self.action_id(at), self.action_id(child), prefix)
                }
                Some((from, to)) => {
                    let step = self.first_step(at, child);
                    let effect = self.effect(at, step);
                    let mut candidates = self.arena[from as usize..to as usize].iter();
                    !candidates.any(|rewrite| rewrite.has_effect(step, &effect))
                }
            }
    }

    /// The state of a node whose children have theirs.
    fn combine(&mut self, at: usize) -> NodeState {
        let below = self.summarize(at);
        if below.children == 0 {
            return self.leaf(at);
        }
        let symbols = self.domain.symbols(self.tree.nodes[at].depth()).len() as u32;
        let implicit = symbols - below.children;
        let agreeing = implicit + below.agreeing;
        if implicit > 1 && !below.has_explicit && agreeing > below.children + 1 {
            let cost = below.cost + symbols - agreeing;
            return self.with_default(at, implicit, NodeState { cost, ..NodeState::default() });
        }
        let most = self.count(at, implicit, below.children);
        let start = self.arena.len() as u32;
        let best = self.tally.iter().filter(|(_, count)| *count == most);
        self.arena.extend(best.map(|(rewrite, _)| *rewrite));
        let state = NodeState {
            cost: below.cost + symbols - most,
            candidates: Some((start, self.arena.len() as u32)),
            ..NodeState::default()
        };
        self.with_default(at, implicit, state)
    }

    /// Summarizes the children of a node, and decides which of them need a rule.
    fn summarize(&mut self, at: usize) -> ChildSummary {
        let mut below = ChildSummary::default();
        for child in self.tree.children(at) {
            let needs_rule = self.needs_rule(at, child);
            self.states[child].needs_rule = needs_rule;
            below.cost += self.states[child].cost + u32::from(needs_rule);
            below.children += 1;
            // either all rewrites with the winner's effect are candidates, or none of them
            if needs_rule {
                below.agreeing += 1;
            } else if self.states[child].candidates.is_some() {
                below.has_explicit = true;
            } else if self.is_distant(at, child)
                || self.have_same_effect(
                    self.action_id(at),
                    self.action_id(child),
                    self.prefix(child),
                )
            {
                below.agreeing += 1;
            }
        }
        below
    }

    /// The state of a node without children: its candidates are the rewrites with its effect.
    fn leaf(&self, at: usize) -> NodeState {
        let overrides_default = !self.is_default(at, self.prefix(at));
        NodeState {
            cost_without_inherited: u32::from(overrides_default),
            overrides_default,
            ..NodeState::default()
        }
    }

    /// Fills the tally with rewrites and the number of children, implicit ones included, that have
    /// them among their candidates; returns the largest number.
    fn count(&mut self, at: usize, implicit: u32, children: u32) -> u32 {
        self.tally.clear();
        let prefix = self.prefix(at);
        let effect = self.effect(at, prefix);
        if implicit > 1 {
            for rewrite in rewrites(self.own(at), prefix, effect) {
                let explicit = self.tree.children(at);
                let explicit =
                    explicit.filter(|child| self.step_contains(at, *child, &rewrite)).count();
                self.tally.push((rewrite, implicit + explicit as u32));
            }
        }
        let most = self.most();
        if most <= children + 1 {
            self.count_other_effects(at, &effect);
        }
        self.most().max(most)
    }

    fn most(&self) -> u32 {
        self.tally.iter().map(|(_, count)| *count).max().unwrap_or(0)
    }

    /// Counts rewrites that do not have the winner's effect, but are candidates of a child.
    ///
    /// Each of several implicit children would add other candidates, but these have a count of one
    /// and never win. A single implicit child is counted like the others.
    fn count_other_effects(&mut self, at: usize, effect: &NormalForm<'t>) {
        let start = self.tally.len();
        for child in self.tree.children(at) {
            for rewrite in self.of_step(at, child) {
                if start == 0 || !rewrite.has_effect(self.prefix(at), effect) {
                    self.add_count(start, rewrite, 1);
                }
            }
        }
        let implicit: Vec<u8> = self.implicit_children(at).collect();
        if let [single] = implicit[..] {
            let prefix = self.implicit_child(at, single);
            for rewrite in rewrites(self.own(at), prefix, self.effect(at, prefix)) {
                self.add_count(start, rewrite, 0);
            }
        }
        for symbol in implicit {
            let prefix = self.implicit_child(at, symbol);
            let effect = self.effect(at, prefix);
            for (rewrite, count) in &mut self.tally[start..] {
                *count += u32::from(rewrite.has_effect(prefix, &effect));
            }
        }
    }

    /// Adds to the count of a rewrite in the tally from `start` on.
    fn add_count(&mut self, start: usize, rewrite: Rewrite<'t>, more: u32) {
        let known = self.tally[start..].iter_mut().find(|(known, _)| *known == rewrite);
        match known {
            Some((_, count)) => *count += more,
            None => self.tally.push((rewrite, more)),
        }
    }

    /// Completes a state with the cost of inheriting nothing; the node has `implicit` implicit
    /// children.
    fn with_default(&self, at: usize, implicit: u32, mut state: NodeState) -> NodeState {
        let below = self.tree.children(at).map(|child| self.step_cost_without_inherited(at, child));
        let below: u32 = below.sum();
        let own = if self.is_default(at, self.prefix(at)) {
            0
        } else if state.cost + 2 < below + implicit {
            // the default has the right effect on at most one implicit child
            implicit
        } else {
            let is_wrong = |symbol: &u8| !self.is_default(at, self.implicit_child(at, *symbol));
            self.implicit_children(at).filter(is_wrong).count() as u32
        };
        state.overrides_default = state.cost + 1 < below + own;
        state.cost_without_inherited = (state.cost + 1).min(below + own);
        state
    }

    /// Rules that are needed from the first step to a child on when nothing is inherited.
    fn step_cost_without_inherited(&self, at: usize, child: usize) -> u32 {
        let state = &self.states[child];
        if !self.is_distant(at, child) || self.is_default(at, self.first_step(at, child)) {
            state.cost_without_inherited
        } else {
            state.cost + u32::from(state.needs_rule) + 1
        }
    }
}
