//! The severity that each finding has in this run.

use adr_diagnostic::{Diagnostic, Finding, Report, Severity};

use crate::registry::Registry;

/// How a finding is reported.
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

/// Levels of findings, in the order in which they were set; a later one wins.
///
/// The name `warnings` stands for every finding that is a warning by default. The severity of an
/// error that leaves a dial plan without a meaning cannot be lowered. Notes are looked for only if
/// [`Levels::with_notes`] or a level asks for them. Test lines are run unless
/// [`Levels::without_tests`] disables them; no level lowers a failing test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// In the order in which they were set.
    settings: Vec<(Selector, Level)>,
    /// Whether notes are looked for.
    notes: bool,
    /// Whether test lines are left out.
    tests_disabled: bool,
}

/// The findings that a level is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Selector {
    /// Every finding that is a warning by default.
    Warnings,
    /// One kind of finding.
    Finding(&'static Finding),
}

impl Selector {
    /// Whether a finding is selected; its severity is still the default one.
    fn selects(self, diagnostic: &Diagnostic) -> bool {
        match self {
            Self::Warnings => diagnostic.severity == Severity::Warning,
            Self::Finding(finding) => finding.name == diagnostic.name,
        }
    }
}

impl Levels {
    /// Sets the level of one finding of `registry`, or of `warnings`.
    ///
    /// ```
    /// use adr_language::{Level, Levels, registry};
    ///
    /// let mut levels = Levels::default();
    /// levels.set("any-length", Level::Deny, registry()).unwrap();
    /// let error = levels.set("any-lenght", Level::Deny, registry()).unwrap_err();
    /// assert!(error.to_string().ends_with("did you mean `any-length`?"));
    /// ```
    ///
    /// # Errors
    ///
    /// No finding has the name, or it is an error that cannot be lowered.
    pub fn set(&mut self, name: &str, level: Level, registry: &Registry) -> Result<(), LevelError> {
        let selector = if name == WARNINGS {
            Selector::Warnings
        } else {
            let finding = registry.get(name).ok_or_else(|| LevelError::UnknownFinding {
                name: name.to_owned(),
                suggestion: registry.suggest(name, &[WARNINGS]),
            })?;
            if !finding.lowerable && level != Level::Deny {
                return Err(LevelError::NotLowerable { name: finding.name });
            }
            Selector::Finding(finding)
        };
        self.settings.push((selector, level));
        Ok(())
    }

    /// These levels, and those of `later`, which win.
    #[must_use]
    pub fn then(mut self, later: &Self) -> Self {
        self.settings.extend_from_slice(&later.settings);
        self.notes |= later.notes;
        self.tests_disabled |= later.tests_disabled;
        self
    }

    /// Enables the findings that are notes.
    #[must_use]
    pub fn with_notes(mut self) -> Self {
        self.notes = true;
        self
    }

    /// Disables the test lines: a dial plan whose tests fail can then be published like one whose
    /// tests pass.
    #[must_use]
    pub fn without_tests(mut self) -> Self {
        self.tests_disabled = true;
        self
    }

    /// Whether the test lines are run.
    pub(crate) fn tests_enabled(&self) -> bool {
        !self.tests_disabled
    }

    /// Whether a kind of finding is looked for. Notes are looked for only on request, because they
    /// take the most time.
    pub(crate) fn asks_for(&self, finding: &Finding) -> bool {
        let mut settings = self.settings.iter().rev();
        let is_for = |selector: &Selector| matches!(selector, Selector::Finding(it) if it.name == finding.name);
        let level = settings.find(|(selector, _)| is_for(selector));
        finding.severity > Severity::Information
            || level.map_or(self.notes, |(_, level)| *level != Level::Allow)
    }

    /// Sets the severity of every finding, and removes those that are allowed. For findings that
    /// come from elsewhere: [`Parsed::check`](crate::Parsed::check) does this with its own.
    pub fn apply(&self, report: &mut Report) {
        if !self.settings.is_empty() {
            report.retain(|diagnostic| self.set_severity(diagnostic));
        }
    }

    /// Gives a finding the severity of its level; false where it is allowed.
    fn set_severity(&self, diagnostic: &mut Diagnostic) -> bool {
        let mut settings = self.settings.iter().rev();
        match settings.find(|(selector, _)| selector.selects(diagnostic)) {
            Some((_, Level::Allow)) => return false,
            Some((_, Level::Warn)) => diagnostic.severity = Severity::Warning,
            Some((_, Level::Deny)) => diagnostic.severity = Severity::Error,
            None => {}
        }
        true
    }
}

/// A name given to `--deny`, `--warn` or `--allow` is not usable there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LevelError {
    /// No finding has the name.
    #[error("`{}`: no finding has this name; {}", name.escape_debug(), what_to_write(*suggestion))]
    UnknownFinding {
        /// The name as given.
        name: String,
        /// The name that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// The finding leaves a dial plan without a meaning: its severity cannot be lowered.
    #[error("`{name}`: this is always an error")]
    NotLowerable {
        /// The finding's name.
        name: &'static str,
    },
}

fn what_to_write(suggestion: Option<&str>) -> String {
    match suggestion {
        Some(name) => format!("did you mean `{name}`?"),
        None => "`adrc explain` lists them".to_owned(),
    }
}
