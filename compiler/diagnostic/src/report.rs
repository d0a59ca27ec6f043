//! Reports: findings in order.

use crate::diagnostic::{Diagnostic, Severity, Subject};
use crate::source::Sources;

/// The findings of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order in which they were added, until they are sorted.
    diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// An empty report.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Adds every finding of another report.
    pub fn append(&mut self, mut other: Self) {
        self.diagnostics.append(&mut other.diagnostics);
    }

    /// Adds the findings of another run, whose places are in `other_sources`, and adds those texts
    /// to `sources`. A text that both runs read is added once, so that equal findings of both runs
    /// are equal here.
    ///
    /// ```
    /// use adr_diagnostic::{Diagnostic, Report, Sources, Span};
    ///
    /// let (mut sources, mut report) = (Sources::new(), Report::new());
    /// sources.add("hq.adr", "digts 7");
    /// let mut lab_sources = Sources::new();
    /// let id = lab_sources.add("lab.adr", "digits x");
    /// let found = Diagnostic::error("not-a-number", "`x`").at(Span::new(id, 7, 8));
    /// report.append_run(&mut sources, Report::from_iter([found]), lab_sources);
    /// assert_eq!(sources.slice(report.diagnostics()[0].span().unwrap()), "x");
    /// ```
    pub fn append_run(&mut self, sources: &mut Sources, mut other: Self, other_sources: Sources) {
        let ids = sources.extend(other_sources);
        for span in other.diagnostics.iter_mut().flat_map(Diagnostic::spans_mut) {
            span.source = ids[span.source.0 as usize];
        }
        self.append(other);
    }

    /// Sorts findings by their places; those without a place come first. Findings with equal places
    /// keep their order.
    pub fn sort(&mut self) {
        self.diagnostics.sort_by_key(Diagnostic::span);
    }

    /// Keeps the findings for which `keep` returns true. It may change them.
    pub fn retain(&mut self, keep: impl FnMut(&mut Diagnostic) -> bool) {
        self.diagnostics.retain_mut(keep);
    }

    /// The findings, in order.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Whether there are no findings.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// The number of findings with this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// Whether at least one finding is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.worst() == Some(Severity::Error)
    }

    /// The first finding about an input that the caller named and that cannot be read.
    #[must_use]
    pub fn unreadable_input(&self) -> Option<&Diagnostic> {
        self.diagnostics.iter().find(|diagnostic| diagnostic.subject == Subject::Input)
    }

    /// The highest severity; `None` if there are no findings.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.diagnostics.iter().map(|diagnostic| diagnostic.severity).max()
    }
}

impl FromIterator<Diagnostic> for Report {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(iter: I) -> Self {
        Self { diagnostics: iter.into_iter().collect() }
    }
}
