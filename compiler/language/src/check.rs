//! The check: turns parsed texts into a dial plan and a report of everything that is wrong with it.

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

/// The result of a check: the findings, and the dial plan if none of them is an error.
#[derive(Debug)]
pub struct Checked {
    sources: Arc<Sources>,
    report: Report,
    /// The dial plan, even if a lint or a test found an error; `None` after an error of an earlier
    /// stage.
    plan: Option<DialPlan>,
    /// The number of steps of the expansion.
    steps: usize,
}

impl Checked {
    /// The texts of the dial plan.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The findings, sorted by their places.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The number of steps that the expansion took. Steps are items of files, entries of lists,
    /// uses of groups, and rules. At most [`STEPS`](crate::limits::STEPS).
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The plan; `None` when the report has errors.
    #[must_use]
    pub fn plan(&self) -> Option<&DialPlan> {
        self.plan.as_ref().filter(|_| !self.report.has_errors())
    }

    /// The dial plan, even if a lint or a test found an error; `None` after an error of an earlier
    /// stage.
    pub(crate) fn plan_with_errors(&self) -> Option<&DialPlan> {
        self.plan.as_ref()
    }

    /// The plan and its findings.
    ///
    /// # Errors
    ///
    /// The report has errors. The error is this value, unchanged.
    pub fn into_plan_and_report(self) -> Result<(DialPlan, Report), Box<Self>> {
        match self.plan {
            Some(plan) if !self.report.has_errors() => Ok((plan, self.report)),
            plan => Err(Box::new(Self { plan, ..self })),
        }
    }

    /// The plan; `None` when the report has errors.
    #[must_use]
    pub fn into_plan(self) -> Option<DialPlan> {
        self.plan.filter(|_| !self.report.has_errors())
    }
}

impl Parsed {
    /// Resolves names, expands rules, and runs every check and lint. Runs the test lines if none of
    /// these finds an error.
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

/// Removes repeated findings: a group that several views use gives its findings once for each view.
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
