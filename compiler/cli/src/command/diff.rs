//! `adrc diff`: which calls change between two plans.

use std::sync::Arc;

use adr_analysis::longest_covered;
use adr_language::{Levels, load};
use adr_watcher::git::Revision;
use clap::Args;

use crate::console::Console;
use crate::dial_plan::{OrErrors, both, check_parsed, reject};
use crate::domain::Numbers;
use crate::failure::{Failure, Status};
use crate::format::DiffFormat;
use crate::plan_path::default_path;
use crate::rules::{Lines, read_lists};
use adr_render::diff;
use adr_render::domain::every;
use adr_render::lists::{NamedList, Rules};
use adr_render::text::grouped;

/// Arguments of `adrc diff`.
#[derive(Debug, Args)]
#[command(
    after_help = "Rule sources, deployed files and published folders in any mix. A site that one side does not\n\
                  have gets its default view. Ends with 1 when results differ; rules that give the same\n\
                  results by other means do not count as changes."
)]
pub(crate) struct Diff {
    /// The dial plan before; with --git, the plan that is compared with a revision [default: .]
    #[arg(required_unless_present = "git")]
    old: Option<String>,
    /// The dial plan after
    #[arg(required_unless_present = "git", conflicts_with = "git")]
    new: Option<String>,
    /// Compare the plan as it is with this git revision of it: a commit, branch or tag
    #[arg(long, value_name = "REVISION")]
    git: Option<String>,
    /// How differences are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: DiffFormat,
    /// Show as well which rules are renamed, moved, commented, edited, added or removed
    #[arg(long)]
    names: bool,
    /// What counts as a number
    #[arg(long, value_enum, default_value_t)]
    domain: Numbers,
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
            Some(revision) => revision_lists(&new_name, revision)?,
            None => read_lists(std::slice::from_ref(&old_name), Lines::Unknown, console)?,
        };
        let new = read_lists(std::slice::from_ref(&new_name), Lines::Unknown, console)?;
        let (old, new) = match both(old, new) {
            Ok(lists) => lists,
            Err(errors) => return reject(&errors, self.format, console),
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
                let terminal = console.terminal();
                let text = diff::to_text(&compared, domain, terminal);
                console.data(if text.is_empty() { diff::NO_CHANGES } else { &text }.as_bytes())?;
                if self.names {
                    console.data(diff::renames_to_text(&compared, terminal.styles()).as_bytes())?;
                }
            }
        }
        if let Some(equal) = diff::equal_for(&compared, domain) {
            let every = every(equal, &diff::lists_of(&compared));
            console.message(format_args!("{every} comes out alike"));
        } else if let Some(longest) = longest_covered(&diff::lists_of(&compared)) {
            let longest = grouped(&longest.to_string());
            console.message(format_args!("compared: numbers up to {longest} characters long"));
        }
        let changes = compared.iter().any(|compared| !compared.differences().is_empty());
        Ok(Status::findings(changes))
    }
}

impl Diff {
    /// What both sides are called.
    fn sides(&self) -> (String, String) {
        let old = self.old.clone().unwrap_or_else(default_path);
        match &self.git {
            Some(revision) => (format!("{revision}:{old}"), old),
            None => (old, self.new.clone().unwrap_or_default()),
        }
    }
}

/// The lists of a plan in a git revision.
fn revision_lists(path: &str, revision: &str) -> Result<OrErrors<Vec<NamedList>>, Failure> {
    let (world, entries) = Revision::open(path, revision).map_err(|error| {
        Failure::new(error.to_string(), "name a revision of the repository of this plan")
    })?;
    let checked = check_parsed(load(&world, &entries), &Levels::default().without_tests())?;
    Ok(checked.into_plan_and_report().map(|(plan, _)| Rules::of_plan(&Arc::new(plan))))
}
