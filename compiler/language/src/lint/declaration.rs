//! How a lint is declared: its findings, its cost, and the check that finds them.

use adr_diagnostic::{Diagnostic, Finding};

use super::context::Context;

/// A check of a resolved dial plan.
pub(crate) struct Lint {
    /// The kinds of findings that it can give.
    pub(crate) findings: &'static [&'static Finding],
    /// How long it takes.
    pub(super) cost: Cost,
    /// Appends what it finds.
    pub(super) check: fn(&Context<'_>, &mut Vec<Diagnostic>),
}

/// How long a lint takes where rules are many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cost {
    /// Low enough to share a thread with other lints.
    Low,
    /// As long as all other lints together, so that the lint gets its own thread.
    High,
}
