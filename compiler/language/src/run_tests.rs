//! Runs the test lines of a dial plan, and reports the failing ones as findings.

use std::collections::HashMap;
use std::sync::Arc;

use adr_diagnostic::{Diagnostic, Finding, Report, Span, visible};
use adr_dialer::{Dialer, Scratch};
use adr_engine::{Cleaned, Cleaner, Rule, apply};

use crate::plan::{DialPlan, DialTest, Expectation, List, ListKind, View};

pub(crate) static FINDINGS: &[&Finding] = &[&FAILED_TEST];

pub(crate) static FAILED_TEST: Finding = Finding::error(
    "failed-test",
    "the result of a test line differs from the expected one",
    include_str!("pages/failed-test.md"),
);

/// The outcome of one test line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestOutcome {
    /// The line.
    pub span: Span,
    /// The line in a standard form: `dial +14085551212 at "Dallas" -> 914085551212`.
    pub title: String,
    /// The site whose view is tested; `None` is the default view.
    pub site: Option<String>,
    /// The expected result.
    pub expected: String,
    /// The actual result.
    pub actual: String,
    /// The name and the position (from 1) of the rule that decided; `None` if no rule matches.
    pub rule: Option<(String, usize)>,
    /// The number after cleaning, if cleaning changed it.
    pub cleaned: Option<String>,
    /// What cleaning changed in the number that a reader may overlook, and what it cut off; see
    /// [`Cleaned::changed`](adr_engine::Cleaned::changed).
    pub changed: Option<String>,
}

impl TestOutcome {
    /// Whether the test passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.expected == self.actual
    }
}

/// Runs every test line, in the order written.
#[must_use]
pub fn run_tests(plan: &DialPlan) -> Vec<TestOutcome> {
    let mut runner = Runner::new(plan);
    let tests = plan.tests().iter();
    tests.map(|test| runner.run(test).outcome(plan)).collect()
}

/// A finding for every test line that fails, in the order written.
pub(crate) fn failed(plan: &DialPlan) -> Report {
    let mut runner = Runner::new(plan);
    let tests = plan.tests().iter();
    let failed = tests.filter_map(|test| {
        let ran = runner.run(test);
        (ran.actual != ran.expected()).then(|| ran.finding(plan))
    });
    failed.collect()
}

/// Number of tests of one list from which a [`Dialer`] is worth making.
const MANY: usize = 32;

/// The state for running tests. Nothing is searched for each test, so many tests of many rules and
/// many sites take linear time.
struct Runner<'b> {
    plan: &'b DialPlan,
    /// The views of the sites, by name.
    sites: HashMap<&'b str, &'b View>,
    /// A dialer for each list that has many tests, by the list's address.
    dialers: HashMap<*const List, Dialer>,
    scratch: Scratch,
}

/// The result of a test line.
struct TestRun<'b> {
    test: &'b DialTest,
    list: &'b List,
    /// The rule that decided, counted from 0.
    rule: Option<usize>,
    /// The actual result.
    actual: String,
}

impl<'b> Runner<'b> {
    fn new(plan: &'b DialPlan) -> Self {
        let sites = plan.sites().iter();
        let sites = sites.filter_map(|view| Some((view.name()?, view)));
        let mut runner = Self {
            plan,
            sites: sites.collect(),
            dialers: HashMap::new(),
            scratch: Scratch::default(),
        };
        let mut tests: HashMap<*const List, (usize, &[Rule])> = HashMap::new();
        for test in plan.tests() {
            let list = runner.list(test);
            tests.entry(list).or_insert((0, list.rules())).0 += 1;
        }
        let many = tests.into_iter().filter(|(_, (count, _))| *count >= MANY);
        runner.dialers = many.map(|(list, (_, rules))| (list, Dialer::new(rules))).collect();
        runner
    }

    fn list(&self, test: &DialTest) -> &'b List {
        let site = test.site.as_deref();
        let view = site.and_then(|site| self.sites.get(site).copied());
        Arc::as_ref(view.unwrap_or(self.plan.default_view()).list(test.kind))
    }

    fn run(&mut self, test: &'b DialTest) -> TestRun<'b> {
        let list = self.list(test);
        let number = test.number.as_bytes();
        let (rule, actual) = match self.dialers.get(&std::ptr::from_ref(list)) {
            Some(dialer) => {
                let dialed = dialer.dial(number, &mut self.scratch);
                (dialed.rule(), text(dialed.result))
            }
            None => {
                let applied = apply(list.rules(), number);
                (applied.rule, text(&applied.result))
            }
        };
        TestRun { test, list, rule, actual }
    }
}

impl TestRun<'_> {
    fn expected(&self) -> &str {
        match &self.test.expected {
            Expectation::Unchanged => &self.test.number,
            Expectation::Number(number) => number,
        }
    }

    fn outcome(self, plan: &DialPlan) -> TestOutcome {
        let test = self.test;
        let rule = self.rule.and_then(|at| {
            let name = plan.sources().slice(self.list.origin(at)?.name);
            Some((name.to_owned(), at + 1))
        });
        TestOutcome {
            span: test.span,
            title: title(test),
            site: test.site.clone(),
            expected: self.expected().to_owned(),
            rule,
            cleaned: (test.written != test.number).then(|| test.number.clone()),
            changed: clean_again(&test.written).changed(),
            actual: self.actual,
        }
    }

    fn finding(&self, plan: &DialPlan) -> Diagnostic {
        let sources = plan.sources();
        let test = self.test;
        let what = match test.kind {
            ListKind::Application => "dial",
            ListKind::Lookup => "lookup",
        };
        let site = test.site.as_ref();
        let site = site.map_or_else(String::new, |site| format!(" at site `{site}`"));
        let rule = self.rule.and_then(|at| Some((at, self.list.origin(at)?.name)));
        let decided = match rule {
            Some((_, name)) => {
                let (file, line) = (sources.get(name.source).name(), sources.position(name).line);
                format!("by rule `{}` ({file}:{line})", sources.slice(name))
            }
            None => "because no rule matches".to_owned(),
        };
        let found = FAILED_TEST
            .found(format!(
                "{what} `{}`{site}: expected {}, got {}, {decided}",
                visible(&test.number),
                quoted(self.expected()),
                quoted(&self.actual),
            ))
            .at(test.span)
            .with_help("correct the rule or the test line; `adrc dial` shows each step")
            .with_witness(&test.number);
        let found = match clean_again(&test.written).changed() {
            Some(changed) => found.with_help(format!("in the number, {changed}")),
            None => found,
        };
        match rule {
            Some((at, name)) => found
                .at(name)
                .with_label("this rule decides")
                .with_rule(u32::try_from(at + 1).unwrap_or(u32::MAX)),
            None => found,
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A number in backticks; an empty one is shown as `""`.
fn quoted(number: &str) -> String {
    match number {
        "" => "`\"\"`".to_owned(),
        number => format!("`{}`", visible(number)),
    }
}

/// Cleans a number again to describe the changes. Most numbers are not changed, so the description
/// is not stored.
fn clean_again(written: &str) -> Cleaned<'_> {
    Cleaner::default().clean(written.as_bytes())
}

fn title(test: &DialTest) -> String {
    let verb = match test.kind {
        ListKind::Application => "dial",
        ListKind::Lookup => "lookup",
    };
    let site = test.site.as_ref().map(|site| format!(" at \"{site}\"")).unwrap_or_default();
    let expected = match &test.expected {
        Expectation::Unchanged => "unchanged",
        Expectation::Number(number) => number,
    };
    format!("{verb} {}{site} -> {expected}", test.number)
}
