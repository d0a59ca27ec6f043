//! What a list of CUCM should hold.

use adr_cucm::CucmRule;
use adr_engine::Rule;

use crate::plan_error::PlanError;
use crate::record::{normalized, rule_of};

/// A rule that a list of CUCM should hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedRule {
    /// What clients apply.
    pub rule: Rule,
    /// Its name in the dial plan, which several rules may share; `None` if it has none.
    pub name: Option<String>,
    /// Its description; `None` if the dial plan has none.
    pub description: Option<String>,
}

/// What names and descriptions mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// They are those of a dial plan. A rule that CUCM has already keeps its name and description
    /// there; names of other rules are derived, within the limits of CUCM's page.
    Keep,
    /// They are those of records, which CUCM had or was to have: they become exactly these.
    Exact,
}

/// What a list of CUCM should hold, the first rule first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    rules: Vec<WantedRule>,
    naming: Naming,
}

impl Wanted {
    /// The rules of a dial plan.
    #[must_use]
    pub fn plan(rules: Vec<WantedRule>) -> Self {
        Self { rules, naming: Naming::Keep }
    }

    /// The list that these records make, in their order, with exactly their names and
    /// descriptions. The priorities may become others.
    ///
    /// # Errors
    ///
    /// A count of a record is not a number.
    pub fn records(records: &[CucmRule]) -> Result<Self, PlanError> {
        let rule = |record: &CucmRule| {
            Ok(WantedRule {
                rule: rule_of(record)?,
                name: Some(record.name.clone()),
                description: Some(record.description.clone()),
            })
        };
        let rules = records.iter().map(rule).collect::<Result<_, _>>()?;
        Ok(Self { rules, naming: Naming::Exact })
    }

    /// The rules, the first one first.
    #[must_use]
    pub fn rules(&self) -> &[WantedRule] {
        &self.rules
    }

    /// Whether the list has exactly these rules, whatever their names and descriptions.
    #[must_use]
    pub fn has_rules_of(&self, others: &[WantedRule]) -> bool {
        let rule = |wanted: &WantedRule| normalized(&wanted.rule);
        self.rules.iter().map(rule).eq(others.iter().map(rule))
    }

    /// What names and descriptions mean.
    #[must_use]
    pub fn naming(&self) -> Naming {
        self.naming
    }
}
