//! The positional PATH of the dial plan.

use std::path::Path;

use clap::Args;

/// The environment variable that names the dial plan.
pub(crate) const VARIABLE: &str = "ADRC_PLAN";

/// The dial plan if no PATH is given.
pub(crate) const DEFAULT: &str = ".";

/// An optional PATH followed by numbers.
#[derive(Debug, Args)]
pub(crate) struct PathAndNumbers {
    /// The dial plan, if the first argument is an existing path, else `.` or ADRC_PLAN; then
    /// numbers, or `-` for one number per line on standard input
    #[arg(value_name = "[PATH] NUMBER", required = true)]
    words: Vec<String>,
}

/// An optional PATH followed by patterns of numbers.
#[derive(Debug, Args)]
pub(crate) struct PathAndPatterns {
    /// The dial plan, if the first argument is an existing path, else `.` or ADRC_PLAN; then
    /// patterns such as 911, 4XXXX and +44!, where X is one digit and ! is any number of digits,
    /// even none
    #[arg(value_name = "[PATH] PATTERN", required = true)]
    words: Vec<String>,
}

impl PathAndNumbers {
    /// The path of the dial plan, and the numbers.
    pub(crate) fn split(&self) -> (String, &[String]) {
        split(&self.words)
    }

    /// All arguments, for commands that get no path.
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

/// The first word is the path if it exists, if it ends with `.adr` or `.xml`, or if it is `-` and
/// other words follow.
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
