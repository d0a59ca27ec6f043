//! Downwards: a rule at every place whose best labels do not hold what comes from above.

use adr_engine::Rule;

use super::label::Label;
use super::votes::Votes;
use crate::form::Place;
use crate::tree::NONE;

/// A rule of the new list.
pub(super) struct Placed {
    pub(super) rule: Rule,
    /// The rule of the old list whose deed it does, counted from 0; `None` where none did anything.
    pub(super) source: Option<usize>,
    /// The placed rule whose numbers hold those of this one, the nearest.
    pub(super) within: Option<usize>,
}

/// What a place inherits.
#[derive(Clone, Copy)]
struct Inherited<'r> {
    /// What is done there; `None` is what the rules for any length do.
    label: Option<Label<'r>>,
    /// The placed rule that does it.
    by: Option<usize>,
}

/// Places rules from the root downwards; nothing when one of them cannot be written.
pub(super) fn place(votes: &Votes<'_, '_>) -> Option<Vec<Placed>> {
    let mut placing = Placing {
        votes,
        placed: Vec::new(),
        open: vec![(
            0,
            Inherited {
                label: None,
                by: None,
            },
        )],
    };
    while let Some((at, inherited)) = placing.open.pop() {
        placing.visit(at, inherited)?;
    }
    Some(placing.placed)
}

struct Placing<'v, 't, 'r> {
    votes: &'v Votes<'t, 'r>,
    placed: Vec<Placed>,
    open: Vec<(usize, Inherited<'r>)>,
}

impl<'r> Placing<'_, '_, 'r> {
    fn visit(&mut self, at: usize, inherited: Inherited<'r>) -> Option<()> {
        let votes = self.votes;
        let fits = match &inherited.label {
            None => !votes.state(at).is_placed,
            Some(label) => votes.contains(at, label),
        };
        let now = if fits {
            inherited
        } else {
            let label = choose(votes.own(at), votes.best(at))?;
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
    fn step(&mut self, at: usize, child: usize, now: Inherited<'r>) -> Option<Inherited<'r>> {
        let step = self.votes.first_step(at, child);
        let is_child = step.length() == self.votes.place(child).length();
        if is_child || self.does(at, &now, step) {
            return Some(now);
        }
        let label = choose(self.votes.own(at), self.votes.wanted(at, child))?;
        self.put(at, step, label, now.by)
    }

    /// Whether what is inherited does on a cone at or below a node what its winner does.
    fn does(&self, at: usize, now: &Inherited<'r>, place: Place<'r>) -> bool {
        match &now.label {
            None => self.votes.is_free(at, place),
            Some(label) => label.does(place, &self.votes.form(at, place)),
        }
    }

    fn put(
        &mut self,
        at: usize,
        place: Place<'r>,
        label: Label<'r>,
        within: Option<usize>,
    ) -> Option<Inherited<'r>> {
        let tree = self.votes.tree;
        let winner = tree.nodes[at].best[0];
        self.placed.push(Placed {
            rule: label.rule(&place.to_vec(), tree.length)?,
            source: (winner != NONE).then_some(winner as usize),
            within,
        });
        Some(Inherited {
            label: Some(label),
            by: Some(self.placed.len() - 1),
        })
    }
}

/// Of several labels what the rule says that is there already, or else the one that removes least.
fn choose<'r>(own: Label<'r>, best: Vec<Label<'r>>) -> Option<Label<'r>> {
    if best.contains(&own) {
        Some(own)
    } else {
        best.into_iter().last()
    }
}
