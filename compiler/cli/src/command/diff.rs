//! `adrc diff`: shows which calls change between two dial plans.

use std::sync::Arc;

use adr_analysis::{Domain, longest_covered};
use adr_language::{Levels, load};
use adr_watcher::git::Revision;
use adr_watcher::sources;
use clap::Args;

use crate::console::Console;
use crate::cucm::CucmOptions;
use crate::dial_plan::{OrErrors, both, reject, reject_reports};
use crate::domain::{Numbers, domain};
use crate::failure::{Failure, Status};
use crate::format::DiffFormat;
use crate::rules::{Lines, read_lists_in};
use crate::target::Plans;
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
    /// The numbers to compare [default: that of the project, else dialable]
    #[arg(long, value_enum)]
    domain: Option<Numbers>,
    /// End with status 1 if there are differences, which adrc does in any case
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    cucm: CucmOptions,
}

impl Diff {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        if self.names && !matches!(self.format, DiffFormat::Text | DiffFormat::Json) {
            return Err(Failure::new(
                "--names: only the formats text and json show how rules changed",
                "choose text or json",
            ));
        }
        let plans = Plans::find()?;
        let new_target = plans.target(&self.new_path())?;
        let old = self.old.iter().filter(|_| self.git.is_none());
        // a difference is shown even if it breaks the emergency numbers of the cluster
        let clusters = self.cucm.clusters(old.chain(&new_target.paths), false, console)?;
        let errors = clusters.errors();
        if !errors.is_empty() {
            return reject_reports(&errors, self.format, console);
        }
        let read =
            |paths: &[String]| read_lists_in(&clusters.world, paths, Lines::Unknown, console);
        let (old_name, old) = match &self.git {
            Some(revision) => {
                let path = &new_target.paths;
                (format!("{revision}:{}", new_target.title()), revision_lists(path, revision)?)
            }
            None => {
                let old = plans.target(self.old.as_slice())?;
                (old.title(), read(&old.paths)?)
            }
        };
        let new_name = new_target.title();
        let new = read(&new_target.paths)?;
        let (old, new) = match both(old, new) {
            Ok(lists) => lists,
            Err(errors) => return reject(&errors, self.format, console),
        };
        let domain = domain(self.domain, &new_target, Domain::Dialable);
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
                console.text(if text.is_empty() { diff::NO_CHANGES } else { &text })?;
                if self.names {
                    console.text(diff::renames_to_text(&compared, terminal.styles()))?;
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
    /// The paths of the new plan; with `--git`, of the only plan that is named, if any.
    fn new_path(&self) -> Vec<String> {
        let path = if self.git.is_some() { &self.old } else { &self.new };
        path.iter().cloned().collect()
    }
}

/// The lists of a plan in a git revision.
fn revision_lists(paths: &[String], revision: &str) -> Result<OrErrors<Vec<NamedList>>, Failure> {
    let [path] = paths else {
        return Err(Failure::new(
            format!("--git: the plan has {} paths", paths.len()),
            "name a file or a folder",
        ));
    };
    let (world, entries) = Revision::open(path, revision).map_err(|error| {
        Failure::new(error.to_string(), "name a revision of the repository of this plan")
    })?;
    let checked = sources::check(load(&world, &entries), &Levels::default().without_tests())?;
    Ok(checked.into_plan_and_report().map(|(plan, _)| Rules::of_plan(&Arc::new(plan))))
}
