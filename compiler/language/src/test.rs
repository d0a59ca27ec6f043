//! Runs the test lines of a book.

use adr_diagnostic::Span;
use adr_engine::{Cleaned, Cleaner, apply};

use crate::book::{DialTest, Expectation, ListKind, RuleBook};

/// How one test line came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestOutcome {
    /// The line.
    pub span: Span,
    /// The line in one standard form: `dial +14085551212 at "Dallas" -> 914085551212`.
    pub title: String,
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
    book.tests().iter().map(|test| run(book, test)).collect()
}

fn run(book: &RuleBook, test: &DialTest) -> TestOutcome {
    let view = test
        .site
        .as_deref()
        .and_then(|site| book.site(site))
        .unwrap_or(book.default_view());
    let list = view.list(test.kind);
    let applied = apply(list.rules(), test.number.as_bytes());
    let expected = match &test.expected {
        Expectation::Unchanged => test.number.clone(),
        Expectation::Number(number) => number.clone(),
    };
    let rule = applied.rule.and_then(|at| {
        let name = book.sources().slice(list.origin(at)?.name);
        Some((name.to_owned(), at + 1))
    });
    TestOutcome {
        span: test.span,
        title: title(test),
        expected,
        given: String::from_utf8_lossy(&applied.result).into_owned(),
        rule,
        cleaned: (test.written != test.number).then(|| test.number.clone()),
        changed: clean_again(&test.written).changed(),
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
    let site = test
        .site
        .as_ref()
        .map(|site| format!(" at \"{site}\""))
        .unwrap_or_default();
    let expected = match &test.expected {
        Expectation::Unchanged => "unchanged",
        Expectation::Number(number) => number,
    };
    format!("{verb} {}{site} -> {expected}", test.number)
}
