//! `adrc check`: reports every finding about a dial plan, a deployed file or a published folder.

pub(crate) mod deployed;
mod fix;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use adr_diagnostic::render::summary;
use adr_diagnostic::{Report, Severity, Sources};
use adr_language::{Checked, DialPlan, EntryFile, Levels, Snapshot, load};
use adr_render::plan_size::PlanSize;
use adr_render::table::table;
use adr_watcher::sources::{self, Disk, Input, plan_entries, recognize};
use clap::Args;

use crate::console::{Console, EXPLAIN};
use crate::cucm::{Clusters, CucmOptions};
use crate::dial_plan::{check, check_in};
use crate::failure::{Failure, Status};
use crate::format::FindingFormat;
use crate::levels::LevelArguments;
use crate::target::{Target, VARIABLE, targets};
use fix::FixArguments;

/// Arguments of `adrc check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Rule sources, `-` for standard input, a deployed .xml file, a published folder, or the rules
    /// of a CUCM, `cucm://NAME`
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
    #[command(flatten)]
    cucm: CucmOptions,
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
    fn of_plan(
        target: &Target,
        plan: Option<&DialPlan>,
        (report, sources): (Report, Sources),
    ) -> Self {
        let is_clean = report.worst() <= Some(Severity::Information);
        let remarks = plan.filter(|_| is_clean);
        let remarks = remarks
            .map(|plan| format!("{}: no findings in {}", target.title(), PlanSize::of(plan)));
        Self {
            valid: !report.has_errors(),
            sources,
            report,
            would_change: false,
            remarks: remarks.into_iter().collect(),
        }
    }

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
        let paths = targets.iter().flat_map(|target| &target.paths);
        let clusters = self.cucm.clusters(paths, true, console)?;
        let found = targets.iter().map(|target| self.found(target, &clusters, console));
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
            console.text(statistics(&found.report))?;
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

    fn found(
        &self,
        target: &Target,
        clusters: &Clusters,
        console: &Console,
    ) -> Result<Found, Failure> {
        if clusters.findings(&target.paths).next().is_some() {
            return self.cluster(target, clusters);
        }
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

    /// Checks a dial plan with rules of CUCM, and the records that they come from.
    fn cluster(&self, target: &Target, clusters: &Clusters) -> Result<Found, Failure> {
        if self.fixes.is_requested() {
            return Err(Failure::new(
                format!("{}: adrc does not fix rules in CUCM", target.title()),
                "`adrc import` them, and fix the file",
            ));
        }
        let levels = self.levels(target);
        let checked = check_in(&clusters.world, &plan_entries(&target.paths)?, &levels)?;
        let (mut report, mut sources) = (checked.report().clone(), checked.sources().clone());
        if target.paths.len() == 1 {
            // CUCM has no test lines
            report.retain(|it| it.name != "untested-list");
        }
        for (_, found, texts) in clusters.findings(&target.paths) {
            let mut found = found.clone();
            levels.apply(&mut found);
            report.append_run(&mut sources, found, texts.clone());
        }
        Ok(Found::of_plan(target, checked.plan(), (report, sources)))
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
        let found = (checked.report().clone(), checked.sources().clone());
        Ok(Found { would_change, ..Found::of_plan(target, checked.plan(), found) })
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
