//! `adrc test`: runs the test lines of a dial plan.

use adr_diagnostic::Sources;
use adr_language::{DialPlan, TestOutcome, run_tests};
use adr_render::test_results::{to_json, to_junit, to_text};
use adr_render::text::count;
use adr_watcher::sources::{Input, recognize};
use clap::Args;

use crate::console::Console;
use crate::dial_plan::{reject, without_errors};
use crate::failure::{Failure, Status};
use crate::format::TestFormat;
use crate::plan_path::{DEFAULT, VARIABLE};
use crate::rules::view;

/// Arguments of `adrc test`.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Rule sources: .adr files, or folders of them; together they are one dial plan
    #[arg(value_name = "PATH", default_value = DEFAULT, env = VARIABLE)]
    paths: Vec<String>,
    /// How results are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TestFormat,
    /// Run only tests whose line holds this text, as written or as `--format json` shows it
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Run only the tests of this site
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
}

impl Test {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let Input::Plan(entries) = recognize(&self.paths)? else {
            return Err(Failure::new(
                format!("{}: tests stand beside rules in .adr files", self.paths.join(" ")),
                "name rule sources",
            ));
        };
        let plan = match without_errors(&entries)? {
            Ok(plan) => plan,
            Err(errors) => return reject(&[*errors], self.format, console),
        };
        let outcomes = self.selected(&plan)?;
        let failed = outcomes.iter().filter(|outcome| !outcome.passed()).count();
        self.write(&outcomes, plan.sources(), console)?;
        let tests = count(outcomes.len(), "test");
        console.message(match failed {
            0 if outcomes.is_empty() => {
                "no tests; write `test { dial 911 -> unchanged }` beside the rules".to_owned()
            }
            0 => format!("{tests} passed"),
            failed => format!("{tests}, {failed} failed"),
        });
        Ok(Status::findings(failed > 0))
    }
}

impl Test {
    fn write(
        &self,
        outcomes: &[TestOutcome],
        sources: &Sources,
        console: &Console,
    ) -> Result<(), Failure> {
        match self.format {
            TestFormat::Json => console.data(to_json(outcomes, sources).as_bytes()),
            TestFormat::Junit => console.data(to_junit(outcomes, sources).as_bytes()),
            TestFormat::Text => {
                let styles = console.terminal().styles();
                let is_shown = |it: &&TestOutcome| !console.is_quiet() || !it.passed();
                outcomes.iter().filter(is_shown).try_for_each(|outcome| {
                    console.data(to_text(outcome, sources, styles).as_bytes())
                })
            }
        }
    }

    /// What became of the tests that `--filter` and `--site` leave.
    fn selected(&self, plan: &DialPlan) -> Result<Vec<TestOutcome>, Failure> {
        let site = self.site.as_deref();
        view(plan, site)?;
        let mut outcomes = run_tests(plan);
        let all = outcomes.len();
        if site.is_some() {
            outcomes.retain(|outcome| outcome.site.as_deref() == site);
        }
        if let Some(text) = &self.filter {
            let written = |outcome: &TestOutcome| plan.sources().slice(outcome.span);
            outcomes.retain(|it| it.title.contains(text) || written(it).contains(text));
        }
        if outcomes.is_empty() && (site.is_some() || self.filter.is_some()) {
            return Err(Failure::new(
                format!("no test is selected, of {}", count(all, "test")),
                "`adrc test` without --filter and --site lists them all",
            ));
        }
        Ok(outcomes)
    }
}
