//! Kinds of findings, as `adrc explain` lists them.

use crate::diagnostic::{Diagnostic, Severity, Subject};

/// A kind of finding: its name, its severity, and the page that explains it.
///
/// Each kind is a `static` in the file that reports it, and a registry collects them for
/// `adrc explain`, docs/reference/findings.md and `--allow`.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// The kebab-case name of the mistake; reads well after "allow".
    pub name: &'static str,
    /// The severity, unless a level changes it.
    pub severity: Severity,
    /// What its findings are about.
    pub subject: Subject,
    /// Whether `--allow` and `--warn` may lower the severity. False for mistakes that leave a dial
    /// plan without a meaning.
    pub lowerable: bool,
    /// What it finds, in one line, in lower case and without a final stop.
    pub headline: &'static str,
    /// The page that explains it, in Markdown and without a heading: what it finds, why it matters,
    /// an example, and the fix.
    pub page: &'static str,
}

impl Finding {
    /// A mistake that leaves a dial plan or file without a meaning: always an error.
    #[must_use]
    pub const fn error(name: &'static str, headline: &'static str, page: &'static str) -> Self {
        Self::new(name, Severity::Error, headline, page)
    }

    /// An input that the caller named and that cannot be read: always an error.
    #[must_use]
    pub const fn unreadable_input(
        name: &'static str,
        headline: &'static str,
        page: &'static str,
    ) -> Self {
        let finding = Self::error(name, headline, page);
        Self { subject: Subject::Input, ..finding }
    }

    /// A warning, unless a level changes it.
    #[must_use]
    pub const fn warning(name: &'static str, headline: &'static str, page: &'static str) -> Self {
        Self::new(name, Severity::Warning, headline, page)
    }

    /// A note: information that is not a mistake, and that is looked for only on request.
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

    /// Reports a finding of this kind, without a place.
    #[must_use]
    pub fn found(&self, message: impl Into<String>) -> Diagnostic {
        let diagnostic = Diagnostic::new(self.name, self.severity, message);
        Diagnostic { subject: self.subject, ..diagnostic }
    }
}
