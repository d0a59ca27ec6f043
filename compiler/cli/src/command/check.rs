//! `adrc check`: every finding about a book, a deployed file or a published folder.

pub(crate) mod deployed;
mod fix;

use adr_diagnostic::render::{Format, summary};
use adr_diagnostic::{Report, Severity, Sources};
use adr_language::{Entry, Levels};
use adr_watcher::sources::{Input, recognise};
use clap::Args;

use crate::book::{check, size};
use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::levels::LevelArguments;

/// Arguments of `adrc check`.
#[derive(Debug, Args)]
#[command(
    after_help = "A deployed .xml file is read as a client reads it, and every deviation from what adrc\n\
                  would write is reported. Of a published folder the manifest is verified first.\n\
                  Notes are information and never fail a run. Formats for programs (json, ndjson, sarif)\n\
                  have them always, the others with --notes."
)]
pub(crate) struct Check {
    /// Rule sources, `-` for standard input, a deployed .xml file, or a published folder
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<String>,
    /// How findings are written: text, compact, json, ndjson, sarif, junit or github
    #[arg(long, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// Mend what can be mended without changing what any number becomes
    #[arg(long)]
    fix: bool,
    /// Show notes as well: what is worth knowing and no mistake
    #[arg(long)]
    notes: bool,
    #[command(flatten)]
    levels: LevelArguments,
}

/// What was found, and what it was found in.
pub(crate) struct Found {
    sources: Sources,
    report: Report,
    /// Whether a book may be compiled, whether a client accepts a deployed file.
    valid: bool,
    /// What to say beside the findings.
    remarks: Vec<String>,
}

impl Check {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let found = match recognise(&self.paths)? {
            Input::Book(entries) => self.book(&entries, console)?,
            Input::Deployed(paths) => deployed::files(&paths, self.shows_notes())?,
            Input::Published(folder) => deployed::published(&folder, self.shows_notes())?,
        };
        console.report(self.format, &found.report, &found.sources, found.valid)?;
        for remark in &found.remarks {
            console.message(remark);
        }
        if let Some(summary) = summary(&found.report) {
            console.message(format_args!("{summary}; `adrc explain NAME` tells more"));
        }
        let is_clean = found.valid && found.report.worst() < Some(Severity::Warning);
        Ok(Status::findings(!is_clean))
    }

    /// Notes are for programs, which choose by severity, and for people who ask.
    fn shows_notes(&self) -> bool {
        self.notes || matches!(self.format, Format::Json | Format::Ndjson | Format::Sarif)
    }

    fn levels(&self) -> Levels {
        let levels = self.levels.levels().clone();
        if self.shows_notes() {
            levels.with_notes()
        } else {
            levels
        }
    }

    fn book(&self, entries: &[Entry], console: &Console) -> Result<Found, Failure> {
        if self.fix {
            let levels = self.levels.levels().clone();
            let levels = if self.notes {
                levels.with_notes()
            } else {
                levels
            };
            fix::run(entries, &levels, console)?;
        }
        let checked = check(entries, &self.levels())?;
        let is_clean = checked.report().worst() <= Some(Severity::Information);
        let remarks = checked.book().filter(|_| is_clean);
        let remarks =
            remarks.map(|book| format!("{}: no findings in {}", self.paths.join(" "), size(book)));
        Ok(Found {
            sources: checked.sources().clone(),
            report: checked.report().clone(),
            valid: !checked.report().has_errors(),
            remarks: remarks.into_iter().collect(),
        })
    }
}
