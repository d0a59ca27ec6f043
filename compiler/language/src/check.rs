//! The check: from parsed texts to a dial plan, and everything that is wrong with it.

use std::sync::Arc;

use adr_diagnostic::{Diagnostic, Report, Severity, Sources};
use hashbrown::HashSet;

use crate::allow;
use crate::book::RuleBook;
use crate::findings::registry;
use crate::levels::Levels;
use crate::lint::{self, Context};
use crate::parsed::Parsed;
use crate::resolve::{Resolved, resolve};
use crate::test;

/// Every finding about a book, and the book if none of them is an error.
#[derive(Debug)]
pub struct Checked {
    sources: Arc<Sources>,
    report: Report,
    /// What the texts mean, also where a lint found an error; `None` where they mean nothing.
    book: Option<RuleBook>,
    steps: usize,
}

impl Checked {
    /// The texts.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The findings, in order of their places.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// How many steps the expansion took: items of files, entries of lists, uses of groups, rules.
    /// Never more than [`STEPS`](crate::limits::STEPS).
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The book; `None` when the report has errors.
    #[must_use]
    pub fn book(&self) -> Option<&RuleBook> {
        self.book.as_ref().filter(|_| !self.report.has_errors())
    }

    /// What the texts mean, also where a lint found an error; `None` where they mean nothing.
    pub(crate) fn meaning(&self) -> Option<&RuleBook> {
        self.book.as_ref()
    }

    /// The book; `None` when the report has errors.
    #[must_use]
    pub fn into_book(self) -> Option<RuleBook> {
        self.book.filter(|_| !self.report.has_errors())
    }
}

impl Parsed {
    /// Resolves names, expands rules, runs every check and lint, and the test lines where nothing
    /// of these is an error.
    #[must_use]
    pub fn check(self, levels: &Levels) -> Checked {
        let (resolved, mut found) = resolve(&self);
        let mut damaged =
            self.report.has_errors() || found.iter().any(|found| found.severity == Severity::Error);
        let context = Context::of(&self.sources, &self.trees, &resolved);
        if damaged {
            found.extend(lint::repeated_names(&context));
        } else {
            match lint::run(&context, levels) {
                Ok(lints) => {
                    found.extend(lints);
                    let texts = (&*self.trees, &self.sources);
                    allow::apply(texts, levels, registry(), &mut found);
                }
                Err(repeated) => {
                    found.extend(repeated);
                    damaged = true;
                }
            }
        }
        let mut report = self.report;
        report.append(deduplicated(found));
        levels.apply(&mut report);
        let steps = resolved.steps;
        let sources = Arc::new(self.sources);
        let mut book = (!damaged).then(|| plan(resolved, Arc::clone(&sources)));
        if let Some(book) = &mut book
            && levels.tests_enabled()
            && !report.has_errors()
        {
            report.append(test::failed(book));
            book.tests_ran = true;
        }
        report.sort();
        Checked { sources, report, book, steps }
    }
}

/// Each finding once: a group that several views use gives its findings for each of them.
fn deduplicated(found: Vec<Diagnostic>) -> Report {
    let mut seen = HashSet::new();
    found
        .into_iter()
        .filter(|found| {
            found.span().is_none() || seen.insert((found.name, found.span(), found.message.clone()))
        })
        .collect()
}

fn plan(resolved: Resolved, sources: Arc<Sources>) -> RuleBook {
    let emergency = resolved.emergency.into_iter().map(|emergency| emergency.number).collect();
    RuleBook::new(sources, (resolved.default, resolved.sites), emergency, resolved.tests)
}
