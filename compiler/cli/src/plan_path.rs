//! The positional PATH of the dial plan.

use std::path::Path;

use clap::Args;

/// The environment variable that names the dial plan.
pub(crate) const VARIABLE: &str = "ADRC_PLAN";

/// The dial plan if no PATH is given.
pub(crate) const DEFAULT: &str = ".";

/// The PATH and further words, for commands whose last arguments are numbers.
#[derive(Debug, Args)]
pub(crate) struct PathAndNumbers {
    /// The dial plan, if the first argument is an existing path, else `.` or ADRC_PLAN; then
    /// numbers, or `-` for one number a line on standard input
    #[arg(value_name = "[PATH] NUMBER", required = true)]
    words: Vec<String>,
}

/// The PATH and further words, for commands whose last arguments are patterns of numbers.
#[derive(Debug, Args)]
pub(crate) struct PathAndPatterns {
    /// The dial plan, if the first argument is an existing path, else `.` or ADRC_PLAN; then
    /// patterns: what numbers begin with, an X for each further digit, and ! for any number of
    /// further digits, also none, as in 911, 4XXXX, +44!
    #[arg(value_name = "[PATH] PATTERN", required = true)]
    words: Vec<String>,
}

impl PathAndNumbers {
    /// The path of the dial plan, and the numbers.
    pub(crate) fn split(&self) -> (String, &[String]) {
        split(&self.words)
    }

    /// All arguments, where no path is expected.
    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }
}

impl PathAndPatterns {
    /// The path of the dial plan, and the patterns.
    pub(crate) fn split(&self) -> (String, &[String]) {
        split(&self.words)
    }
}

/// The first word is the path if something exists there, if no number could look like it, or if it
/// is `-` and others follow.
fn split(words: &[String]) -> (String, &[String]) {
    match words.split_first() {
        Some((first, rest)) if is_path(first, rest) => (first.clone(), rest),
        _ => (default_path(), words),
    }
}

fn is_path(first: &str, rest: &[String]) -> bool {
    let path = Path::new(first);
    let has_extension = path.extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("adr") || extension.eq_ignore_ascii_case("xml")
    });
    has_extension || !first.is_empty() && path.exists() || first == "-" && !rest.is_empty()
}

/// The dial plan if no PATH is given: ADRC_PLAN, or the current folder.
pub(crate) fn default_path() -> String {
    std::env::var(VARIABLE).ok().filter(|path| !path.is_empty()).unwrap_or(DEFAULT.to_owned())
}
