//! The size of a dial plan.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use adr_language::{DialPlan, ListKind};
use serde::Serialize;

use crate::text::count;

/// The size of a dial plan. Its text is, for example, "3 views, 41 rules, 12 tests passed".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PlanSize {
    views: usize,
    /// A list that views share counts once.
    rules: usize,
    tests: usize,
    tests_run: bool,
}

impl PlanSize {
    /// The size of `plan`.
    #[must_use]
    pub fn of(plan: &DialPlan) -> Self {
        let mut lists = HashMap::new();
        for view in plan.views() {
            for kind in ListKind::ALL {
                let list = view.list(kind);
                lists.insert(Arc::as_ptr(list), list.rules().len());
            }
        }
        Self {
            views: plan.sites().len() + 1,
            rules: lists.values().sum(),
            tests: plan.tests().len(),
            tests_run: plan.tests_passed(),
        }
    }
}

impl fmt::Display for PlanSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (views, rules) = (count(self.views, "view"), count(self.rules, "rule"));
        let outcome = match self.tests_run {
            _ if self.tests == 0 => "",
            true => " passed",
            false => " not run",
        };
        write!(f, "{views}, {rules}, {}{outcome}", count(self.tests, "test"))
    }
}
