//! `adrc diff`: which calls change between two plans.

use adr_analysis::longest_covered;
use adr_diagnostic::render::Format;
use clap::Args;

use crate::console::Console;
use crate::domain::Numbers;
use crate::failure::{Failure, Status};
use crate::rules::{Lines, read_lists};
use adr_render::diff;
use adr_render::domain::every;
use adr_render::words::grouped;

/// What a comparison without differences says.
pub(super) const NO_CHANGES: &str = "No changes.\n";

/// Arguments of `adrc diff`.
#[derive(Debug, Args)]
#[command(
    after_help = "Rule sources, deployed files and published folders in any mix. A site that one side does not\n\
                  have gets its default view. Ends with 1 when results differ; rules that give the same\n\
                  results by other means are no difference."
)]
pub(crate) struct Diff {
    /// The plan as it was
    old: String,
    /// The plan as it is to be
    new: String,
    /// How differences are written: text, json or junit
    #[arg(long, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// Show as well which rules are renamed, moved, commented, edited, added or removed
    #[arg(long)]
    names: bool,
    /// What counts as a number
    #[arg(long, value_enum, default_value_t)]
    domain: Numbers,
}

impl Diff {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        if !matches!(self.format, Format::Text | Format::Json | Format::Junit) {
            return Err(Failure::new(
                format!("--format {}: differences have no such form", self.format),
                "choose text, json or junit",
            ));
        }
        if self.names && self.format == Format::Junit {
            return Err(Failure::new(
                "--names: JUnit has no room for what does not fail",
                "choose text or json",
            ));
        }
        let (Some(old), Some(new)) = (
            read_lists(std::slice::from_ref(&self.old), Lines::Unknown, console)?,
            read_lists(std::slice::from_ref(&self.new), Lines::Unknown, console)?,
        ) else {
            return Ok(Status::Findings);
        };
        let domain = self.domain.into();
        let compared = diff::compare(&old, &new, domain);
        if compared.is_empty() {
            return Err(Failure::new(
                format!("{} and {} have no kind of rules in common", self.old, self.new),
                "name two application lists, or two lookup lists",
            ));
        }
        let names = self.names.then(|| diff::renames(&compared));
        match self.format {
            Format::Json => {
                let text = diff::to_json(&compared, domain, names.as_deref());
                console.data(text.as_bytes())?;
            }
            Format::Junit => {
                console.data(diff::to_junit(&compared, domain, &self.new).as_bytes())?
            }
            _ => {
                let width = console.terminal().width;
                let text = diff::to_text(&compared, domain, width);
                console.data(if text.is_empty() { NO_CHANGES } else { &text }.as_bytes())?;
                if self.names {
                    console.data(diff::renames_to_text(&compared).as_bytes())?;
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
