//! A record as a rule with a place in its list.

use adr_cucm::axl::RuleKey;
use adr_cucm::{Count, CucmRule};
use adr_engine::Rule;

use crate::plan_error::PlanError;

/// What decides where a rule is in its list: priority, then name. Rules without priority come last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    has_no_priority: bool,
    priority: i64,
    pub(crate) name: String,
}

impl Place {
    /// The place of a record.
    pub(crate) fn of(record: &CucmRule) -> Self {
        Self::new(record.priority.number(), record.name.clone())
    }

    /// The place with this priority and name.
    pub(crate) fn new(priority: Option<i64>, name: String) -> Self {
        Self { has_no_priority: priority.is_none(), priority: priority.unwrap_or(0), name }
    }

    /// The priority, if there is one.
    pub(crate) fn priority(&self) -> Option<i64> {
        (!self.has_no_priority).then_some(self.priority)
    }

    /// Whether two places have the same priority, so that only names order them.
    pub(crate) fn ties_with(&self, other: &Self) -> bool {
        self.priority() == other.priority()
    }
}

/// A record of CUCM, and the rule that clients apply.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) record: CucmRule,
    pub(crate) rule: Rule,
    pub(crate) place: Place,
}

impl Held {
    pub(crate) fn new(record: CucmRule) -> Result<Self, PlanError> {
        Ok(Self { rule: rule_of(&record)?, place: Place::of(&record), record })
    }
}

/// Records in the order in which clients apply them: by priority, then by name, those without
/// priority last. [`adr_cucm::convert`] has the same order.
#[must_use]
pub fn in_order(mut records: Vec<CucmRule>) -> Vec<CucmRule> {
    records.sort_by_cached_key(Place::of);
    records
}

/// The rule that clients apply, in a form in which equal effects are mostly equal values.
pub(crate) fn rule_of(record: &CucmRule) -> Result<Rule, PlanError> {
    let count = |field: &'static str, count: &Count| {
        let number = match count {
            Count::Empty => Some(0),
            Count::Number(number) => i32::try_from(*number).ok(),
            Count::Other(_) => None,
        };
        number.ok_or_else(|| PlanError::UnreadableCount {
            kind: record.kind,
            name: record.name.clone(),
            field,
            value: count.to_string(),
        })
    };
    let digits = count("Number of Digits", &record.digits)?;
    let remove = count("Total Digits to be Removed", &record.remove)?;
    Ok(normalized(&Rule::from_deployed(&record.begins_with, digits, remove, &record.prefix)))
}

/// A rule with 0 for any length and -1 for all digits.
pub(crate) fn normalized(rule: &Rule) -> Rule {
    let (digits, remove) = (rule.digits().max(0), rule.remove().max(-1));
    Rule::from_deployed(rule.begins_with(), digits, remove, rule.prefix())
}

/// How calls name a record.
pub(crate) fn key_of(record: &CucmRule) -> RuleKey {
    match &record.uuid {
        Some(uuid) => RuleKey::Uuid(uuid.clone()),
        None => RuleKey::Name(record.name.clone()),
    }
}
