//! The facade: the stages from texts to a checked book, in one readable line.

use std::collections::HashMap;

use std::sync::Arc;

use adr_diagnostic::{Diagnostic, Report, Severity, Sources, Span};
use hashbrown::HashSet;

use crate::allow;

use crate::book::RuleBook;
use crate::levels::Levels;
use crate::lint::{self, Facts};
use crate::resolve::resolve;
use crate::test;
use crate::tree::Tree;

/// Texts and trees, and what was wrong with them.
#[derive(Debug)]
pub struct Parsed {
    pub(crate) sources: Sources,
    pub(crate) trees: Vec<Tree>,
    /// The trees of the entry files, in the order given.
    pub(crate) entries: Vec<usize>,
    /// The trees that each include splices, by the include's span; absent when that failed.
    pub(crate) includes: HashMap<Span, Vec<usize>>,
    pub(crate) report: Report,
}

impl Parsed {
    /// The texts.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// One tree a file, in the order read.
    #[must_use]
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// What was found while reading and parsing, in the order found; `check` reports it as well.
    #[must_use]
    pub fn findings(&self) -> &Report {
        &self.report
    }

    /// Resolves names, expands rules, runs every check and lint, and the test lines where nothing
    /// of these is an error.
    #[must_use]
    pub fn check(self, levels: &Levels) -> Checked {
        let (resolved, mut found) = resolve(&self);
        let mut damaged =
            self.report.has_errors() || found.iter().any(|found| found.severity == Severity::Error);
        let facts = Facts::of(&self.sources, &self.trees, &resolved);
        if damaged {
            found.extend(lint::repeated_names(&facts));
        } else {
            match lint::run(&facts, levels) {
                Ok(lints) => {
                    found.extend(lints);
                    allow::apply((&self.trees, &self.sources), levels, &mut found);
                }
                Err(repeated) => {
                    found.extend(repeated);
                    damaged = true;
                }
            }
        }
        let mut report = self.report;
        report.append(once(found));
        levels.apply(&mut report);
        let steps = resolved.steps;
        let sources = Arc::new(self.sources);
        let mut book = (!damaged).then(|| RuleBook::of(resolved, Arc::clone(&sources)));
        if let Some(book) = &mut book
            && levels.runs_tests()
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
fn once(found: Vec<Diagnostic>) -> Report {
    let mut seen = HashSet::new();
    found
        .into_iter()
        .filter(|found| {
            found.span().is_none() || seen.insert((found.name, found.span(), found.message.clone()))
        })
        .collect()
}

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
