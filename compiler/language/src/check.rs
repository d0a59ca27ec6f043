//! The check: from parsed texts to a dial plan, and everything that is wrong with it.

use std::sync::Arc;

use adr_diagnostic::{Diagnostic, Report, Severity, Sources};
use hashbrown::HashSet;

use crate::allow;
use crate::findings::registry;
use crate::levels::Levels;
use crate::lint::{self, Context};
use crate::parsed::Parsed;
use crate::plan::DialPlan;
use crate::resolve::{Resolved, resolve};
use crate::run_tests;

/// Every finding about a plan, and the plan if none of them is an error.
#[derive(Debug)]
pub struct Checked {
    sources: Arc<Sources>,
    report: Report,
    /// What the texts mean, also where a lint found an error; `None` where they mean nothing.
    plan: Option<DialPlan>,
    steps: usize,
}

impl Checked {
    /// The texts.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The findings, in order of their places.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// How many steps the expansion took: items of files, entries of lists, uses of groups, rules.
    /// Never more than [`STEPS`](crate::limits::STEPS).
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The plan; `None` when the report has errors.
    #[must_use]
    pub fn plan(&self) -> Option<&DialPlan> {
        self.plan.as_ref().filter(|_| !self.report.has_errors())
    }

    /// What the texts mean, also where a lint found an error; `None` where they mean nothing.
    pub(crate) fn plan_with_errors(&self) -> Option<&DialPlan> {
        self.plan.as_ref()
    }

    /// The plan; `None` when the report has errors.
    #[must_use]
    pub fn into_plan(self) -> Option<DialPlan> {
        self.plan.filter(|_| !self.report.has_errors())
    }
}

impl Parsed {
    /// Resolves names, expands rules, runs every check and lint, and the test lines where nothing
    /// of these is an error.
    #[must_use]
    pub fn check(self, levels: &Levels) -> Checked {
        let (resolved, mut found) = resolve(&self);
        let mut damaged =
            self.report.has_errors() || found.iter().any(|found| found.severity == Severity::Error);
        let context = Context::of(&self.sources, &self.trees, &resolved);
        if damaged {
            found.extend(lint::repeated_names(&context));
        } else {
            match lint::run(&context, levels) {
                Ok(lints) => {
                    found.extend(lints);
                    let texts = (&*self.trees, &self.sources);
                    allow::apply(texts, levels, registry(), &mut found);
                }
                Err(repeated) => {
                    found.extend(repeated);
                    damaged = true;
                }
            }
        }
        let mut report = self.report;
        report.append(deduplicated(found));
        levels.apply(&mut report);
        let steps = resolved.steps;
        let sources = Arc::new(self.sources);
        let mut plan = (!damaged).then(|| plan(resolved, Arc::clone(&sources)));
        if let Some(plan) = &mut plan
            && levels.tests_enabled()
            && !report.has_errors()
        {
            report.append(run_tests::failed(plan));
            plan.tests_ran = true;
        }
        report.sort();
        Checked { sources, report, plan, steps }
    }
}

/// Each finding once: a group that several views use gives its findings for each of them.
fn deduplicated(found: Vec<Diagnostic>) -> Report {
    let mut seen = HashSet::new();
    found
        .into_iter()
        .filter(|found| {
            found.span().is_none() || seen.insert((found.name, found.span(), found.message.clone()))
        })
        .collect()
}

fn plan(resolved: Resolved, sources: Arc<Sources>) -> DialPlan {
    let emergency = resolved.emergency.into_iter().map(|emergency| emergency.number).collect();
    DialPlan::new(sources, (resolved.default, resolved.sites), emergency, resolved.tests)
}
