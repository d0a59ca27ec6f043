//! Renders which tests of a dial plan pass, and why others fail.

use adr_diagnostic::render::{Outcome, TestCase, junit_cases};
use adr_diagnostic::{Sources, visible};
use adr_language::TestOutcome;
use serde::Serialize;

use crate::document::Document;
use crate::style::{Styles, styled};

#[derive(Serialize)]
struct Results<'o> {
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

/// One test as text: its line, and why it failed. Invisible characters are shown as code points.
#[must_use]
pub fn to_text(outcome: &TestOutcome, sources: &Sources, styles: Styles) -> String {
    let word = match outcome.passed() {
        true => styled(styles.good, "ok    "),
        false => styled(styles.bad, "FAILED"),
    };
    let place = place(outcome, sources);
    let written = visible(sources.slice(outcome.span).trim_end());
    let cleaned = outcome.cleaned.as_ref();
    let cleaned =
        cleaned.map(|number| format!("  (dialed as {})", visible(number))).unwrap_or_default();
    let mut text = format!("{word}  {place}: {written}{cleaned}\n");
    if !outcome.passed() {
        let more = std::iter::once(reason(outcome)).chain(cleaning(outcome));
        text.extend(more.map(|more| format!("        {more}\n")));
    }
    text
}

/// All tests as one JSON document. Each test comes with the sources of its dial plan.
#[must_use]
pub fn to_json(outcomes: &[(&Sources, TestOutcome)]) -> String {
    let rows = outcomes.iter().map(|(sources, outcome)| Row {
        file: sources.get(outcome.span.source).name(),
        line: sources.position(outcome.span).line,
        test: &outcome.title,
        passed: outcome.passed(),
        expected: &outcome.expected,
        given: &outcome.actual,
        rule: outcome.rule.as_ref().map(|(name, _)| name.as_str()),
        cleaning: outcome.changed.as_deref(),
    });
    let passed = outcomes.iter().filter(|(_, outcome)| outcome.passed()).count();
    let failed = outcomes.len() - passed;
    Document::of(Results { passed, failed, tests: rows.collect() }).valid(true).to_json()
}

/// All tests as one JUnit document. Each test comes with the sources of its dial plan.
#[must_use]
pub fn to_junit(outcomes: &[(&Sources, TestOutcome)]) -> String {
    let case = |(sources, outcome): &(&Sources, TestOutcome)| TestCase {
        name: outcome.title.clone(),
        file: sources.get(outcome.span.source).name().to_owned(),
        line: sources.position(outcome.span).line,
        outcome: match outcome.passed() {
            true => Outcome::Passed,
            false => Outcome::Failed { message: reason(outcome), detail: detail(outcome) },
        },
    };
    junit_cases("adrc test", &outcomes.iter().map(case).collect::<Vec<_>>())
}

/// What cleaning changed in the number of a test; the change may be invisible.
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

fn detail(outcome: &TestOutcome) -> String {
    let expected = format!("expected {}", visible(&outcome.expected));
    match cleaning(outcome) {
        None => expected,
        Some(cleaning) => format!("{expected}; {cleaning}"),
    }
}
