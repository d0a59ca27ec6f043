//! `--fix`: applies fixes, lists them, and writes the files or shows the differences.

use adr_language::{Change, EntryFile, FixRun, FixScope, Levels, Snapshot, apply_fixes};
use adr_watcher::sources::require_readable;
use clap::Args;
use similar::{Algorithm, TextDiff};

use crate::console::Console;
use crate::dial_plan::rewrite;
use crate::failure::Failure;
use adr_render::text::count;
use adr_render::text::escaped;

/// Options about fixes.
#[derive(Debug, Args)]
pub(super) struct FixArguments {
    /// Apply the safe fixes: those that change the result of no number and of no test
    #[arg(long)]
    fix: bool,
    /// With --fix: also apply the unsafe fixes, which may change results
    #[arg(long = "unsafe", requires = "fix")]
    offered: bool,
    /// With --fix: write nothing, show the differences, and end with status 1 if there are any
    #[arg(long, requires = "fix", conflicts_with = "format")]
    diff: bool,
}

impl FixArguments {
    /// Whether `--fix` is given.
    pub(super) fn is_requested(&self) -> bool {
        self.fix
    }

    /// Whether adrc writes a diff to standard output, and no files.
    pub(super) fn shows_diff(&self) -> bool {
        self.diff
    }

    /// Applies fixes and writes the files, or the diff. `snapshot` then holds the fixed plan.
    pub(super) fn run(
        &self,
        snapshot: &mut Snapshot<'_>,
        entries: &[EntryFile],
        levels: &Levels,
        console: &Console,
    ) -> Result<FixRun, Failure> {
        let reads_standard_input = entries.iter().any(|entry| entry.path == "-");
        if reads_standard_input && !self.diff {
            return Err(Failure::new(
                "standard input: there is no file to fix",
                "name the file, or show the differences with `--diff`",
            ));
        }
        let scope = match self.offered {
            true => FixScope::Unsafe,
            false => FixScope::Safe,
        };
        let run = apply_fixes(snapshot, entries, levels, scope);
        require_readable(run.checked.report())?;
        let changes = snapshot.changes();
        if self.diff {
            for change in &changes {
                console.data(diff(change).as_bytes())?;
            }
        } else {
            rewrite(&changes)?;
        }
        self.list(&run, console);
        Ok(run)
    }

    /// Lists the fixes, one a line: the applied ones, then the others with the reason.
    fn list(&self, run: &FixRun, console: &Console) {
        for fix in &run.applied {
            console.message(escaped(&fix.to_string()));
        }
        for refused in &run.refused {
            let line = format!("{}, not applied: {}", refused.fix, refused.reason);
            console.message(escaped(&line));
        }
        let verb = if self.diff { "would be fixed" } else { "fixed" };
        if !run.applied.is_empty() {
            let fixed = count(run.applied.len(), "finding");
            console.message(format_args!("{fixed} {verb}"));
        }
        let offered = run.unsafe_fixes();
        if !self.offered && offered > 0 {
            let fixes = if offered == 1 { "fix" } else { "fixes" };
            console.message(format_args!(
                "{offered} more {fixes} with `--fix --unsafe`, which may change results"
            ));
        }
    }
}

/// The differences of a file, in the format of `patch -p0`.
fn diff(change: &Change) -> String {
    let path = escaped(&change.path);
    TextDiff::configure()
        .algorithm(Algorithm::Patience)
        .diff_lines(&change.before, &change.after)
        .unified_diff()
        .header(&path, &path)
        .to_string()
}
