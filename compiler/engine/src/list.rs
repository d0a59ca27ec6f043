//! A list of rules that can be deployed.

use std::ops::Deref;

use crate::dial_string::DialString;
use crate::rule::{Rule, RuleError};

/// Rules in priority order, each within CUCM's limits.
///
/// [`xml::write`](crate::xml::write()) takes nothing else, and every constructor checks the limits.
/// Dereferences to `[Rule]`, which [`apply`](crate::apply()) takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RuleList {
    rules: Vec<Rule>,
}

impl RuleList {
    /// The list of these rules.
    ///
    /// # Errors
    ///
    /// The first rule that is outside CUCM's limits.
    pub fn new(rules: Vec<Rule>) -> Result<Self, RuleListError> {
        for (at, rule) in rules.iter().enumerate() {
            rule.check().map_err(|error| RuleListError { rule: at + 1, error })?;
        }
        Ok(Self { rules })
    }

    /// Appends the rule that [`Rule::new`] makes of these values.
    ///
    /// # Errors
    ///
    /// See [`RuleError`]; the list is unchanged.
    pub fn push(
        &mut self,
        begins_with: DialString,
        digits: u32,
        remove: u32,
        prefix: DialString,
    ) -> Result<(), RuleError> {
        self.rules.push(Rule::new(begins_with, digits, remove, prefix)?);
        Ok(())
    }

    /// Appends the rules of another list.
    pub fn append(&mut self, other: &Self) {
        self.rules.extend_from_slice(&other.rules);
    }

    /// Reserves memory for `more` rules, so that appending them does not move the list.
    pub fn reserve(&mut self, more: usize) {
        self.rules.reserve(more);
    }

    /// Releases memory that the rules do not need.
    pub fn shrink_to_fit(&mut self) {
        self.rules.shrink_to_fit();
    }

    /// The rules, in priority order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }
}

impl Deref for RuleList {
    type Target = [Rule];

    fn deref(&self) -> &[Rule] {
        &self.rules
    }
}

/// A rule of a list is outside CUCM's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rule {rule}: {error}")]
pub struct RuleListError {
    /// Position in the list, from 1.
    pub rule: usize,
    /// Which limit it exceeds.
    #[source]
    pub error: RuleError,
}
