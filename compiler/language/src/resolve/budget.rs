//! The limits of an expansion: steps, and stored entries.
//!
//! A small text can expand to a lot: lists of lists, products of classes, files that are included
//! many times. Everything that grows by expansion is counted here before it is made, and the
//! expansion ends when a limit is exceeded.

use adr_diagnostic::{Finding, Span};

use super::context::Context;
use crate::limits::{LIST_ENTRIES, STEPS};

pub(super) static FINDINGS: &[&Finding] = &[&EXPANSION_TOO_LARGE];

static EXPANSION_TOO_LARGE: Finding = Finding::error(
    "expansion-too-large",
    "expanding the dial plan exceeds the limits of adrc",
    include_str!("../pages/expansion-too-large.md"),
);

/// What an expansion has cost so far.
#[derive(Debug, Default)]
pub(super) struct Budget {
    /// The number of steps so far, at most [`STEPS`].
    steps: usize,
    /// The number of stored entries so far, at most [`LIST_ENTRIES`].
    entries: usize,
    /// Whether a limit was exceeded.
    is_over: bool,
}

impl Context<'_> {
    /// Whether the expansion has ended early; the reason is among the findings.
    pub(super) fn is_over(&self) -> bool {
        self.budget.is_over
    }

    /// Ends the expansion; the reason is already among the findings.
    pub(super) fn end_expansion(&mut self) {
        self.budget.is_over = true;
    }

    /// Counts `steps` more, caused by the text at `at`. False if this exceeds a limit.
    pub(super) fn allows_steps(&mut self, steps: usize, at: Span) -> bool {
        let given = self.budget.steps.saturating_add(steps);
        let message =
            |given| format!("expanding this takes at least {given} steps; the limit is {STEPS}");
        let is_within = self.stays_within(given, STEPS, at, message);
        if is_within {
            self.budget.steps = given;
        }
        is_within
    }

    /// The number of steps so far.
    pub(super) fn steps(&self) -> usize {
        self.budget.steps
    }

    /// Counts `entries` more that lists store, caused by the text at `at`. False if this exceeds a
    /// limit.
    pub(super) fn allows_entries(&mut self, entries: usize, at: Span) -> bool {
        self.budget.entries = self.budget.entries.saturating_add(entries);
        self.allows_steps(entries, at) && self.is_short_enough(self.budget.entries, at)
    }

    /// Whether a list may have `entries`, caused by the text at `at`. They are counted as steps.
    pub(super) fn allows_list(&mut self, entries: usize, at: Span) -> bool {
        self.allows_steps(entries, at) && self.is_short_enough(entries, at)
    }

    fn is_short_enough(&mut self, entries: usize, at: Span) -> bool {
        let message = |given| {
            format!(
                "the lists of this dial plan have at least {given} entries; the limit is {LIST_ENTRIES}"
            )
        };
        self.stays_within(entries, LIST_ENTRIES, at, message)
    }

    fn stays_within(
        &mut self,
        given: usize,
        limit: usize,
        at: Span,
        message: impl Fn(usize) -> String,
    ) -> bool {
        if given > limit && !self.budget.is_over {
            self.budget.is_over = true;
            let found = EXPANSION_TOO_LARGE.found(message(given)).at(at);
            self.push(found.with_help(
                "write shorter lists, and say with `digits` or `rest` how long numbers are",
            ));
        }
        !self.budget.is_over
    }
}
