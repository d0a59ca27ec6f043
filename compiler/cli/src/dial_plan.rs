//! Rule sources on the command line become a checked dial plan.

use adr_diagnostic::Report;
use adr_diagnostic::render::summary;
use adr_language::{Change, Checked, DialPlan, EntryFile, Levels, Parsed, load};
use adr_watcher::sources::Disk;
use adr_watcher::write::{Replacement, replace_all};

use crate::console::{Console, EXPLAIN};
use crate::failure::Failure;

/// Reads and checks a dial plan.
///
/// A file that was named and cannot be read is a job that could not be done; one that is included
/// is a finding about the include.
pub(crate) fn check(entries: &[EntryFile], levels: &Levels) -> Result<Checked, Failure> {
    check_parsed(load(&Disk, entries), levels)
}

/// The same for what has been read.
pub(crate) fn check_parsed(parsed: Parsed, levels: &Levels) -> Result<Checked, Failure> {
    Ok(adr_watcher::sources::check(parsed, levels)?)
}

/// That every file that was named could be read.
pub(crate) fn readable(report: &Report) -> Result<(), Failure> {
    match report.unreadable_input() {
        Some(unread) => Err(Failure::new(&unread.message, unread.help.join("; "))),
        None => Ok(()),
    }
}

/// A dial plan that has no errors; else its findings are shown and there is none.
///
/// For verbs that need rules and are not asked about warnings. None of them publishes, so test
/// lines are not run: a person finds out with them why a test fails.
pub(crate) fn without_errors(
    entries: &[EntryFile],
    console: &Console,
) -> Result<Option<DialPlan>, Failure> {
    let checked = check(entries, &Levels::default().without_tests())?;
    if checked.plan().is_none() {
        show(&checked, console);
    }
    Ok(checked.into_plan())
}

/// Shows findings as messages.
pub(crate) fn show(checked: &Checked, console: &Console) {
    console.findings(checked.report(), checked.sources());
    if let Some(summary) = summary(checked.report()) {
        console.message(format_args!("{summary}; {EXPLAIN}"));
    }
}

/// Writes the files of a plan that changed: all of them, or none.
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
