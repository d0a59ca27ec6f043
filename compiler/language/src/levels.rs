//! How much each finding weighs in this run.

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

/// Levels in the order they were given; a later one wins.
///
/// `warnings` stands for every finding that is a warning by default. Errors that leave a book
/// without a meaning cannot be lowered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    pub(crate) settings: Vec<(String, Level)>,
}

impl Levels {
    /// Sets the level of one finding, or of `warnings`.
    ///
    /// # Errors
    ///
    /// The name is no finding's, or is that of an error that cannot be lowered.
    pub fn set(&mut self, name: &str, level: Level) -> Result<(), UnknownFinding> {
        self.settings.push((name.to_owned(), level));
        Ok(())
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
