//! `adrc diff`: shows which calls change between two dial plans.

use std::sync::Arc;

use adr_analysis::longest_covered;
use adr_language::{Levels, load};
use adr_watcher::git::Revision;
use clap::{Args, ValueEnum};

use crate::console::Console;
use crate::dial_plan::{check_parsed, show};
use crate::domain::Numbers;
use crate::failure::{Failure, Status};
use crate::plan_path::default_path;
use crate::rules::{Lines, read_lists};
use adr_render::diff;
use adr_render::domain::every;
use adr_render::lists::{NamedList, Rules};
use adr_render::text::grouped;

/// Arguments of `adrc diff`.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The old dial plan; with --git, the plan to compare with a revision [default: .]
    #[arg(required_unless_present = "git")]
    old: Option<String>,
    /// The new dial plan
    #[arg(required_unless_present = "git", conflicts_with = "git")]
    new: Option<String>,
    /// Compare the present plan with this git revision of it: a commit, branch or tag
    #[arg(long, value_name = "REVISION")]
    git: Option<String>,
    /// Format of the differences
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: DiffFormat,
    /// Also show which rules are renamed, moved, commented, edited, added or removed
    #[arg(long)]
    names: bool,
    /// The numbers to compare
    #[arg(long, value_enum, default_value_t)]
    domain: Numbers,
}

/// Format of the differences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum DiffFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For CI: a test case for each list
    Junit,
    /// For pull requests
    Markdown,
}

impl Diff {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        if self.names && !matches!(self.format, DiffFormat::Text | DiffFormat::Json) {
            return Err(Failure::new(
                "--names: this format has no room for what does not fail",
                "choose text or json",
            ));
        }
        let (old_name, new_name) = self.sides();
        let old = match &self.git {
            Some(revision) => revision_lists(&new_name, revision, console)?,
            None => read_lists(std::slice::from_ref(&old_name), Lines::Unknown, console)?,
        };
        let new = read_lists(std::slice::from_ref(&new_name), Lines::Unknown, console)?;
        let (Some(old), Some(new)) = (old, new) else {
            return Ok(Status::Findings);
        };
        let domain = self.domain.into();
        let compared = diff::compare(&old, &new, domain);
        if compared.is_empty() {
            return Err(Failure::new(
                format!("{old_name} and {new_name} have no kind of rules in common"),
                "name two application lists, or two lookup lists",
            ));
        }
        let names = self.names.then(|| diff::renames(&compared));
        match self.format {
            DiffFormat::Json => {
                let text = diff::to_json(&compared, domain, names.as_deref());
                console.data(text.as_bytes())?;
            }
            DiffFormat::Junit => {
                console.data(diff::to_junit(&compared, domain, &new_name).as_bytes())?;
            }
            DiffFormat::Markdown => {
                console.data(diff::to_markdown(&compared, domain).as_bytes())?;
            }
            DiffFormat::Text => {
                let width = console.terminal().width;
                let text = diff::to_text(&compared, domain, width);
                console.data(if text.is_empty() { diff::NO_CHANGES } else { &text }.as_bytes())?;
                if self.names {
                    console.data(diff::renames_to_text(&compared).as_bytes())?;
                }
            }
        }
        if let Some(equal) = diff::equal_for(&compared, domain) {
            let every = every(equal, &diff::lists_of(&compared));
            console.message(format_args!("{every} has the same result"));
        } else if let Some(longest) = longest_covered(&diff::lists_of(&compared)) {
            let longest = grouped(&longest.to_string());
            console.message(format_args!("compared: numbers up to {longest} characters long"));
        }
        let changes = compared.iter().any(|compared| !compared.differences().is_empty());
        Ok(Status::findings(changes))
    }
}

impl Diff {
    /// The names of both plans.
    fn sides(&self) -> (String, String) {
        let old = self.old.clone().unwrap_or_else(default_path);
        match &self.git {
            Some(revision) => (format!("{revision}:{old}"), old),
            None => (old, self.new.clone().unwrap_or_default()),
        }
    }
}

/// The lists of a plan in a git revision. `None` if it has errors, which are shown.
fn revision_lists(
    path: &str,
    revision: &str,
    console: &Console,
) -> Result<Option<Vec<NamedList>>, Failure> {
    let (world, entries) = Revision::open(path, revision).map_err(|error| {
        Failure::new(error.to_string(), "name a revision of the repository of this plan")
    })?;
    let checked = check_parsed(load(&world, &entries), &Levels::default().without_tests())?;
    if checked.plan().is_none() {
        show(&checked, console);
    }
    Ok(checked.into_plan().map(|plan| Rules::of_plan(&Arc::new(plan))))
}
