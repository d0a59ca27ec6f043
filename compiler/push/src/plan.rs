//! The plan for one list.

use std::collections::HashSet;

use adr_cucm::{CucmRule, RuleKind};
use adr_engine::Rule;

use crate::matching::{longest_ascending, pair};
use crate::names::{NamePool, candidates};
use crate::plan_error::PlanError;
use crate::priorities::{Current, assign};
use crate::record::{Held, in_order, normalized};
use crate::schedule::schedule;
use crate::step::{Purpose, Step};
use crate::target::Target;
use crate::wanted::{Naming, Wanted, WantedRule};

/// How one list of CUCM becomes the wanted one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPlan {
    kind: RuleKind,
    present: Vec<CucmRule>,
    target: Vec<CucmRule>,
    changes: Vec<Change>,
    steps: Vec<Step>,
}

/// What happens to one rule, whatever calls that takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The rule in the present list; `None` for a new rule.
    pub before: Option<Placed>,
    /// The rule in the wanted list; `None` for a rule that is removed.
    pub after: Option<Placed>,
    /// Whether the rule moves among those that stay.
    pub is_moved: bool,
}

/// A record, and its place in the list, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The place.
    pub place: usize,
    /// The record.
    pub record: CucmRule,
}

impl ListPlan {
    /// Which list.
    #[must_use]
    pub fn kind(&self) -> RuleKind {
        self.kind
    }

    /// The list as it is, the first rule first.
    #[must_use]
    pub fn present(&self) -> &[CucmRule] {
        &self.present
    }

    /// The list after all steps, the first rule first. New rules and copies have no key.
    #[must_use]
    pub fn target(&self) -> &[CucmRule] {
        &self.target
    }

    /// What changes: first the rules of the wanted list in its order, then removed rules.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The calls, in the order in which they are made.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether CUCM holds the wanted list already.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The list after the first `count` steps, the first rule first.
    #[must_use]
    pub fn after(&self, count: usize) -> Vec<CucmRule> {
        let mut records = self.present.clone();
        self.steps.iter().take(count).for_each(|step| step.apply(&mut records));
        in_order(records)
    }
}

/// Plans how the records of one list become the wanted rules. The records may be in any order; all
/// are of this kind, and no two have the same name, as CUCM ensures.
///
/// The effort grows with the number of rules, times its logarithm, times the depth to which
/// begins-with are nested.
///
/// # Errors
///
/// A count of a record is not a number.
pub fn plan_list(
    kind: RuleKind,
    present: Vec<CucmRule>,
    wanted: &Wanted,
) -> Result<ListPlan, PlanError> {
    let present = in_order(present);
    let old = present.iter().cloned().map(Held::new).collect::<Result<Vec<Held>, _>>()?;
    let candidates = candidates(wanted);
    let pairs = pair(&old, wanted, &candidates);
    let mut names = NamePool::new(present.iter().map(|record| record.name.as_str()));
    let targets = targets(kind, &old, wanted, (&candidates, &pairs), &mut names);
    let steps = schedule(kind, &old, &targets, names);
    let changes = changes(&old, &targets);
    let replaced: HashSet<&str> = steps
        .iter()
        .filter(|step| step.purpose == Purpose::RemoveReplaced)
        .map(|step| step.name.as_str())
        .collect();
    let record = |target: Target| {
        // a copy has another key than the record that it replaces
        let from = target.from.map(|from| old[from].record.name.as_str());
        let is_copy = from.is_some_and(|name| replaced.contains(name));
        let uuid = target.record.uuid.filter(|_| !is_copy);
        CucmRule { uuid, ..target.record }
    };
    let target = targets.into_iter().map(record).collect();
    Ok(ListPlan { kind, present, target, changes, steps })
}

/// The wanted list with names and priorities.
fn targets(
    kind: RuleKind,
    old: &[Held],
    wanted: &Wanted,
    (candidates, pairs): (&[String], &[Option<usize>]),
    names: &mut NamePool,
) -> Vec<Target> {
    let mut targets: Vec<Target> = wanted
        .rules()
        .iter()
        .zip(candidates.iter().zip(pairs))
        .map(|(wanted_rule, (candidate, from))| {
            let held = from.map(|from| &old[from]);
            let name = match (wanted.naming(), held) {
                (Naming::Exact, _) => candidate.clone(),
                (Naming::Keep, Some(held)) if keeps_name(held, wanted_rule, candidate) => {
                    held.record.name.clone()
                }
                (Naming::Keep, _) => names.take(candidate),
            };
            let is_exact = wanted.naming() == Naming::Exact;
            let rule = normalized(&wanted_rule.rule);
            let record = record(kind, held, (wanted_rule, &rule), (name, is_exact));
            Target { rule, record, from: *from, is_moved: false }
        })
        .collect();
    set_priorities(old, &mut targets);
    mark_moved(old, &mut targets);
    targets
}

