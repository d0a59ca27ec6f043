//! The order of the calls.

use std::collections::HashSet;

use adr_cucm::axl::{AddRule, RemoveRule, RuleChange, UpdateRule};
use adr_cucm::{CucmRule, RuleKind};

use crate::model::{Model, Swap};
use crate::names::NamePool;
use crate::record::{Held, Place, key_of};
use crate::renames::{self, Rename};
use crate::step::{Call, Purpose, Step};
use crate::target::Target;

/// How often adrc goes over the updates that no check has allowed yet. Each time some of them
/// succeed, others may.
const SWEEPS: usize = 4;

/// The calls that make the old list the target, in an order in which after each of them every
/// number goes where the old list or the target sends it.
pub(crate) fn schedule(
    kind: RuleKind,
    old: &[Held],
    targets: &[Target],
    names: NamePool,
) -> Vec<Step> {
    let model = Model::new(
        old.iter().map(|held| (&held.rule, held.place.clone())),
        targets.iter().map(|target| &target.rule),
    );
    let mut is_removed = vec![true; old.len()];
    targets.iter().filter_map(|target| target.from).for_each(|from| is_removed[from] = false);
    let removed = (0..old.len()).filter(|at| is_removed[*at]);
    let mut scheduler = Scheduler {
        kind,
        old,
        targets,
        model,
        names,
        old_names: old.iter().map(|held| held.record.name.as_str()).collect(),
        is_done: targets.iter().map(|target| is_unchanged(old, target)).collect(),
        held: targets.iter().map(|target| target.record.clone()).collect(),
        removals: removed.map(|at| (at, Purpose::Remove)).collect(),
        steps: Vec::new(),
    };
    scheduler.names.reserve(targets.iter().map(|target| target.record.name.as_str()));
    scheduler.run();
    scheduler.steps
}

fn is_unchanged(old: &[Held], target: &Target) -> bool {
    target.from.is_some_and(|from| old[from].record == target.record)
}

struct Scheduler<'p> {
    kind: RuleKind,
    old: &'p [Held],
    targets: &'p [Target],
    model: Model<'p>,
    names: NamePool,
    /// The names of all records before the push.
    old_names: HashSet<&'p str>,
    /// Whether a target is in the list, except for its final name.
    is_done: Vec<bool>,
    /// The record of each target that is done, which may still have another name.
    held: Vec<CucmRule>,
    /// Records to remove at the end.
    removals: Vec<(usize, Purpose)>,
    steps: Vec<Step>,
}

