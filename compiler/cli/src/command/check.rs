//! `adrc check`: reports every finding about a dial plan, a deployed file or a published folder.

pub(crate) mod deployed;
mod fix;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use adr_diagnostic::render::{Format, summary};
use adr_diagnostic::{Report, Severity, Sources};
use adr_language::{Checked, EntryFile, Levels, Snapshot, load};
use adr_render::table::table;
use adr_watcher::sources::{Disk, Input, recognize};
use clap::Args;

use crate::console::{Console, EXPLAIN};
use crate::dial_plan::{check, check_parsed};
use crate::failure::{Failure, Status};
use crate::levels::LevelArguments;
use crate::plan_path::{DEFAULT, VARIABLE};
use adr_daemon::plan_size;
use fix::FixArguments;

/// Arguments of `adrc check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Rule sources, `-` for standard input, a deployed .xml file, or a published folder
    #[arg(value_name = "PATH", default_value = DEFAULT, env = VARIABLE)]
    paths: Vec<String>,
    /// Format of the findings: text, compact, json, ndjson, sarif, junit or github
    #[arg(long, value_name = "FORMAT", default_value_t)]
    format: Format,
    #[command(flatten)]
    fixes: FixArguments,
    /// Count how often each finding occurs, instead of showing the findings
    #[arg(long, conflicts_with_all = ["format", "fix"])]
    statistics: bool,
    /// Show notes too: findings of severity information, which are not mistakes
    #[arg(long)]
    notes: bool,
    #[command(flatten)]
    levels: LevelArguments,
}

/// Findings, with the texts in which they were found.
pub(crate) struct Found {
    sources: Sources,
    report: Report,
    /// Whether the dial plan has no errors, or whether a client accepts the deployed files.
    valid: bool,
    /// Whether `--fix --diff` would change a file.
    would_change: bool,
    /// Messages that follow the findings.
    remarks: Vec<String>,
}

impl Check {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let found = match recognize(&self.paths)? {
            Input::Plan(entries) => self.plan(&entries, console)?,
            _ if self.fixes.is_requested() => {
                return Err(Failure::new(
                    format!("{}: adrc does not fix deployed files", self.paths.join(" ")),
                    "fix the rule sources and compile them again",
                ));
            }
            Input::Deployed(paths) => deployed::files(&paths, self.shows_notes())?,
            Input::Published(folder) => deployed::published(&folder, self.shows_notes())?,
        };
        let is_clean = found.valid && found.report.worst() < Some(Severity::Warning);
        if self.fixes.shows_diff() {
            let left = summary(&found.report).unwrap_or_else(|| "no findings".to_owned());
            console.message(format_args!("{left} would remain"));
            return Ok(Status::findings(!is_clean || found.would_change));
        }
        if self.statistics {
            console.data(statistics(&found.report).as_bytes())?;
        } else {
            console.report(self.format, &found.report, &found.sources, found.valid)?;
        }
        for remark in &found.remarks {
            console.message(remark);
        }
        if let Some(summary) = summary(&found.report) {
            console.message(format_args!("{summary}; {EXPLAIN}"));
        }
        Ok(Status::findings(!is_clean))
    }

    /// Whether the output contains notes: programs filter by severity, people use `--notes`.
    fn shows_notes(&self) -> bool {
        self.notes || matches!(self.format, Format::Json | Format::Ndjson | Format::Sarif)
    }

    fn levels(&self) -> Levels {
        let levels = self.levels.levels().clone();
        if self.shows_notes() { levels.with_notes() } else { levels }
    }

    fn plan(&self, entries: &[EntryFile], console: &Console) -> Result<Found, Failure> {
        let (checked, would_change) = if self.fixes.is_requested() {
            self.fixed(entries, console)?
        } else {
            (check(entries, &self.levels())?, false)
        };
        let is_clean = checked.report().worst() <= Some(Severity::Information);
        let remarks = checked.plan().filter(|_| is_clean);
        let remarks = remarks
            .map(|plan| format!("{}: no findings in {}", self.paths.join(" "), plan_size(plan)));
        Ok(Found {
            sources: checked.sources().clone(),
            report: checked.report().clone(),
            valid: !checked.report().has_errors(),
            would_change,
            remarks: remarks.into_iter().collect(),
        })
    }

    /// Fixes the plan; returns it with whether `--diff` left the fixes in memory.
    fn fixed(&self, entries: &[EntryFile], console: &Console) -> Result<(Checked, bool), Failure> {
        let levels = self.levels.levels();
        let mut snapshot = Snapshot::new(&Disk);
        let run = self.fixes.run(&mut snapshot, entries, levels, console)?;
        let would_change = self.fixes.shows_diff() && !run.applied.is_empty();
        let checked = match self.shows_notes() {
            true => check_parsed(load(&snapshot, entries), &self.levels())?,
            false => run.checked,
        };
        Ok((checked, would_change))
    }
}

/// How often each finding occurs, the most frequent first.
fn statistics(report: &Report) -> String {
    let mut counts: BTreeMap<&str, (Severity, usize)> = BTreeMap::new();
    for found in report.diagnostics() {
        counts.entry(found.name).or_insert((found.severity, 0)).1 += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(name, (_, count))| (Reverse(*count), *name));
    let rows = counts.into_iter().map(|(name, (severity, count))| {
        vec![count.to_string(), severity.word().to_owned(), name.to_owned()]
    });
    table(&rows.collect::<Vec<_>>())
}