/// Whether a record keeps its name: it has the content or the name of the wanted rule.
fn keeps_name(held: &Held, wanted: &WantedRule, candidate: &str) -> bool {
    held.rule == normalized(&wanted.rule) || held.record.name == candidate
}

/// The record of a wanted rule, with the priority that it has now.
fn record(
    kind: RuleKind,
    held: Option<&Held>,
    (wanted, rule): (&WantedRule, &Rule),
    (name, is_exact): (String, bool),
) -> CucmRule {
    let new = CucmRule::new(kind, name.clone());
    let mut record = held.map_or(new, |held| CucmRule { name, ..held.record.clone() });
    let is_same = held.is_some_and(|held| held.rule == *rule);
    if let Some(description) = &wanted.description
        && (is_exact || !is_same)
    {
        record.description.clone_from(description);
    }
    // fields that mean the same already are left alone
    let differs = |of: fn(&Rule) -> i32| held.is_none_or(|held| of(&held.rule) != of(rule));
    if differs(Rule::digits) {
        record.digits = i64::from(rule.digits()).into();
    }
    if differs(Rule::remove) {
        record.remove = i64::from(rule.remove()).into();
    }
    rule.begins_with().clone_into(&mut record.begins_with);
    rule.prefix().clone_into(&mut record.prefix);
    record
}

/// Marks the records that move. Those that keep their priorities do not, and of the others as few
/// as possible.
fn mark_moved(old: &[Held], targets: &mut [Target]) {
    let is_kept = |target: &Target| {
        target.from.is_some_and(|from| old[from].record.priority == target.record.priority)
    };
    // where the present gap between kept records begins, in the present list
    let mut low = 0;
    for gap in targets.chunk_by_mut(|before, _| !is_kept(before)) {
        let kept = gap.last().filter(|last| is_kept(last)).and_then(|last| last.from);
        let high = kept.unwrap_or(old.len());
        let inside = |target: &Target| target.from.filter(|from| (low..high).contains(from));
        let stays: Vec<usize> = (0..gap.len()).filter(|at| inside(&gap[*at]).is_some()).collect();
        let order: Vec<usize> = stays.iter().filter_map(|at| inside(&gap[*at])).collect();
        let longest = longest_ascending(&order);
        for target in gap.iter_mut() {
            target.is_moved = target.from.is_some() && target.from != kept;
        }
        longest.iter().for_each(|at| gap[stays[*at]].is_moved = false);
        low = kept.map_or(low, |kept| kept + 1);
    }
}

fn set_priorities(old: &[Held], targets: &mut [Target]) {
    let mut is_removed = vec![true; old.len()];
    targets.iter().filter_map(|target| target.from).for_each(|from| is_removed[from] = false);
    let removed = old.iter().zip(is_removed).filter(|(_, is_removed)| *is_removed);
    let avoid: HashSet<i64> = removed.filter_map(|(held, _)| held.place.priority()).collect();
    let current = |target: &Target| {
        let held = &old[target.from?];
        let keeps_name = held.record.name == target.record.name;
        Some(Current { place: &held.place, keeps_name })
    };
    let list: Vec<Option<Current<'_>>> = targets.iter().map(current).collect();
    let new = assign(&list, &avoid);
    for (target, priority) in targets.iter_mut().zip(new) {
        if let Some(priority) = priority {
            target.record.priority = priority.into();
        }
    }
}

fn changes(old: &[Held], targets: &[Target]) -> Vec<Change> {
    let mut is_removed = vec![true; old.len()];
    let mut changes = Vec::new();
    for (at, target) in targets.iter().enumerate() {
        let before = target.from.map(|from| {
            is_removed[from] = false;
            Placed { place: from + 1, record: old[from].record.clone() }
        });
        if before.as_ref().is_none_or(|before| before.record != target.record) {
            let after = Some(Placed { place: at + 1, record: target.record.clone() });
            changes.push(Change { before, after, is_moved: target.is_moved });
        }
    }
    for (at, held) in old.iter().enumerate().filter(|(at, _)| is_removed[*at]) {
        let before = Some(Placed { place: at + 1, record: held.record.clone() });
        changes.push(Change { before, after: None, is_moved: false });
    }
    changes
}
