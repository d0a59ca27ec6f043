//! Runs the test lines of a book.

use std::borrow::Cow;
use std::sync::Arc;

use adr_diagnostic::Span;
use adr_engine::{Dialer, Room, apply};
use hashbrown::HashMap;

use crate::book::{DialTest, Expectation, List, ListKind, RuleBook};

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
    let mut dialing = Dialing::of(book);
    let tests = book.tests().iter();
    tests.map(|test| run(book, test, &mut dialing)).collect()
}

/// The list that a test line asks.
fn asked<'b>(book: &'b RuleBook, test: &DialTest) -> &'b Arc<List> {
    let site = test.site.as_deref().and_then(|site| book.site(site));
    site.unwrap_or(book.default_view()).list(test.kind)
}

/// Up to so many test lines of a list it takes less time to look at its rules in order than to build a
/// [`Dialer`] of them.
const FEW: usize = 8;

/// How the numbers of test lines are dialed.
struct Dialing {
    /// Of the lists that many test lines ask.
    dialers: HashMap<*const List, Dialer>,
    room: Room,
}

impl Dialing {
    fn of(book: &RuleBook) -> Self {
        let mut many: HashMap<*const List, (&List, usize)> = HashMap::new();
        for list in book.tests().iter().map(|test| asked(book, test)) {
            many.entry(Arc::as_ptr(list)).or_insert((list, 0)).1 += 1;
        }
        many.retain(|_, (_, tests)| *tests > FEW);
        let dialers = many
            .into_iter()
            .map(|(at, (list, _))| (at, Dialer::new(list.rules())));
        Self {
            dialers: dialers.collect(),
            room: Room::default(),
        }
    }

    /// What a number goes out as by a list, and the position of the rule that decides.
    fn dial<'a>(
        &'a mut self,
        list: &Arc<List>,
        number: &'a [u8],
    ) -> (Option<usize>, Cow<'a, [u8]>) {
        match self.dialers.get(&Arc::as_ptr(list)) {
            Some(dialer) => {
                let dialed = dialer.dial(number, &mut self.room);
                (dialed.rule(), Cow::Borrowed(dialed.result))
            }
            None => {
                let applied = apply(list.rules(), number);
                (applied.rule, applied.result)
            }
        }
    }
}

fn run(book: &RuleBook, test: &DialTest, dialing: &mut Dialing) -> TestOutcome {
    let list = asked(book, test);
    let (rule, result) = dialing.dial(list, test.number.as_bytes());
    let expected = match &test.expected {
        Expectation::Unchanged => test.number.clone(),
        Expectation::Number(number) => number.clone(),
    };
    let rule = rule.and_then(|at| {
        let name = book.sources().slice(list.origin(at)?.name);
        Some((name.to_owned(), at + 1))
    });
    TestOutcome {
        span: test.span,
        title: title(test),
        expected,
        given: String::from_utf8_lossy(&result).into_owned(),
        rule,
        cleaned: (test.written != test.number).then(|| test.number.clone()),
    }
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
