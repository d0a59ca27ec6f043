//! Shortens a long report for people: the first findings of each file, and a summary of the others.

use std::collections::BTreeMap;

use adr_diagnostic::{Diagnostic, Finding, Report, Severity, SourceId};
use hashbrown::HashMap;

use crate::limits::FINDINGS_PER_FILE;

pub(crate) static FINDINGS: &[&Finding] = &[&MORE_FINDINGS];

static MORE_FINDINGS: Finding = Finding::error(
    "more-findings",
    "a file has more findings than are shown",
    include_str!("pages/more-findings.md"),
);

/// The findings to show: at most [`FINDINGS_PER_FILE`] of each file, the most severe ones, and a
/// last one that says how many others there are.
///
/// This is for people. Programs get the whole report, because they count and compare.
#[must_use]
pub fn shorten_report(report: &Report) -> Report {
    let mut files: HashMap<Option<SourceId>, usize> = HashMap::new();
    for found in report.diagnostics() {
        *files.entry(file(found)).or_default() += 1;
    }
    if files.values().all(|count| *count <= FINDINGS_PER_FILE) {
        return report.clone();
    }
    let mut order: Vec<(usize, &Diagnostic)> = report.diagnostics().iter().enumerate().collect();
    order.sort_by_key(|(_, found)| std::cmp::Reverse(found.severity));
    let mut shown: HashMap<Option<SourceId>, Shown> = HashMap::new();
    let mut kept = Vec::new();
    for (at, found) in order {
        let of_file = shown.entry(file(found)).or_default();
        if of_file.count < FINDINGS_PER_FILE {
            of_file.count += 1;
            of_file.last = of_file.last.max(at);
            kept.push(at);
        } else {
            of_file.leave_out(found);
        }
    }
    kept.sort_unstable();
    let last: HashMap<usize, Shown> = shown.into_values().map(|it| (it.last, it)).collect();
    let findings = kept.into_iter().flat_map(|at| {
        let found = &report.diagnostics()[at];
        let more = last.get(&at).and_then(|shown| shown.more(found));
        [Some(found.clone()), more]
    });
    findings.flatten().collect()
}

fn file(found: &Diagnostic) -> Option<SourceId> {
    found.span().map(|span| span.source)
}

/// What is shown of a file, and what is omitted.
#[derive(Default)]
struct Shown {
    /// The number of findings that are shown.
    count: usize,
    /// The position in the report of the last finding that is shown.
    last: usize,
    /// The number of omitted findings, by name.
    left_out: BTreeMap<&'static str, usize>,
    /// The highest severity of the omitted ones.
    most_severe: Option<Severity>,
}

impl Shown {
    fn leave_out(&mut self, found: &Diagnostic) {
        *self.left_out.entry(found.name).or_default() += 1;
        self.most_severe = self.most_severe.max(Some(found.severity));
    }

    /// The finding about the omitted ones; `last` is the finding that it follows.
    fn more(&self, last: &Diagnostic) -> Option<Diagnostic> {
        let severity = self.most_severe?;
        let total: usize = self.left_out.values().sum();
        let named = self.left_out.iter();
        let named: Vec<String> = named.map(|(name, count)| format!("{count} {name}")).collect();
        let plural = if total == 1 { "" } else { "s" };
        let message =
            format!("{total} more finding{plural} in this file, not shown: {}", named.join(", "));
        let mut more =
            MORE_FINDINGS.found(message).with_help("`adrc check --format json` shows all of them");
        more.severity = severity;
        Some(match last.span() {
            Some(span) => more.at(span),
            None => more,
        })
    }
}
