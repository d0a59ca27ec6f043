//! Kinds of findings: what `adrc explain` knows.

use crate::diagnostic::{Diagnostic, Severity, Subject};

/// A kind of finding: its name, its weight, and the page that explains it.
///
/// Each is a `static` in the file that finds it, and one list a crate registers them, so that
/// `adrc explain NAME`, `docs/lints.md` and `--allow NAME` all speak of the same thing.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// Kebab-case name of the bad pattern; reads well after "allow".
    pub name: &'static str,
    /// Weight unless a level says otherwise.
    pub severity: Severity,
    /// What it is about.
    pub subject: Subject,
    /// Whether `--allow` and `--warn` may lower it. False for what leaves a dial plan without a
    /// meaning.
    pub lowerable: bool,
    /// What it is, one line, lower case, no final stop.
    pub headline: &'static str,
    /// Markdown below the heading: what it is, why it matters, an example, what to do.
    pub page: &'static str,
}

impl Finding {
    /// A kind that leaves a dial plan or file without a meaning: always an error.
    #[must_use]
    pub const fn error(name: &'static str, headline: &'static str, page: &'static str) -> Self {
        Self::new(name, Severity::Error, headline, page)
    }

    /// A kind that says that an input which the caller named cannot be read: always an error.
    #[must_use]
    pub const fn unreadable_input(
        name: &'static str,
        headline: &'static str,
        page: &'static str,
    ) -> Self {
        let finding = Self::error(name, headline, page);
        Self { subject: Subject::Input, ..finding }
    }

    /// A kind that is a warning unless a level says otherwise.
    #[must_use]
    pub const fn warning(name: &'static str, headline: &'static str, page: &'static str) -> Self {
        Self::new(name, Severity::Warning, headline, page)
    }

    /// A kind that is worth knowing and no mistake: information, and looked for only when somebody
    /// asks.
    #[must_use]
    pub const fn note(name: &'static str, headline: &'static str, page: &'static str) -> Self {
        Self::new(name, Severity::Information, headline, page)
    }

    const fn new(
        name: &'static str,
        severity: Severity,
        headline: &'static str,
        page: &'static str,
    ) -> Self {
        let lowerable = !matches!(severity, Severity::Error);
        Self { name, severity, subject: Subject::Content, lowerable, headline, page }
    }

    /// A finding of this kind, without a place yet.
    #[must_use]
    pub fn found(&self, message: impl Into<String>) -> Diagnostic {
        let diagnostic = Diagnostic::new(self.name, self.severity, message);
        Diagnostic { subject: self.subject, ..diagnostic }
    }
}
