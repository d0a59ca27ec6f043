//! A list of rules that may be deployed.

use std::fmt;
use std::ops::Deref;

use crate::dial_string::DialString;
use crate::rule::{Rule, RuleError};

/// Rules in priority order, each within CUCM's limits.
///
/// The only thing that can be written to a file. Cannot be forged: every way in checks.
/// Dereferences to `[Rule]`, on which [`apply`](crate::apply()) works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RuleList {
    rules: Vec<Rule>,
}

impl RuleList {
    /// Checks and takes rules.
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

    /// Appends a rule within the limits of CUCM's page, as [`Rule::new`] takes it.
    ///
    /// # Errors
    ///
    /// See [`RuleError`]; the list is as it was.
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

    /// Makes room for `more` rules, so that they are not moved while they are appended.
    pub fn reserve(&mut self, more: usize) {
        self.rules.reserve(more);
    }

    /// Gives back memory that no rule needs.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleListError {
    /// Position in the list, from 1.
    pub rule: usize,
    /// What is wrong with it.
    pub error: RuleError,
}

impl fmt::Display for RuleListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {}: {}", self.rule, self.error)
    }
}

impl std::error::Error for RuleListError {}
