//! How much each finding weighs in this run.

use adr_diagnostic::{Diagnostic, Finding, Report, Severity};

use crate::findings::{finding, findings};
use crate::suggest::closest;

/// What to do with a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Do not report it.
    Allow,
    /// Report it as a warning.
    Warn,
    /// Report it as an error.
    Deny,
}

/// The name that stands for every finding that is a warning by default.
const WARNINGS: &str = "warnings";

/// Levels in the order they were given; a later one wins.
///
/// `warnings` stands for every finding that is a warning by default. Errors that leave a book
/// without a meaning cannot be lowered. Notes, which are information by default, are looked for
/// only where [`Levels::with_notes`] or a level asks for them. Test lines are run, unless
/// [`Levels::without_tests`] says otherwise: no level lowers a failing test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    settings: Vec<(String, Level)>,
    notes: bool,
    skips_tests: bool,
}

impl Levels {
    /// Sets the level of one finding, or of `warnings`.
    ///
    /// # Errors
    ///
    /// The name is no finding's, or is that of an error that cannot be lowered.
    pub fn set(&mut self, name: &str, level: Level) -> Result<(), UnknownFinding> {
        let unknown = |reason: String| UnknownFinding { name: name.to_owned(), reason };
        if name != WARNINGS {
            let known = finding(name).ok_or_else(|| {
                let names = findings().iter().map(|finding| finding.name).chain([WARNINGS]);
                match closest(name, names) {
                    Some(close) => {
                        unknown(format!("no finding has this name; did you mean `{close}`?"))
                    }
                    None => {
                        unknown("no finding has this name; `adrc explain` lists them".to_owned())
                    }
                }
            })?;
            if !known.lowerable && level != Level::Deny {
                return Err(unknown("this is always an error".to_owned()));
            }
        }
        self.settings.push((name.to_owned(), level));
        Ok(())
    }

    /// Looks for notes as well.
    #[must_use]
    pub fn with_notes(mut self) -> Self {
        self.notes = true;
        self
    }

    /// Leaves the test lines out: a plan whose tests fail is then checked, and can be published,
    /// like one whose tests pass.
    #[must_use]
    pub fn without_tests(mut self) -> Self {
        self.skips_tests = true;
        self
    }

    /// Whether the test lines are run.
    pub(crate) fn runs_tests(&self) -> bool {
        !self.skips_tests
    }

    /// Whether a kind of finding is looked for. Only notes are left out: they are what takes long
    /// and nobody asked for.
    pub(crate) fn asks_for(&self, finding: &Finding) -> bool {
        let mut settings = self.settings.iter().rev();
        let level = settings.find(|(name, _)| name == finding.name);
        finding.severity > Severity::Information
            || level.map_or(self.notes, |(_, level)| *level != Level::Allow)
    }

    /// Gives every finding its weight and drops those that are allowed.
    pub(crate) fn apply(&self, report: &mut Report) {
        if !self.settings.is_empty() {
            report.retain(|diagnostic| self.weigh(diagnostic));
        }
    }

    fn weigh(&self, diagnostic: &mut Diagnostic) -> bool {
        let Some(finding) = finding(diagnostic.name).filter(|finding| finding.lowerable) else {
            return true;
        };
        let concerns = |name: &str| {
            name == finding.name || name == WARNINGS && finding.severity == Severity::Warning
        };
        match self.settings.iter().rev().find(|(name, _)| concerns(name)) {
            Some((_, Level::Allow)) => return false,
            Some((_, Level::Warn)) => diagnostic.severity = Severity::Warning,
            Some((_, Level::Deny)) => diagnostic.severity = Severity::Error,
            None => {}
        }
        true
    }
}

/// A name given to `--deny`, `--warn` or `--allow` is not usable there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFinding {
    /// The name as given.
    pub name: String,
    /// What is wrong with it and what to write, a phrase.
    pub reason: String,
}

impl std::fmt::Display for UnknownFinding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`: {}", self.name.escape_debug(), self.reason)
    }
}

impl std::error::Error for UnknownFinding {}
