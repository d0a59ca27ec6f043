//! Names other rules in messages.

use std::fmt;

use adr_diagnostic::Sources;

use super::wording::SHOWN;
use crate::plan::{List, RuleOrigin};

/// Written rules, unique and in the order of their list. Displayed as "`A`, `B`, `C` and 4 more".
#[derive(Debug)]
pub(super) struct RuleNames {
    origins: Vec<RuleOrigin>,
    names: Vec<String>,
}

impl RuleNames {
    /// The written rules that deployed rules were made from.
    pub(super) fn of(sources: &Sources, list: &List, rules: &[usize]) -> Self {
        let mut rules = rules.to_vec();
        rules.sort_unstable();
        let mut seen = hashbrown::HashSet::new();
        let origins = rules.iter().filter_map(|at| list.origin(*at));
        let origins: Vec<RuleOrigin> = origins.filter(|origin| seen.insert(origin.rule)).collect();
        let name = |origin: &RuleOrigin| sources.slice(origin.name).to_owned();
        Self { names: origins.iter().map(name).collect(), origins }
    }

    /// Whether it is a single rule.
    pub(super) fn is_one(&self) -> bool {
        self.origins.len() == 1
    }

    /// The rules that are shown.
    pub(super) fn shown(&self) -> &[RuleOrigin] {
        &self.origins[..self.origins.len().min(SHOWN)]
    }

    /// The names of all rules.
    pub(super) fn into_names(self) -> Vec<String> {
        self.names
    }
}

impl fmt::Display for RuleNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.names.iter().take(SHOWN);
        let shown: Vec<String> = shown.map(|name| format!("`{name}`")).collect();
        f.write_str(&shown.join(", "))?;
        match self.names.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
