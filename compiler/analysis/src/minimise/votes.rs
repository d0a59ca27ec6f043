//! Upwards: which labels are best to have from above, at every place of a tree.
//!
//! A minimal first-match list is a minimal longest-prefix table, and that is found by dynamic
//! programming (Draves, King, Venkatachary, Zill, "Constructing optimal IP routing tables", INFOCOM
//! 1999): below a place that inherits one of its best labels `cost` rules are needed, below one
//! that inherits another label one more. The best labels of a place are those that most of its
//! children have among their best.
//!
//! Here a place has a child for every symbol. Those without a node of their own are all alike: they
//! want what the winner of the place does. Between a node and a child that is more than one symbol
//! longer, each place on the way has at least three such symbols, so the child's labels matter
//! there only where they do that too.

use super::label::{Label, labels};
use crate::actions::{Action, ActionTable};
use crate::domain::Domain;
use crate::form::{Form, Place};
use crate::tree::Tree;

/// What is known of a node.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct State {
    /// Rules that are needed below when a best label comes from above.
    cost: u32,
    /// Rules that are needed, this place included, when no label comes from above.
    pub(super) free: u32,
    /// Whether, when no label comes from above, it is best to place one here.
    pub(super) is_placed: bool,
    /// Best labels in the arena; `None` stands for all that do what the winner does.
    best: Option<(u32, u32)>,
    /// On the way to the parent none of the best labels fits, so that one more rule is needed here.
    is_reset: bool,
}

/// What the children of a node want.
#[derive(Default)]
struct Below {
    children: u32,
    /// Rules that they need when they get what they want.
    cost: u32,
    /// Those that want everything that does what the winner of the node does.
    agreeing: u32,
    /// Some want certain labels only.
    is_particular: bool,
}

/// A tree and what is known of its nodes.
pub(super) struct Votes<'t> {
    pub(super) tree: &'t Tree<'t>,
    /// Of the rules, and of those for any length, which stay where they are, below all others.
    actions: &'t ActionTable<'t>,
    domain: Domain,
    states: Vec<State>,
    arena: Vec<Label<'t>>,
    tally: Vec<(Label<'t>, u32)>,
}

impl<'t> Votes<'t> {
    /// Counts for a tree of two lists, the rules and those of them for any length that are kept.
    pub(super) fn count(tree: &'t Tree<'t>, actions: &'t ActionTable<'t>, domain: Domain) -> Self {
        let mut votes = Self {
            tree,
            actions,
            domain,
            states: vec![State::default(); tree.nodes.len()],
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
            votes.states[at] = votes.judge(at);
        }
        votes
    }

    pub(super) fn state(&self, at: usize) -> State {
        self.states[at]
    }

