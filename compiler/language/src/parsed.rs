//! Texts and their trees, before they are checked.

use std::collections::HashMap;

use adr_diagnostic::{Report, Sources, Span};

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
}
