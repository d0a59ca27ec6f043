//! Parsed texts, before they are checked.

use std::collections::HashMap;

use adr_diagnostic::{Report, Sources, Span};

use crate::tree::Tree;

/// The texts and trees of a dial plan, and the findings of reading and parsing them.
#[derive(Debug)]
pub struct Parsed {
    pub(crate) sources: Sources,
    /// One tree for each file, in the order read.
    pub(crate) trees: Vec<Tree>,
    /// The trees of the entry files, in the order given.
    pub(crate) entries: Vec<usize>,
    /// For each include that succeeded: the trees of the included files, by the span of the
    /// include.
    pub(crate) includes: HashMap<Span, Vec<usize>>,
    pub(crate) report: Report,
}

impl Parsed {
    /// The texts of the dial plan.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// One tree a file, in the order read.
    #[must_use]
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// The findings of reading and parsing, in the order in which they were found. The report of
    /// [`Parsed::check`] contains them as well.
    #[must_use]
    pub fn findings(&self) -> &Report {
        &self.report
    }
}
