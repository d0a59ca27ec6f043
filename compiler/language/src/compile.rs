//! The facade: the stages from texts to a checked book, in one readable line.

use adr_diagnostic::{Report, Sources};

use crate::book::RuleBook;
use crate::levels::Levels;
use crate::tree::Tree;
use crate::world::{Entry, World};

/// Reads and parses the entries of one book and everything they include.
///
/// Entries are one book, in the order given. Nothing is refused here: whatever is wrong is in the
/// report that [`Parsed::check`] gives.
#[must_use]
pub fn load(world: &dyn World, entries: &[Entry]) -> Parsed {
    let _ = (world, entries);
    todo!()
}

/// Texts and trees, and what was wrong with them.
#[derive(Debug)]
pub struct Parsed {
    pub(crate) sources: Sources,
    pub(crate) trees: Vec<Tree>,
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

    /// Resolves names, expands rules, runs every check and lint.
    #[must_use]
    pub fn check(self, levels: &Levels) -> Checked {
        let _ = levels;
        todo!()
    }
}

/// Every finding about a book, and the book if none of them is an error.
#[derive(Debug)]
pub struct Checked {
    sources: std::sync::Arc<Sources>,
    report: Report,
    book: Option<RuleBook>,
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

    /// The book; `None` when the report has errors.
    #[must_use]
    pub fn book(&self) -> Option<&RuleBook> {
        self.book.as_ref()
    }

    /// The book; `None` when the report has errors.
    #[must_use]
    pub fn into_book(self) -> Option<RuleBook> {
        self.book
    }
}
