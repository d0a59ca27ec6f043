//! One call to CUCM.

use adr_cucm::CucmRule;
use adr_cucm::axl::{AddRule, RemoveRule, RuleChange, RuleKey, UpdateRule};

/// A call that changes one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Adds a rule.
    Add(AddRule),
    /// Changes a rule.
    Update(UpdateRule),
    /// Removes a rule.
    Remove(RemoveRule),
}

/// Why a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// CUCM does not have the rule.
    Add,
    /// The rule gets other values or another place.
    Update,
    /// The rule gets another priority, because there is no room between others.
    Renumber,
    /// No rule of the plan is like this one.
    Remove,
    /// A copy takes over from a rule that cannot be updated in place without misdirected calls.
    Copy,
    /// The rule has a copy by now.
    RemoveReplaced,
    /// The rule gets its final name, which another rule had before.
    Rename,
}

/// One call, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The call.
    pub call: Call,
    /// Why it is made.
    pub purpose: Purpose,
    /// The name of the rule in CUCM; for a new rule the name that it gets.
    pub name: String,
}

impl Step {
    /// Does to records what CUCM does with the call. An added rule is the last one. A rule that is
    /// not there is left alone.
    pub fn apply(&self, records: &mut Vec<CucmRule>) {
        match &self.call {
            Call::Add(AddRule(record)) => records.push(record.clone()),
            Call::Update(update) => {
                if let Some(at) = find(records, &update.key) {
                    change(&mut records[at], &update.change);
                }
            }
            Call::Remove(remove) => {
                if let Some(at) = find(records, &remove.key) {
                    records.remove(at);
                }
            }
        }
    }
}

fn find(records: &[CucmRule], key: &RuleKey) -> Option<usize> {
    records.iter().position(|record| match key {
        RuleKey::Name(name) => record.name == *name,
        RuleKey::Uuid(uuid) => record.uuid.as_ref() == Some(uuid),
    })
}

fn change(record: &mut CucmRule, change: &RuleChange) {
    fn set<V: Clone>(field: &mut V, value: Option<&V>) {
        if let Some(value) = value {
            field.clone_from(value);
        }
    }
    set(&mut record.name, change.name.as_ref());
    set(&mut record.description, change.description.as_ref());
    set(&mut record.begins_with, change.begins_with.as_ref());
    set(&mut record.digits, change.digits.as_ref());
    set(&mut record.remove, change.remove.as_ref());
    set(&mut record.prefix, change.prefix.as_ref());
    set(&mut record.priority, change.priority.as_ref());
}
