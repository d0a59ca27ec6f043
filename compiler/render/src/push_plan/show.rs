//! Changes and calls of a push as JSON.

use adr_cucm::CucmRule;
use adr_cucm::axl::AddRule;
use adr_push::{Call, Change, ListPlan, Placed, Purpose, Step};
use serde::Serialize;

use super::list_kind;
use super::words::ChangeKind;
use crate::text::kind_word;

/// One list.
#[derive(Serialize)]
pub(super) struct ListObject<'p> {
    kind: &'static str,
    /// How many rules it has now.
    present: usize,
    /// How many it will have.
    wanted: usize,
    rules: Vec<ChangeObject<'p>>,
    calls: Vec<CallObject<'p>>,
}

/// What happens to one rule.
#[derive(Serialize)]
struct ChangeObject<'p> {
    change: &'static str,
    /// The rule as it is; null for a new one.
    old: Option<RuleObject<'p>>,
    /// The rule as it will be; null for a removed one.
    new: Option<RuleObject<'p>>,
}

/// A rule in CUCM.
#[derive(Serialize)]
struct RuleObject<'p> {
    /// From 1.
    place: usize,
    name: &'p str,
    description: &'p str,
    begins_with: &'p str,
    digits: String,
    remove: String,
    prefix: &'p str,
    priority: String,
}

/// One call.
#[derive(Serialize)]
struct CallObject<'p> {
    call: &'static str,
    purpose: &'static str,
    name: &'p str,
    /// The new values; only those that the call sends.
    #[serde(skip_serializing_if = "ValuesObject::is_empty")]
    values: ValuesObject<'p>,
}

#[derive(Default, PartialEq, Eq, Serialize)]
struct ValuesObject<'p> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    begins_with: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digits: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remove: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<String>,
}

impl ValuesObject<'_> {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl<'p> ListObject<'p> {
    pub(super) fn of(plan: &'p ListPlan) -> Self {
        let change = |change: &'p Change| ChangeObject {
            change: ChangeKind::of(change).word(),
            old: change.before.as_ref().map(RuleObject::of),
            new: change.after.as_ref().map(RuleObject::of),
        };
        Self {
            kind: kind_word(list_kind(plan.kind())),
            present: plan.present().len(),
            wanted: plan.target().len(),
            rules: plan.changes().iter().map(change).collect(),
            calls: plan.steps().iter().map(CallObject::of).collect(),
        }
    }
}

impl<'p> RuleObject<'p> {
    fn of(placed: &'p Placed) -> Self {
        let CucmRule { name, description, begins_with, digits, remove, prefix, priority, .. } =
            &placed.record;
        Self {
            place: placed.place,
            name,
            description,
            begins_with,
            digits: digits.to_string(),
            remove: remove.to_string(),
            prefix,
            priority: priority.to_string(),
        }
    }
}

impl<'p> CallObject<'p> {
    fn of(step: &'p Step) -> Self {
        let (call, values) = match &step.call {
            Call::Add(AddRule(record)) => {
                let values = ValuesObject {
                    name: None,
                    description: Some(&record.description),
                    begins_with: Some(&record.begins_with),
                    digits: Some(record.digits.to_string()),
                    remove: Some(record.remove.to_string()),
                    prefix: Some(&record.prefix),
                    priority: Some(record.priority.to_string()),
                };
                ("add", values)
            }
            Call::Update(update) => {
                let change = &update.change;
                let values = ValuesObject {
                    name: change.name.as_deref(),
                    description: change.description.as_deref(),
                    begins_with: change.begins_with.as_deref(),
                    digits: change.digits.as_ref().map(ToString::to_string),
                    remove: change.remove.as_ref().map(ToString::to_string),
                    prefix: change.prefix.as_deref(),
                    priority: change.priority.as_ref().map(ToString::to_string),
                };
                ("update", values)
            }
            Call::Remove(_) => ("remove", ValuesObject::default()),
        };
        let purpose = match step.purpose {
            Purpose::Add => "add",
            Purpose::Update => "update",
            Purpose::Renumber => "renumber",
            Purpose::Remove => "remove",
            Purpose::Copy => "copy",
            Purpose::RemoveReplaced => "remove-replaced",
            Purpose::Rename => "rename",
        };
        Self { call, purpose, name: &step.name, values }
    }
}
