//! Reads, checks and rewrites the dial plan that the command line names.

use adr_diagnostic::render::{error_cases, junit_cases, summary};
use adr_diagnostic::{Report, Sources};
use adr_language::{Change, Checked, DialPlan, EntryFile, Levels, load};
use adr_render::document::Document;
use adr_watcher::sources::{self, Disk, Input, recognize};
use adr_watcher::write::{Replacement, replace_all};

use crate::console::{Console, EXPLAIN};
use crate::failure::{Failure, Status};
use crate::format::FindingsAs;
use crate::target::Target;

/// Reads and checks a dial plan. A file that the command line names and that cannot be read is a
/// failure; an included one is a finding.
pub(crate) fn check(entries: &[EntryFile], levels: &Levels) -> Result<Checked, Failure> {
    Ok(sources::check(load(&Disk, entries), levels)?)
}

/// The result of an analysis of a dial plan, or the findings of the plan if it has errors.
pub(crate) type OrErrors<T> = Result<T, Box<Checked>>;

/// Reads and checks a dial plan.
///
/// For commands that analyze rules. They show no warnings, and they run no tests, because they help
/// to find out why a test fails.
pub(crate) fn without_errors(entries: &[EntryFile]) -> Result<OrErrors<DialPlan>, Failure> {
    let checked = check(entries, &Levels::default().without_tests())?;
    Ok(checked.into_plan_and_report().map(|(plan, _)| plan))
}

/// Reads and checks the dial plan of a command that deploys it: with its tests, and with the
/// warnings and notes.
pub(crate) fn with_findings(
    target: &Target,
    levels: &Levels,
) -> Result<OrErrors<(DialPlan, Report)>, Failure> {
    let Input::Plan(entries) = recognize(&target.paths)? else {
        return Err(Failure::new(
            format!("{}: already compiled", target.title()),
            "name rule sources; `adrc import` converts a deployed file to rule source",
        ));
    };
    Ok(check(&entries, levels)?.into_plan_and_report())
}

/// The results of two dial plans, or the plans that have errors.
pub(crate) fn both<T>(one: OrErrors<T>, other: OrErrors<T>) -> Result<(T, T), Vec<Checked>> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (one, other) => {
            Err([one.err(), other.err()].into_iter().flatten().map(|errors| *errors).collect())
        }
    }
}

/// Writes the findings of dial plans with errors in place of a result.
pub(crate) fn reject(
    plans: &[Checked],
    findings: impl Into<FindingsAs>,
    console: &Console,
) -> Result<Status, Failure> {
    match findings.into() {
        FindingsAs::Messages => {
            plans.iter().for_each(|plan| show(plan.report(), plan.sources(), console));
        }
        FindingsAs::Json => {
            let mut document = Document::of(());
            for plan in plans {
                document = document.findings(plan.report(), plan.sources());
            }
            console.document(&document)?;
        }
        FindingsAs::Junit(suite) => {
            let cases = plans.iter().flat_map(|plan| error_cases(plan.report(), plan.sources()));
            console.data(junit_cases(suite, &cases.collect::<Vec<_>>()).as_bytes())?;
        }
    }
    Ok(Status::Findings)
}

/// Shows findings as messages.
pub(crate) fn show(report: &Report, sources: &Sources, console: &Console) {
    console.findings(report, sources);
    if let Some(summary) = summary(report) {
        console.message(format_args!("{summary}; {EXPLAIN}"));
    }
}

/// Writes the changed files of a dial plan: all of them, or none after an error.
pub(crate) fn rewrite(changes: &[Change]) -> Result<(), Failure> {
    let files: Vec<Replacement<'_>> = changes
        .iter()
        .map(|change| Replacement {
            path: change.path.as_ref(),
            before: change.before.as_bytes(),
            after: change.after.as_bytes(),
        })
        .collect();
    Ok(replace_all(&files)?)
}
