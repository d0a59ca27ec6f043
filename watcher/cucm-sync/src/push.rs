//! Makes CUCM's two lists of rules equal to those of a dial plan.
//!
//! [`prepare()`] reads both lists and plans the calls, [`Prepared::carry_out`] makes them. Before
//! the first call a [journal](Journal) gets the old and the new lists, and it is removed when CUCM
//! holds the new ones. A push that ended in between, even by `kill -9`, is noticed by the next one,
//! which resumes it or, with [`Goal::Rollback`], goes back. Both plan again from what CUCM holds by
//! then, so it does not matter how far the push got.

mod carry_out;
mod error;
mod journal;
mod lists;

use std::path::Path;

use adr_cucm::RuleKind;
use adr_cucm_client::{Node, Session};
use adr_language::{DialPlan, ListKind};
use adr_push::{ListPlan, Wanted, WantedRule, plan_list};

pub use carry_out::StepReport;
pub use error::{Difference, PushError};
pub use journal::{Journal, JournalError, Unfinished};
pub use lists::Lists;
use lists::read_lists;

use crate::emergency::check_emergency;
use crate::read::read_patterns;

/// What a push is to do.
#[derive(Clone, Debug)]
pub enum Goal {
    /// The rules of a dial plan: application rules, and lookup rules.
    Plan([Vec<WantedRule>; 2]),
    /// The lists as they were before the unfinished push.
    Rollback,
}

/// A push that was planned and not started.
#[derive(Debug)]
pub struct Prepared {
    journal: Journal,
    plans: Vec<ListPlan>,
    /// What the journal gets.
    record: Unfinished,
    /// Whether the journal has an unfinished push.
    is_resumed: bool,
}

/// The rules of the default view of a dial plan. CUCM has no sites.
#[must_use]
pub fn rules_of(plan: &DialPlan) -> [Vec<WantedRule>; 2] {
    [ListKind::Application, ListKind::Lookup].map(|kind| {
        let list = plan.default_view().list(kind);
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let rules = list.rules().iter().enumerate().map(|(at, rule)| {
            let origin = list.origin(at);
            WantedRule {
                rule: rule.clone(),
                name: origin.and_then(|origin| text(plan.sources().slice(origin.name))),
                description: origin.and_then(|origin| text(plan.description(origin)?)),
            }
        });
        rules.collect()
    })
}

/// Reads both lists, and plans how they become the wanted ones. Changes nothing. The rules of a
/// dial plan must not change an emergency number that the cluster flags.
///
/// `folder` has the journals of all clusters; `publisher` names the one of this cluster. An
/// unfinished push to the same rules is resumed, so that its new rules get their final names.
///
/// # Errors
///
/// See [`PushError`].
pub async fn prepare(
    session: &Session,
    publisher: &Node,
    folder: &Path,
    goal: Goal,
) -> Result<Prepared, PushError> {
    let versions = session.versions().await?;
    if !versions.schema.has_usable_rules() {
        return Err(PushError::OldRelease { version: versions.schema });
    }
    let journal = Journal::read(folder, publisher)?;
    let present = read_lists(session).await?;
    let unfinished = journal.unfinished();
    let is_rollback = matches!(goal, Goal::Rollback);
    if let Goal::Plan([application, _]) = &goal {
        let flagged = read_patterns(session).await?;
        check_emergency(application.iter().map(|wanted| &wanted.rule), &flagged)?;
    }
    let wanted = wanted(goal, unfinished)?;
    let mut plans = Vec::new();
    for (kind, wanted) in RuleKind::ALL.into_iter().zip(wanted) {
        plans.push(plan_list(kind, present.of(kind).to_vec(), &wanted)?);
    }
    let record = match unfinished {
        Some(unfinished) if is_rollback => unfinished.clone(),
        unfinished => Unfinished {
            old: unfinished.map_or_else(|| present.clone(), |unfinished| unfinished.old.clone()),
            wanted: Lists::new(|kind| {
                let plan = plans.iter().find(|plan| plan.kind() == kind);
                plan.map_or_else(Vec::new, |plan| plan.target().to_vec())
            }),
        },
    };
    let is_resumed = unfinished.is_some();
    Ok(Prepared { journal, plans, record, is_resumed })
}

/// The two wanted lists.
fn wanted(goal: Goal, unfinished: Option<&Unfinished>) -> Result<Vec<Wanted>, PushError> {
    let of_records = |lists: &Lists| -> Result<Vec<Wanted>, PushError> {
        RuleKind::ALL.into_iter().map(|kind| Ok(Wanted::records(lists.of(kind))?)).collect()
    };
    match (goal, unfinished) {
        (Goal::Rollback, None) => Err(PushError::NothingToUndo),
        (Goal::Rollback, Some(unfinished)) => of_records(&unfinished.old),
        (Goal::Plan(rules), None) => Ok(rules.into_iter().map(Wanted::plan).collect()),
        (Goal::Plan(rules), Some(unfinished)) => {
            let before = of_records(&unfinished.wanted)?;
            let is_same = |(wanted, rules): (&Wanted, &Vec<WantedRule>)| wanted.has_rules_of(rules);
            match before.iter().zip(&rules).all(is_same) {
                true => Ok(before),
                false => Ok(rules.into_iter().map(Wanted::plan).collect()),
            }
        }
    }
}

impl Prepared {
    /// The plans of both lists.
    #[must_use]
    pub fn plans(&self) -> &[ListPlan] {
        &self.plans
    }

    /// Whether an earlier push to this cluster did not finish.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.is_resumed
    }

    /// Where the record of this push is while it is not finished.
    #[must_use]
    pub fn journal_path(&self) -> &Path {
        self.journal.path()
    }

    /// Whether CUCM holds the wanted lists already.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.plans.iter().all(ListPlan::is_empty)
    }

    /// Removes the record of an earlier push, if CUCM holds the wanted lists already.
    ///
    /// # Errors
    ///
    /// The record cannot be removed, or another process is pushing.
    pub fn close(mut self) -> Result<(), PushError> {
        if self.is_empty() && self.is_resumed {
            self.journal.begin(&self.record)?;
            self.journal.finish()?;
        }
        Ok(())
    }
}
