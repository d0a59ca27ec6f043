//! The state of resolving: findings, counters, and names that were used.

use adr_diagnostic::{Diagnostic, Sources, Span};
use hashbrown::HashSet;

use super::budget::Budget;
use super::shared::SharedLists;
use super::skipped::Skipped;
use crate::limits::LONGEST_NUMBER;
use crate::suggest::Suggestions;

/// The state of resolving.
pub(super) struct Context<'p> {
    pub(super) sources: &'p Sources,
    pub(super) found: Vec<Diagnostic>,
    /// The groups and lets that were used, by the spans of their names.
    pub(super) used: HashSet<Span>,
    /// The number of rules in all lists so far.
    pub(super) rules: usize,
    pub(super) suggestions: Suggestions,
    /// The lists so far, to share equal ones.
    pub(super) lists: SharedLists,
    /// Upper limit of open lengths such as `digits 7..`.
    pub(super) longest: u32,
    pub(super) skipped: Vec<Skipped>,
    pub(super) budget: Budget,
}

impl<'p> Context<'p> {
    /// The state before anything is resolved.
    pub(super) fn new(sources: &'p Sources) -> Self {
        Self {
            sources,
            found: Vec::new(),
            used: HashSet::new(),
            rules: 0,
            suggestions: Suggestions::default(),
            lists: SharedLists::default(),
            longest: LONGEST_NUMBER,
            skipped: Vec::new(),
            budget: Budget::default(),
        }
    }

    pub(super) fn slice(&self, span: Span) -> &'p str {
        self.sources.slice(span)
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Adds a finding about an unknown name, with the known name that was probably meant.
    pub(super) fn push_with_suggestion<'a>(
        &mut self,
        found: Diagnostic,
        given: &str,
        known: impl Iterator<Item = &'a str>,
    ) {
        let close = self.suggestions.closest(given, known);
        let help = close.map(|close| format!("did you mean `{close}`?"));
        self.push(match help {
            Some(help) => found.with_help(help),
            None => found,
        });
    }
}
