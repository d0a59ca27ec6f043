//! `adrc test`: runs the test lines of a dial plan.

use adr_diagnostic::render::{FORMAT_VERSION, Format, Outcome, TestCase, junit_cases};
use adr_diagnostic::{Sources, visible};
use adr_language::{DialPlan, TestOutcome, View, run_tests};
use adr_watcher::sources::{Input, recognize};
use clap::Args;
use serde::Serialize;

use crate::console::Console;
use crate::dial_plan::without_errors;
use crate::failure::{Failure, Status};
use crate::rules::no_such_site;
use crate::target::{Target, VARIABLE, targets};
use adr_render::text::count;

/// Arguments of `adrc test`.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Rule sources: .adr files, or folders of them; together they are one dial plan
    #[arg(value_name = "PATH", env = VARIABLE)]
    paths: Vec<String>,
    /// How results are written: text, json or junit
    #[arg(long, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// Run only tests whose line holds this text, as written or as `--format json` shows it
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Run only the tests of this site
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
}

/// A test that was run, and its plan.
type Selected<'p> = (&'p DialPlan, TestOutcome);

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
        let mut plans = Vec::new();
        for target in targets(&self.paths)? {
            let Some(plan) = plan(&target, console)? else {
                return Ok(Status::Findings);
            };
            plans.push(plan);
        }
        let outcomes = self.selected(&plans)?;
        let failed = outcomes.iter().filter(|(_, outcome)| !outcome.passed()).count();
        match self.format {
            Format::Json => console.data(json(&outcomes, failed).as_bytes())?,
            Format::Junit => {
                let cases: Vec<TestCase> =
                    outcomes.iter().map(|(plan, outcome)| case(outcome, plan.sources())).collect();
                console.data(junit_cases("adrc test", &cases).as_bytes())?;
            }
            _ => {
                let shown =
                    |(_, outcome): &&(_, TestOutcome)| !console.is_quiet() || !outcome.passed();
                for (plan, outcome) in outcomes.iter().filter(shown) {
                    console.line(line(outcome, plan.sources()))?;
                }
            }
        }
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
    /// The outcomes of the tests that `--filter` and `--site` leave, each with its plan.
    fn selected<'p>(&self, plans: &'p [DialPlan]) -> Result<Vec<Selected<'p>>, Failure> {
        let site = self.site.as_deref();
        if let Some(site) = site
            && plans.iter().all(|plan| plan.site(site).is_none())
        {
            let names = plans.iter().flat_map(|plan| plan.sites().iter().filter_map(View::name));
            return Err(no_such_site(site, names));
        }
        let outcomes = |plan: &'p DialPlan| run_tests(plan).into_iter().map(move |it| (plan, it));
        let mut outcomes: Vec<Selected<'p>> = plans.iter().flat_map(outcomes).collect();
        let all = outcomes.len();
        if site.is_some() {
            outcomes.retain(|(_, outcome)| outcome.site.as_deref() == site);
        }
        if let Some(text) = &self.filter {
            outcomes.retain(|(plan, outcome)| {
                outcome.title.contains(text) || plan.sources().slice(outcome.span).contains(text)
            });
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

/// The plan without errors; `None` where findings were shown instead.
fn plan(target: &Target, console: &Console) -> Result<Option<DialPlan>, Failure> {
    let Input::Plan(entries) = recognize(&target.paths)? else {
        return Err(Failure::new(
            format!("{}: only .adr files have tests", target.title()),
            "name rule sources",
        ));
    };
    without_errors(&entries, console)
}

/// One test for people: the line as written, and what there is to say about it. What cannot be seen
/// in the line is written as its code point.
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

/// What cleaning changed in the number of a test, for readers who cannot see it.
fn cleaning(outcome: &TestOutcome) -> Option<String> {
    let changed = outcome.changed.as_ref()?;
    Some(format!("in the number, {changed}"))
}

fn place(outcome: &TestOutcome, sources: &Sources) -> String {
    let line = sources.position(outcome.span).line;
    format!("{}:{line}", sources.get(outcome.span.source).name())
}

/// What came out instead, and why.
fn reason(outcome: &TestOutcome) -> String {
    let given = match outcome.actual.as_str() {
        "" => "nothing".into(),
        given => visible(given),
    };
    match &outcome.rule {
        Some((name, at)) => format!("came out as {given}, by rule {at}, \"{name}\""),
        None => format!("came out as {given}: no rule matches"),
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

fn json(outcomes: &[Selected<'_>], failed: usize) -> String {
    let rows = outcomes.iter().map(|(plan, outcome)| Row {
        file: plan.sources().get(outcome.span.source).name(),
        line: plan.sources().position(outcome.span).line,
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
