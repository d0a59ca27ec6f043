//! `adrc check`: reports every finding about a dial plan, a deployed file or a published folder.

pub(crate) mod deployed;
mod fix;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use adr_diagnostic::render::summary;
use adr_diagnostic::{Report, Severity, Sources};
use adr_language::{Checked, EntryFile, Levels, Snapshot, load};
use adr_render::plan_size::PlanSize;
use adr_render::table::table;
use adr_watcher::sources::{self, Disk, Input, recognize};
use clap::Args;

use crate::console::{Console, EXPLAIN};
use crate::dial_plan::check;
use crate::failure::{Failure, Status};
use crate::format::FindingFormat;
use crate::levels::LevelArguments;
use crate::target::{Target, VARIABLE, targets};
use fix::FixArguments;

/// Arguments of `adrc check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Rule sources, `-` for standard input, a deployed .xml file, or a published folder
    #[arg(value_name = "PATH", env = VARIABLE)]
    paths: Vec<String>,
    /// Format of the findings
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: FindingFormat,
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

impl Found {
    /// The findings of two plans. What both found in a file that they share is listed once.
    fn merge(mut self, mut other: Self) -> Self {
        self.report.append_run(&mut self.sources, other.report, other.sources);
        let mut seen = HashSet::new();
        self.report.retain(|it| seen.insert((it.span(), it.name, it.message.clone())));
        self.remarks.append(&mut other.remarks);
        Self {
            valid: self.valid && other.valid,
            would_change: self.would_change || other.would_change,
            ..self
        }
    }
}

impl Check {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let targets = targets(&self.paths)?;
        let found = targets.iter().map(|target| self.found(target, console));
        let found: Vec<Found> = found.collect::<Result<_, _>>()?;
        let Some(found) = found.into_iter().reduce(Found::merge) else {
            return Ok(Status::Done);
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
            console.report(self.format.into(), &found.report, &found.sources, found.valid)?;
        }
        for remark in &found.remarks {
            console.message(remark);
        }
        if let Some(summary) = summary(&found.report) {
            console.message(format_args!("{summary}; {EXPLAIN}"));
        }
        Ok(Status::findings(!is_clean))
    }

    fn found(&self, target: &Target, console: &Console) -> Result<Found, Failure> {
        match recognize(&target.paths)? {
            Input::Plan(entries) => self.plan(target, &entries, console),
            _ if self.fixes.is_requested() => Err(Failure::new(
                format!("{}: adrc does not fix deployed files", target.title()),
                "fix the rule sources and compile them again",
            )),
            Input::Deployed(paths) => deployed::files(&paths, self.shows_notes()),
            Input::Published(folder) => deployed::published(&folder, self.shows_notes()),
        }
    }

    /// Whether notes are shown. Programs always get them, because they can select findings by
    /// severity. People get them on request.
    fn shows_notes(&self) -> bool {
        let for_programs = [FindingFormat::Json, FindingFormat::Ndjson, FindingFormat::Sarif];
        self.notes || for_programs.contains(&self.format)
    }

    fn levels(&self, target: &Target) -> Levels {
        let levels = self.levels.levels(target);
        if self.shows_notes() { levels.with_notes() } else { levels }
    }

    fn plan(
        &self,
        target: &Target,
        entries: &[EntryFile],
        console: &Console,
    ) -> Result<Found, Failure> {
        let (checked, would_change) = if self.fixes.is_requested() {
            self.fixed(target, entries, console)?
        } else {
            (check(entries, &self.levels(target))?, false)
        };
        let is_clean = checked.report().worst() <= Some(Severity::Information);
        let remarks = checked.plan().filter(|_| is_clean);
        let remarks = remarks
            .map(|plan| format!("{}: no findings in {}", target.title(), PlanSize::of(plan)));
        Ok(Found {
            sources: checked.sources().clone(),
            report: checked.report().clone(),
            valid: !checked.report().has_errors(),
            would_change,
            remarks: remarks.into_iter().collect(),
        })
    }

    /// Fixes the plan; returns it with whether `--diff` left the fixes in memory.
    fn fixed(
        &self,
        target: &Target,
        entries: &[EntryFile],
        console: &Console,
    ) -> Result<(Checked, bool), Failure> {
        let levels = &self.levels.levels(target);
        let mut snapshot = Snapshot::new(&Disk);
        let run = self.fixes.run(&mut snapshot, entries, levels, console)?;
        let would_change = self.fixes.shows_diff() && !run.applied.is_empty();
        let checked = match self.shows_notes() {
            true => sources::check(load(&snapshot, entries), &self.levels(target))?,
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
