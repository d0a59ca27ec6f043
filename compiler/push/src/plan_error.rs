//! Why there is no plan.

use adr_cucm::RuleKind;

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Nobody knows what clients make of a record.
    #[error("rule `{}` in CUCM: {field} is `{}`, which is not a count", .name.escape_debug(), .value.escape_debug())]
    UnreadableCount {
        /// The list.
        kind: RuleKind,
        /// The rule.
        name: String,
        /// The label on CUCM's page.
        field: &'static str,
        /// The value.
        value: String,
    },
}

impl PlanError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::UnreadableCount { .. } => "correct or remove the rule on CUCM's page",
        }
    }
}