impl Scheduler<'_> {
    fn run(&mut self) {
        self.try_in_place();
        // in the order of the new list, every step is right, see the head of the crate
        for at in 0..self.targets.len() {
            if self.is_done[at] || self.try_update(at) {
                continue;
            }
            match self.targets[at].from {
                None => self.add(at, Purpose::Add),
                Some(from) => {
                    self.add(at, Purpose::Copy);
                    self.removals.push((from, Purpose::RemoveReplaced));
                }
            }
        }
        self.remove();
        self.rename();
    }

    /// Makes updates, and additions that make updates possible, as long as a check allows some.
    fn try_in_place(&mut self) {
        for _ in 0..SWEEPS {
            let before = self.steps.len();
            let is_rising = |at: &usize| {
                let target = &self.targets[*at];
                let from = target.from.map(|from| &self.old[from].place);
                from.is_some_and(|from| *from < Place::of(&target.record))
            };
            let (rising, other): (Vec<usize>, Vec<usize>) =
                self.waiting(true).into_iter().partition(is_rising);
            // rules that make room for each other: the last one goes first, or the first one
            for at in rising.into_iter().rev().chain(other) {
                self.try_update(at);
            }
            if self.waiting(true).is_empty() {
                return;
            }
            for at in self.waiting(false).into_iter().rev() {
                self.try_add(at);
            }
            if self.steps.len() == before {
                return;
            }
        }
    }

    /// The targets that are not done: those that a record becomes, or those that are new.
    fn waiting(&self, is_update: bool) -> Vec<usize> {
        let all = 0..self.targets.len();
        all.filter(|at| !self.is_done[*at] && self.targets[*at].from.is_some() == is_update)
            .collect()
    }

    /// Updates a record in place if no number goes elsewhere then. Returns whether it did.
    fn try_update(&mut self, at: usize) -> bool {
        let target = &self.targets[at];
        let Some(from) = target.from else { return false };
        let held = &self.old[from];
        let mut record = target.record.clone();
        if self.old_names.contains(record.name.as_str()) {
            // another record has or had the name; see `rename`
            record.name.clone_from(&held.record.name);
        }
        let place = Place::of(&record);
        let is_same = held.rule == target.rule;
        let rule = if is_same { from } else { self.model.new_rule(at) };
        if !place.ties_with(&held.place) && self.model.has_tie(from, &place) {
            // CUCM promises no order among rules of equal priority
            return false;
        }
        let swap = Swap { out: Some(from), into: Some((rule, place.clone())) };
        if is_same && self.model.stays_between(from, &place) {
            self.model.make(swap);
        } else if !self.model.make_if_safe(swap) {
            return false;
        }
        let change = RuleChange::between(&held.record, &record);
        let is_renumbered = !target.is_moved
            && change == RuleChange { priority: change.priority.clone(), ..RuleChange::default() };
        let purpose = if is_renumbered { Purpose::Renumber } else { Purpose::Update };
        if !change.is_empty() {
            let update = UpdateRule { kind: self.kind, key: key_of(&held.record), change };
            self.step(Call::Update(update), purpose, held.record.name.clone());
        }
        self.is_done[at] = true;
        self.held[at] = record;
        true
    }

    /// Adds a rule before its turn if no number goes elsewhere then.
    fn try_add(&mut self, at: usize) {
        let record = &self.targets[at].record;
        if self.old_names.contains(record.name.as_str()) {
            return;
        }
        let (rule, place) = (self.model.new_rule(at), Place::of(record));
        if !self.model.has_tie(rule, &place) && self.model.make_if_safe(Swap::add(rule, place)) {
            self.add_step(at, Purpose::Add, record.clone());
        }
    }

    /// Adds a rule in its turn.
    fn add(&mut self, at: usize, purpose: Purpose) {
        let mut record = self.targets[at].record.clone();
        record.uuid = None;
        if self.old_names.contains(record.name.as_str()) {
            record.name = self.names.take(&record.name);
        }
        self.model.make(Swap::add(self.model.new_rule(at), Place::of(&record)));
        self.add_step(at, purpose, record);
    }

    fn add_step(&mut self, at: usize, purpose: Purpose, record: CucmRule) {
        self.step(Call::Add(AddRule(record.clone())), purpose, record.name.clone());
        self.is_done[at] = true;
        self.held[at] = record;
    }

    /// Removes records, the last one first.
    fn remove(&mut self) {
        self.removals.sort_unstable_by_key(|(at, _)| std::cmp::Reverse(*at));
        for (at, purpose) in std::mem::take(&mut self.removals) {
            self.model.make(Swap::remove(at));
            let record = &self.old[at].record;
            let remove = RemoveRule { kind: self.kind, key: key_of(record) };
            self.step(Call::Remove(remove), purpose, record.name.clone());
        }
    }

    /// Gives the final names. By now only rules of the target are in the list.
    fn rename(&mut self) {
        let held = self.held.iter().zip(self.targets);
        let renames = held.filter(|(held, target)| held.name != target.record.name);
        let renames = renames
            .map(|(held, target)| Rename { record: held.clone(), to: target.record.name.clone() });
        let renames: Vec<Rename> = renames.collect();
        let names = self.held.iter().map(|held| held.name.clone()).collect();
        for Rename { record, to } in renames::ordered(renames, names, &mut self.names) {
            let change = RuleChange { name: Some(to), ..RuleChange::default() };
            let update = UpdateRule { kind: self.kind, key: key_of(&record), change };
            self.step(Call::Update(update), Purpose::Rename, record.name.clone());
        }
    }

    fn step(&mut self, call: Call, purpose: Purpose, name: String) {
        self.steps.push(Step { call, purpose, name });
    }
}
