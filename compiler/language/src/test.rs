//! Runs the test lines of a book, and words the failures as findings.

use std::collections::HashMap;
use std::sync::Arc;

use adr_diagnostic::{Diagnostic, Finding, Report, Span, visible};
use adr_dialer::{Dialer, Scratch};
use adr_engine::{Cleaned, Cleaner, Rule, apply};

use crate::book::{DialTest, Expectation, List, ListKind, RuleBook, View};

pub(crate) static FINDINGS: &[&Finding] = &[&FAILED_TEST];

pub(crate) static FAILED_TEST: Finding = Finding::error(
    "failed-test",
    "a test line comes out otherwise than it expects",
    "\
A `dial` or `lookup` line of a `test` block is part of the plan. Its number is put through the rules of its
view; when something else comes out than the line expects, the plan is not published: `check`, `compile`,
`plan`, `apply`, `watch` and `serve` refuse it, and what was published before stays. The finding names the
number, what the line expects, what comes out, and the rule that decides.

Wrong:

```text
application {
  rule \"Local\" { digits 7; prefix 9 }
}
test {
  dial 5551212 -> 85551212
}
```

Right:

```adr
application {
  rule \"Local\" { digits 7; prefix 9 }
}
test {
  dial 5551212 -> 95551212
}
```

Correct the rule or the test line. `adrc dial` shows each step for a number, also in a plan whose tests fail,
and `adrc test` lists every test. No level and no `allow` comment lowers a failing test. `--no-tests` on the
command line leaves all tests out.
",
);

/// How one test line came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestOutcome {
    /// The line.
    pub span: Span,
    /// The line in one standard form: `dial +14085551212 at "Dallas" -> 914085551212`.
    pub title: String,
    /// The site whose view is asked; `None` is the default view.
    pub site: Option<String>,
    /// What should come out.
    pub expected: String,
    /// What came out.
    pub given: String,
    /// Name and position (from 1) of the rule that decided; `None` when none matched.
    pub rule: Option<(String, usize)>,
    /// The number as cleaned, when cleaning changed it.
    pub cleaned: Option<String>,
    /// What cleaning changed in the number that a reader may not notice, and what it cut; see
    /// [`Cleaned::changed`](adr_engine::Cleaned::changed).
    pub changed: Option<String>,
}

impl TestOutcome {
    /// Whether the test passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.expected == self.given
    }
}

/// Runs every test line, in the order written.
#[must_use]
pub fn run_tests(book: &RuleBook) -> Vec<TestOutcome> {
    let mut runner = Runner::new(book);
    let tests = book.tests().iter();
    tests.map(|test| runner.run(test).outcome(book)).collect()
}

/// A finding for every test line that fails, in the order written.
pub(crate) fn failed(book: &RuleBook) -> Report {
    let mut runner = Runner::new(book);
    let tests = book.tests().iter();
    let failed = tests.filter_map(|test| {
        let ran = runner.run(test);
        (ran.given != ran.expected()).then(|| ran.finding(book))
    });
    failed.collect()
}

/// Tests of one list from which on it is worth making a [`Dialer`] of it.
const MANY: usize = 32;

/// What running the tests of a book needs: nothing of it is looked for test by test, so that many
/// tests of many rules and many sites take the time of one after the other.
struct Runner<'b> {
    book: &'b RuleBook,
    sites: HashMap<&'b str, &'b View>,
    /// A dialer for each list that has many tests, by the list's address.
    dialers: HashMap<*const List, Dialer>,
    scratch: Scratch,
}

/// What came out of a test line.
struct Ran<'b> {
    test: &'b DialTest,
    list: &'b List,
    /// The rule that decided, counted from 0.
    rule: Option<usize>,
    given: String,
}

impl<'b> Runner<'b> {
    fn new(book: &'b RuleBook) -> Self {
        let sites = book.sites().iter();
        let sites = sites.filter_map(|view| Some((view.name()?, view)));
        let mut runner = Self {
            book,
            sites: sites.collect(),
            dialers: HashMap::new(),
            scratch: Scratch::default(),
        };
        let mut tests: HashMap<*const List, (usize, &[Rule])> = HashMap::new();
        for test in book.tests() {
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
        Arc::as_ref(view.unwrap_or(self.book.default_view()).list(test.kind))
    }

    fn run(&mut self, test: &'b DialTest) -> Ran<'b> {
        let list = self.list(test);
        let number = test.number.as_bytes();
        let (rule, given) = match self.dialers.get(&std::ptr::from_ref(list)) {
            Some(dialer) => {
                let dialled = dialer.dial(number, &mut self.scratch);
                (dialled.rule(), text(dialled.result))
            }
            None => {
                let applied = apply(list.rules(), number);
                (applied.rule, text(&applied.result))
            }
        };
        Ran { test, list, rule, given }
    }
}

impl Ran<'_> {
    fn expected(&self) -> &str {
        match &self.test.expected {
            Expectation::Unchanged => &self.test.number,
            Expectation::Number(number) => number,
        }
    }

    fn outcome(self, book: &RuleBook) -> TestOutcome {
        let test = self.test;
        let rule = self.rule.and_then(|at| {
            let name = book.sources().slice(self.list.origin(at)?.name);
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
            given: self.given,
        }
    }

    fn finding(&self, book: &RuleBook) -> Diagnostic {
        let sources = book.sources();
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
                quoted(&self.given),
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

/// A number in backticks, or that there is none.
fn quoted(number: &str) -> String {
    match number {
        "" => "`\"\"`".to_owned(),
        number => format!("`{}`", visible(number)),
    }
}

/// What cleaning says of a number. Numbers are many and hold nothing unusual, so it is not kept.
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