    /// What the winner of a node does.
    fn action(&self, at: usize) -> Action<'t> {
        self.actions.get(self.number(at))
    }

    fn number(&self, at: usize) -> u32 {
        self.actions.number(0, self.tree.nodes[at].best[0])
    }

    /// Whether two actions are the same on a cone.
    fn is_same(&self, one: u32, other: u32, place: Place<'t>) -> bool {
        one == other || {
            let form = |number| Form::at(self.actions.get(number), place, self.tree.length);
            form(one).equals(&form(other))
        }
    }

    /// What the winner of a node does on a cone at or below it.
    pub(super) fn form<'p>(&self, at: usize, place: Place<'p>) -> Form<'p>
    where
        't: 'p,
    {
        Form::at(self.action(at), place, self.tree.length)
    }

    pub(super) fn own(&self, at: usize) -> Label<'t> {
        Label::of(self.action(at), self.tree.length)
    }

    /// Whether the rules for any length do on a cone at or below a node what its winner does.
    pub(super) fn is_free(&self, at: usize, place: Place<'t>) -> bool {
        let kept = self.actions.number(1, self.tree.nodes[at].best[1]);
        self.is_same(kept, self.number(at), place)
    }

    /// Whether a label is one of the best of a node.
    pub(super) fn contains(&self, at: usize, label: &Label<'t>) -> bool {
        match self.states[at].best {
            None => {
                let place = self.place(at);
                label.does(place, &self.form(at, place))
            }
            Some((from, to)) => self.arena[from as usize..to as usize].contains(label),
        }
    }

    /// The symbols for which a node has no child; none where numbers end.
    pub(super) fn others(&self, at: usize) -> impl Iterator<Item = u8> + use<'t> {
        let tree = self.tree;
        let depth = tree.nodes[at].depth();
        let symbols = if depth < tree.length { self.domain.symbols(depth) } else { &[] };
        symbols.iter().copied().filter(move |symbol| {
            !tree.children(at).any(|child| tree.nodes[child].prefix()[depth] == *symbol)
        })
    }

    /// The first place on the way from a node to a child, which may be the child.
    pub(super) fn first_step(&self, at: usize, child: usize) -> Place<'t> {
        Place::of(&self.tree.nodes[child].prefix()[..=self.tree.nodes[at].depth()])
    }

    pub(super) fn place(&self, at: usize) -> Place<'t> {
        Place::of(self.tree.nodes[at].prefix())
    }

    /// The place one symbol further, which has no node.
    pub(super) fn other(&self, at: usize, symbol: u8) -> Place<'t> {
        Place::with(self.tree.nodes[at].prefix(), symbol)
    }

    fn is_far(&self, at: usize, child: usize) -> bool {
        self.tree.nodes[child].depth() > self.tree.nodes[at].depth() + 1
    }

    /// The best labels of the first place on the way from a node to a child.
    fn wanted(&self, at: usize, child: usize) -> Vec<Label<'t>> {
        let step = self.first_step(at, child);
        if !self.is_far(at, child) {
            return self.best(child);
        }
        let form = self.form(at, step);
        if self.states[child].is_reset {
            return labels(self.own(at), step, form).collect();
        }
        let mut best = self.best(child);
        best.retain(|label| label.does(step, &form));
        best
    }

    /// Whether a label is among those of [`Votes::wanted`].
    fn wants(&self, at: usize, child: usize, label: &Label<'t>) -> bool {
        if !self.is_far(at, child) {
            return self.contains(child, label);
        }
        let step = self.first_step(at, child);
        label.does(step, &self.form(at, step))
            && (self.states[child].is_reset || self.contains(child, label))
    }

    /// All best labels of a node.
    fn best(&self, at: usize) -> Vec<Label<'t>> {
        match self.states[at].best {
            Some((from, to)) => self.arena[from as usize..to as usize].to_vec(),
            None => {
                let place = self.place(at);
                labels(self.own(at), place, self.form(at, place)).collect()
            }
        }
    }

    /// Of the best labels of a node what its winner says already, or else the one that removes
    /// least.
    pub(super) fn choose(&self, at: usize) -> Option<Label<'t>> {
        let own = self.own(at);
        if self.contains(at, &own) { Some(own) } else { self.best(at).pop() }
    }

    /// The same of those of [`Votes::wanted`].
    pub(super) fn choose_step(&self, at: usize, child: usize) -> Option<Label<'t>> {
        let own = self.own(at);
        if self.wants(at, child, &own) { Some(own) } else { self.wanted(at, child).pop() }
    }

    /// Whether no best label of a far child fits on the way to it.
    fn is_reset(&self, at: usize, child: usize) -> bool {
        self.is_far(at, child)
            && match self.states[child].best {
                None => !self.is_same(self.number(at), self.number(child), self.place(child)),
                Some((from, to)) => {
                    let step = self.first_step(at, child);
                    let form = self.form(at, step);
                    let mut best = self.arena[from as usize..to as usize].iter();
                    !best.any(|label| label.does(step, &form))
                }
            }
    }

    /// A node whose children are known.
    fn judge(&mut self, at: usize) -> State {
        let mut below = Below::default();
        for child in self.tree.children(at) {
            let is_reset = self.is_reset(at, child);
            self.states[child].is_reset = is_reset;
            below.cost += self.states[child].cost + u32::from(is_reset);
            below.children += 1;
            // what does what the winner does is wanted as a whole or not at all
            if is_reset {
                below.agreeing += 1;
            } else if self.states[child].best.is_some() {
                below.is_particular = true;
            } else if self.is_far(at, child)
                || self.is_same(self.number(at), self.number(child), self.place(child))
            {
                below.agreeing += 1;
            }
        }
        if below.children == 0 {
            return self.leaf(at);
        }
        let symbols = self.domain.symbols(self.tree.nodes[at].depth()).len() as u32;
        let others = symbols - below.children;
        let agreeing = others + below.agreeing;
        if others > 1 && !below.is_particular && agreeing > below.children + 1 {
            let state = State { cost: below.cost + symbols - agreeing, ..State::default() };
            return self.with_free(at, others, state);
        }
        let most = self.vote(at, others, below.children);
        let start = self.arena.len() as u32;
        let best = self.tally.iter().filter(|(_, votes)| *votes == most);
        self.arena.extend(best.map(|(label, _)| *label));
        let state = State {
            cost: below.cost + symbols - most,
            best: Some((start, self.arena.len() as u32)),
            ..State::default()
        };
        self.with_free(at, others, state)
    }

    /// A node without children is best served by what does what its winner does.
    fn leaf(&self, at: usize) -> State {
        let is_placed = !self.is_free(at, self.place(at));
        State { free: u32::from(is_placed), is_placed, ..State::default() }
    }

    /// Fills the tally with labels and how many of all children have them among their best; gives
    /// the most.
    fn vote(&mut self, at: usize, others: u32, children: u32) -> u32 {
        self.tally.clear();
        let place = self.place(at);
        let form = self.form(at, place);
        if others > 1 {
            for label in labels(self.own(at), place, form) {
                let wanting = self.tree.children(at);
                let wanting = wanting.filter(|child| self.wants(at, *child, &label));
                let votes = others + wanting.count() as u32;
                self.tally.push((label, votes));
            }
        }
        let most = self.most();
        if most <= children + 1 {
            self.vote_outside(at, &form);
        }
        self.most().max(most)
    }

    fn most(&self) -> u32 {
        self.tally.iter().map(|(_, votes)| *votes).max().unwrap_or(0)
    }

    /// Counts labels that do not do what the winner does, but what one child or another wants.
    ///
    /// Of several symbols without a node each alone would bring labels of its own as well, which at
    /// one vote never are the best; a single one is a child like others.
    fn vote_outside(&mut self, at: usize, form: &Form<'t>) {
        let inside = self.tally.len();
        for child in self.tree.children(at) {
            for label in self.wanted(at, child) {
                if inside == 0 || !label.does(self.place(at), form) {
                    self.count_one(inside, label, 1);
                }
            }
        }
        let others: Vec<u8> = self.others(at).collect();
        if let [single] = others[..] {
            let place = self.other(at, single);
            for label in labels(self.own(at), place, self.form(at, place)) {
                self.count_one(inside, label, 0);
            }
        }
        for symbol in others {
            let place = self.other(at, symbol);
            let form = self.form(at, place);
            for (label, votes) in &mut self.tally[inside..] {
                *votes += u32::from(label.does(place, &form));
            }
        }
    }

    /// Adds votes to a label of the tally from `inside` on.
    fn count_one(&mut self, inside: usize, label: Label<'t>, more: u32) {
        let known = self.tally[inside..].iter_mut().find(|(known, _)| *known == label);
        match known {
            Some((_, votes)) => *votes += more,
            None => self.tally.push((label, more)),
        }
    }

    /// Adds what happens when no label comes from above; `others` symbols have no child.
    fn with_free(&self, at: usize, others: u32, mut state: State) -> State {
        let below = self.tree.children(at).map(|child| self.free_below(at, child));
        let below: u32 = below.sum();
        let own = if self.is_free(at, self.place(at)) {
            0
        } else if state.cost + 2 < below + others {
            // at most one of them wants what is there
            others
        } else {
            let is_wrong = |symbol: &u8| !self.is_free(at, self.other(at, *symbol));
            self.others(at).filter(is_wrong).count() as u32
        };
        state.is_placed = state.cost + 1 < below + own;
        state.free = (state.cost + 1).min(below + own);
        state
    }

    /// Rules that are needed from the first step to a child on when no label comes from above.
    fn free_below(&self, at: usize, child: usize) -> u32 {
        let state = &self.states[child];
        if !self.is_far(at, child) || self.is_free(at, self.first_step(at, child)) {
            state.free
        } else {
            state.cost + u32::from(state.is_reset) + 1
        }
    }
}
