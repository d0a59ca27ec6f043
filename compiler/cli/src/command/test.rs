//! `adrc test`: runs the test lines of a dial plan.

use adr_diagnostic::render::{FORMAT_VERSION, Format, Outcome, TestCase, junit_cases};
use adr_diagnostic::{Sources, visible};
use adr_language::{DialPlan, TestOutcome, run_tests};
use adr_watcher::sources::{Input, recognize};
use clap::Args;
use serde::Serialize;

use crate::console::Console;
use crate::dial_plan::without_errors;
use crate::failure::{Failure, Status};
use crate::plan_path::{DEFAULT, VARIABLE};
use crate::rules::view;
use adr_render::text::count;

/// Arguments of `adrc test`.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Rule sources: .adr files, or folders of them; together they are one dial plan
    #[arg(value_name = "PATH", default_value = DEFAULT, env = VARIABLE)]
    paths: Vec<String>,
    /// Format of the results: text, json or junit
    #[arg(long, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// Run only the tests whose line contains this text
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Run only the tests of this site
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
}

#[derive(Serialize)]
struct Document<'o> {
    format_version: u32,
    passed: usize,
    failed: usize,
    tests: Vec<Row<'o>>,
}

#[derive(Serialize)]
struct Row<'o> {
    file: &'o str,
    line: u32,
    test: &'o str,
    passed: bool,
    expected: &'o str,
    given: &'o str,
    rule: Option<&'o str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cleaning: Option<&'o str>,
}

impl Test {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        if !matches!(self.format, Format::Text | Format::Json | Format::Junit) {
            return Err(Failure::new(
                format!("--format {}: test results have no such form", self.format),
                "choose text, json or junit",
            ));
        }
        let Input::Plan(entries) = recognize(&self.paths)? else {
            return Err(Failure::new(
                format!("{}: only rule sources contain tests", self.paths.join(" ")),
                "name rule sources",
            ));
        };
        let Some(plan) = without_errors(&entries, console)? else {
            return Ok(Status::Findings);
        };
        let sources = plan.sources();
        let outcomes = self.selected(&plan)?;
        let failed = outcomes.iter().filter(|outcome| !outcome.passed()).count();
        match self.format {
            Format::Json => console.data(json(&outcomes, sources, failed).as_bytes())?,
            Format::Junit => {
                let cases: Vec<TestCase> =
                    outcomes.iter().map(|outcome| case(outcome, sources)).collect();
                console.data(junit_cases("adrc test", &cases).as_bytes())?;
            }
            _ => {
                for outcome in
                    outcomes.iter().filter(|outcome| !console.is_quiet() || !outcome.passed())
                {
                    console.line(line(outcome, sources))?;
                }
            }
        }
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
    /// The outcomes of the tests that `--filter` and `--site` select.
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
                format!("--filter and --site select none of {}", count(all, "test")),
                "`adrc test` without them runs all tests",
            ));
        }
        Ok(outcomes)
    }
}

/// One test for people: its line, and why it failed. Invisible characters become code points.
fn line(outcome: &TestOutcome, sources: &Sources) -> String {
    let word = if outcome.passed() { "ok    " } else { "FAILED" };
    let place = place(outcome, sources);
    let written = visible(sources.slice(outcome.span).trim_end());
    let cleaned = outcome.cleaned.as_ref();
    let cleaned =
        cleaned.map(|number| format!("  (dialed as {})", visible(number))).unwrap_or_default();
    let mut text = format!("{word}  {place}: {written}{cleaned}");
    if !outcome.passed() {
        let more = std::iter::once(reason(outcome)).chain(cleaning(outcome));
        text.extend(more.map(|more| format!("\n        {more}")));
    }
    text
}

/// What cleaning changed in the number of a test, which may be invisible.
fn cleaning(outcome: &TestOutcome) -> Option<String> {
    let changed = outcome.changed.as_ref()?;
    Some(format!("in the number, {changed}"))
}

fn place(outcome: &TestOutcome, sources: &Sources) -> String {
    let line = sources.position(outcome.span).line;
    format!("{}:{line}", sources.get(outcome.span.source).name())
}

/// The result, and the rule that decided.
fn reason(outcome: &TestOutcome) -> String {
    let given = match outcome.actual.as_str() {
        "" => "nothing".into(),
        given => visible(given),
    };
    match &outcome.rule {
        Some((name, at)) => format!("the result is {given}, by rule {at}, \"{name}\""),
        None => format!("the result is {given}: no rule matches"),
    }
}

fn case(outcome: &TestOutcome, sources: &Sources) -> TestCase {
    TestCase {
        name: outcome.title.clone(),
        file: sources.get(outcome.span.source).name().to_owned(),
        line: sources.position(outcome.span).line,
        outcome: match outcome.passed() {
            true => Outcome::Passed,
            false => Outcome::Failed { message: reason(outcome), detail: detail(outcome) },
        },
    }
}

fn detail(outcome: &TestOutcome) -> String {
    let expected = format!("expected {}", visible(&outcome.expected));
    match cleaning(outcome) {
        None => expected,
        Some(cleaning) => format!("{expected}; {cleaning}"),
    }
}

fn json(outcomes: &[TestOutcome], sources: &Sources, failed: usize) -> String {
    let rows = outcomes.iter().map(|outcome| Row {
        file: sources.get(outcome.span.source).name(),
        line: sources.position(outcome.span).line,
        test: &outcome.title,
        passed: outcome.passed(),
        expected: &outcome.expected,
        given: &outcome.actual,
        rule: outcome.rule.as_ref().map(|(name, _)| name.as_str()),
        cleaning: outcome.changed.as_deref(),
    });
    let document = Document {
        format_version: FORMAT_VERSION,
        passed: outcomes.len() - failed,
        failed,
        tests: rows.collect(),
    };
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}
