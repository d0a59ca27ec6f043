//! `adrc test`: runs the test lines of a dial plan.

use adr_diagnostic::Sources;
use adr_language::{DialPlan, TestOutcome, View, run_tests};
use adr_render::test_results::{to_json, to_junit, to_text};
use adr_render::text::count;
use adr_watcher::sources::{Input, recognize};
use clap::Args;

use crate::console::Console;
use crate::dial_plan::{OrErrors, reject, without_errors};
use crate::failure::{Failure, Status};
use crate::format::TestFormat;
use crate::rules::no_such_site;
use crate::target::{Target, VARIABLE, targets};

/// Arguments of `adrc test`.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Rule sources: .adr files, or folders of them; together they are one dial plan
    #[arg(value_name = "PATH", env = VARIABLE)]
    paths: Vec<String>,
    /// Format of the results
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TestFormat,
    /// Run only the tests whose line contains this text
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Run only the tests of this site
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
}

/// A test that was run, and the sources of its plan.
type Selected<'p> = (&'p Sources, TestOutcome);

impl Test {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let (mut plans, mut rejected) = (Vec::new(), Vec::new());
        for target in targets(&self.paths)? {
            match plan(&target)? {
                Ok(plan) => plans.push(plan),
                Err(errors) => rejected.push(*errors),
            }
        }
        if !rejected.is_empty() {
            return reject(&rejected, self.format, console);
        }
        let outcomes = self.selected(&plans)?;
        let failed = outcomes.iter().filter(|(_, outcome)| !outcome.passed()).count();
        self.write(&outcomes, console)?;
        let tests = count(outcomes.len(), "test");
        console.message(match failed {
            0 if outcomes.is_empty() => {
                "no tests; write `test { dial 911 -> unchanged }` in a rule source".to_owned()
            }
            0 => format!("{tests} passed"),
            failed => format!("{tests}, {failed} failed"),
        });
        Ok(Status::findings(failed > 0))
    }
}

impl Test {
    fn write(&self, outcomes: &[Selected<'_>], console: &Console) -> Result<(), Failure> {
        match self.format {
            TestFormat::Json => console.data(to_json(outcomes).as_bytes()),
            TestFormat::Junit => console.data(to_junit(outcomes).as_bytes()),
            TestFormat::Text => {
                let styles = console.terminal().styles();
                let is_shown = |(_, it): &&Selected<'_>| !console.is_quiet() || !it.passed();
                outcomes.iter().filter(is_shown).try_for_each(|(sources, outcome)| {
                    console.text(to_text(outcome, sources, styles))
                })
            }
        }
    }

    /// The outcomes of the tests that `--filter` and `--site` select, each with its plan.
    fn selected<'p>(&self, plans: &'p [DialPlan]) -> Result<Vec<Selected<'p>>, Failure> {
        let site = self.site.as_deref();
        if let Some(site) = site
            && plans.iter().all(|plan| plan.site(site).is_none())
        {
            let names = plans.iter().flat_map(|plan| plan.sites().iter().filter_map(View::name));
            return Err(no_such_site(site, names));
        }
        let outcomes =
            |plan: &'p DialPlan| run_tests(plan).into_iter().map(|it| (plan.sources(), it));
        let mut outcomes: Vec<Selected<'p>> = plans.iter().flat_map(outcomes).collect();
        let all = outcomes.len();
        if site.is_some() {
            outcomes.retain(|(_, outcome)| outcome.site.as_deref() == site);
        }
        if let Some(text) = &self.filter {
            outcomes.retain(|(sources, outcome)| {
                outcome.title.contains(text) || sources.slice(outcome.span).contains(text)
            });
        }
        if outcomes.is_empty() && (site.is_some() || self.filter.is_some()) {
            return Err(Failure::new(
                format!("--filter and --site select none of {}", count(all, "test")),
                "`adrc test` without them runs all tests",
            ));
        }
        Ok(outcomes)
    }
}

/// The plan, or its findings if it has errors.
fn plan(target: &Target) -> Result<OrErrors<DialPlan>, Failure> {
    let Input::Plan(entries) = recognize(&target.paths)? else {
        return Err(Failure::new(
            format!("{}: only rule sources contain tests", target.title()),
            "name rule sources",
        ));
    };
    without_errors(&entries)
}
