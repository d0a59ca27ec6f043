//! Runs the test lines of a book.

use adr_diagnostic::Span;

use crate::book::RuleBook;

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
    let _ = book;
    todo!()
}
