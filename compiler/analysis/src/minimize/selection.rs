//! The pass down the tree (step 3 of ORTC): a rule at every prefix whose candidates do not include
//! the inherited rewrite.

use adr_engine::Rule;

use super::candidates::Candidates;
use super::rewrite::Rewrite;
use crate::normal_form::Prefix;
use crate::tree::NO_RULE;

/// A rule of the new list.
pub(super) struct SelectedRule {
    pub(super) rule: Rule,
    /// The rule of the old list with the same effect here, counted from 0; `None` when no rule
    /// matched.
    pub(super) source: Option<u32>,
    /// Position of the innermost selected rule around this one.
    pub(super) within: Option<u32>,
}

/// What a prefix inherits.
#[derive(Clone, Copy)]
struct Inherited<'t> {
    /// The rewrite; `None` is the default, what the rules for any length do.
    rewrite: Option<Rewrite<'t>>,
    /// Position of the selected rule with this rewrite.
    by: Option<u32>,
}

/// Selects rules from the root downwards; `None` when one of them cannot be written.
pub(super) fn select(candidates: &Candidates<'_>, selected: &mut Vec<SelectedRule>) -> Option<()> {
    let default = Inherited { rewrite: None, by: None };
    let mut selection = Selection {
        candidates,
        selected,
        begins_with: Vec::new(),
        prefix: Vec::new(),
        open: vec![(0, default)],
    };
    while let Some((at, inherited)) = selection.open.pop() {
        selection.visit(at, inherited)?;
    }
    Some(())
}

struct Selection<'v, 't> {
    candidates: &'v Candidates<'t>,
    selected: &'v mut Vec<SelectedRule>,
    /// Buffer for a begins-with.
    begins_with: Vec<u8>,
    /// Buffer for a prefix.
    prefix: Vec<u8>,
    /// Nodes to visit, with what they inherit.
    open: Vec<(usize, Inherited<'t>)>,
}

impl<'t> Selection<'_, 't> {
    fn visit(&mut self, at: usize, inherited: Inherited<'t>) -> Option<()> {
        let candidates = self.candidates;
        let suffices = match &inherited.rewrite {
            None => !candidates.state(at).overrides_default,
            Some(rewrite) => candidates.contains(at, rewrite),
        };
        let now = if suffices {
            inherited
        } else {
            let rewrite = candidates.choose(at)?;
            self.add(at, candidates.prefix(at), rewrite, inherited.by)?
        };
        if !self.has_effect(at, &now, candidates.prefix(at)) {
            for symbol in candidates.implicit_children(at) {
                let prefix = candidates.implicit_child(at, symbol);
                if !self.has_effect(at, &now, prefix) {
                    self.add(at, prefix, candidates.own(at), now.by)?;
                }
            }
        }
        for child in candidates.tree.children(at) {
            let below = self.step(at, child, now)?;
            self.open.push((child, below));
        }
        Some(())
    }

    /// What a child inherits; adds a rule between the two where it is needed.
    fn step(&mut self, at: usize, child: usize, now: Inherited<'t>) -> Option<Inherited<'t>> {
        let step = self.candidates.first_step(at, child);
        let is_child = step.length() == self.candidates.prefix(child).length();
        if is_child || self.has_effect(at, &now, step) {
            return Some(now);
        }
        let rewrite = self.candidates.choose_step(at, child)?;
        self.add(at, step, rewrite, now.by)
    }

    /// Whether the inherited rewrite has the effect of a node's winner on a prefix at or below the
    /// node.
    fn has_effect(&self, at: usize, now: &Inherited<'t>, prefix: Prefix<'t>) -> bool {
        match &now.rewrite {
            None => self.candidates.is_default(at, prefix),
            Some(rewrite) => rewrite.has_effect(prefix, &self.candidates.effect(at, prefix)),
        }
    }

    /// Adds a rule at a prefix; returns what is inherited below it.
    fn add(
        &mut self,
        at: usize,
        prefix: Prefix<'t>,
        rewrite: Rewrite<'t>,
        within: Option<u32>,
    ) -> Option<Inherited<'t>> {
        let tree = self.candidates.tree;
        let winner = tree.nodes[at].best[0];
        prefix.write_to(&mut self.begins_with);
        let rule = rewrite.to_rule(&self.begins_with, tree.length, &mut self.prefix)?;
        let source = (winner != NO_RULE).then_some(winner);
        self.selected.push(SelectedRule { rule, source, within });
        Some(Inherited { rewrite: Some(rewrite), by: Some(self.selected.len() as u32 - 1) })
    }
}
