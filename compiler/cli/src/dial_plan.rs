//! Reads, checks and rewrites the dial plan that the command line names.

use adr_diagnostic::render::summary;
use adr_language::{Change, Checked, DialPlan, EntryFile, Levels, load};
use adr_watcher::sources::{self, Disk};
use adr_watcher::write::{Replacement, replace_all};

use crate::console::{Console, EXPLAIN};
use crate::failure::Failure;

/// Reads and checks a dial plan. A file that the command line names and that cannot be read is a
/// failure; an included one is a finding.
pub(crate) fn check(entries: &[EntryFile], levels: &Levels) -> Result<Checked, Failure> {
    Ok(sources::check(load(&Disk, entries), levels)?)
}

/// Reads and checks a dial plan; shows the findings and returns `None` if it has errors.
///
/// For commands that analyze rules. They show no warnings, and they run no tests, because they help
/// to find out why a test fails.
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

/// Shows the findings as messages.
pub(crate) fn show(checked: &Checked, console: &Console) {
    console.findings(checked.report(), checked.sources());
    if let Some(summary) = summary(checked.report()) {
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
