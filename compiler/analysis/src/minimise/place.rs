//! Downwards: a rule at every place whose best labels do not hold what comes from above.

use adr_engine::Rule;

use super::label::Label;
use super::votes::Votes;
use crate::form::Place;
use crate::tree::NONE;

/// A rule of the new list.
pub(super) struct Placed {
    pub(super) rule: Rule,
    /// The rule of the old list whose action it takes, counted from 0; `None` where none did
    /// anything.
    pub(super) source: Option<u32>,
    /// The placed rule whose numbers hold those of this one, the nearest.
    pub(super) within: Option<u32>,
}

/// What a place inherits.
#[derive(Clone, Copy)]
struct Inherited<'t> {
    /// What is done there; `None` is what the rules for any length do.
    label: Option<Label<'t>>,
    /// The placed rule that does it.
    by: Option<u32>,
}

/// Places rules from the root downwards; nothing when one of them cannot be written.
pub(super) fn place(votes: &Votes<'_>, placed: &mut Vec<Placed>) -> Option<()> {
    let nothing = Inherited { label: None, by: None };
    let mut placing = Placing {
        votes,
        placed,
        begins_with: Vec::new(),
        prefix: Vec::new(),
        open: vec![(0, nothing)],
    };
    while let Some((at, inherited)) = placing.open.pop() {
        placing.visit(at, inherited)?;
    }
    Some(())
}

struct Placing<'v, 't> {
    votes: &'v Votes<'t>,
    placed: &'v mut Vec<Placed>,
    /// Room to put texts together.
    begins_with: Vec<u8>,
    prefix: Vec<u8>,
    open: Vec<(usize, Inherited<'t>)>,
}

impl<'t> Placing<'_, 't> {
    fn visit(&mut self, at: usize, inherited: Inherited<'t>) -> Option<()> {
        let votes = self.votes;
        let fits = match &inherited.label {
            None => !votes.state(at).is_placed,
            Some(label) => votes.contains(at, label),
        };
        let now = if fits {
            inherited
        } else {
            let label = votes.choose(at)?;
            self.put(at, votes.place(at), label, inherited.by)?
        };
        if !self.does(at, &now, votes.place(at)) {
            for symbol in votes.others(at) {
                let place = votes.other(at, symbol);
                if !self.does(at, &now, place) {
                    self.put(at, place, votes.own(at), now.by)?;
                }
            }
        }
        for child in votes.tree.children(at) {
            let below = self.step(at, child, now)?;
            self.open.push((child, below));
        }
        Some(())
    }

    /// What a child inherits; on the way to it there may have to be a rule.
    fn step(&mut self, at: usize, child: usize, now: Inherited<'t>) -> Option<Inherited<'t>> {
        let step = self.votes.first_step(at, child);
        let is_child = step.length() == self.votes.place(child).length();
        if is_child || self.does(at, &now, step) {
            return Some(now);
        }
        let label = self.votes.choose_step(at, child)?;
        self.put(at, step, label, now.by)
    }

    /// Whether what is inherited does on a cone at or below a node what its winner does.
    fn does(&self, at: usize, now: &Inherited<'t>, place: Place<'t>) -> bool {
        match &now.label {
            None => self.votes.is_free(at, place),
            Some(label) => label.does(place, &self.votes.form(at, place)),
        }
    }

    fn put(
        &mut self,
        at: usize,
        place: Place<'t>,
        label: Label<'t>,
        within: Option<u32>,
    ) -> Option<Inherited<'t>> {
        let tree = self.votes.tree;
        let winner = tree.nodes[at].best[0];
        place.write(&mut self.begins_with);
        let rule = label.rule(&self.begins_with, tree.length, &mut self.prefix)?;
        self.placed.push(Placed { rule, source: (winner != NONE).then_some(winner), within });
        Some(Inherited { label: Some(label), by: Some(self.placed.len() as u32 - 1) })
    }
}
