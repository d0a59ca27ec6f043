//! The dial plan and further words in one list of arguments.

use std::path::Path;

use clap::Args;

use crate::failure::Failure;
use crate::target::{Plans, Target};

/// An optional PATH followed by numbers.
#[derive(Debug, Args)]
pub(crate) struct PathAndNumbers {
    /// The dial plan, if the first argument is an existing path or a plan of the project, else
    /// ADRC_PLAN, the plan of the project or `.`; then numbers, or `-` for one number per line on
    /// standard input
    #[arg(value_name = "[PATH] NUMBER", required = true)]
    words: Vec<String>,
}

/// An optional PATH followed by patterns of numbers.
#[derive(Debug, Args)]
pub(crate) struct PathAndPatterns {
    /// The dial plan, if the first argument is an existing path or a plan of the project, else
    /// ADRC_PLAN, the plan of the project or `.`; then patterns such as 911, 4XXXX and +44!, where
    /// X is one digit and ! is any number of digits, even none
    #[arg(value_name = "[PATH] PATTERN", required = true)]
    words: Vec<String>,
}

impl PathAndNumbers {
    /// The dial plan, and the numbers.
    pub(crate) fn split(&self) -> Result<(Target, &[String]), Failure> {
        split(&self.words)
    }

    /// All arguments, for commands that get no path.
    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }
}

impl PathAndPatterns {
    /// The dial plan, and the patterns.
    pub(crate) fn split(&self) -> Result<(Target, &[String]), Failure> {
        split(&self.words)
    }
}

/// The dial plan and the rest. The first word names the plan if something exists there, if the
/// project has a plan of this name, if no number could look like it, or if it is `-` and others
/// follow.
fn split(words: &[String]) -> Result<(Target, &[String]), Failure> {
    let plans = Plans::find()?;
    match words.split_first() {
        Some((first, rest)) if names_plan(&plans, first, rest) => {
            Ok((plans.target(std::slice::from_ref(first))?, rest))
        }
        _ => Ok((plans.target(&[])?, words)),
    }
}

fn names_plan(plans: &Plans, first: &str, rest: &[String]) -> bool {
    if first == "-" || first.is_empty() {
        return first == "-" && !rest.is_empty();
    }
    let extension = Path::new(first).extension();
    let is_file = extension
        .is_some_and(|it| it.eq_ignore_ascii_case("adr") || it.eq_ignore_ascii_case("xml"));
    is_file || plans.is_plan(first)
}
