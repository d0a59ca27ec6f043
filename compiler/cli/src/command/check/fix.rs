//! `--fix`: makes fixes, lists them, and writes the files or shows what would change.

use adr_language::{Change, EntryFile, FixRun, FixScope, Levels, Snapshot, apply_fixes};
use adr_watcher::sources::require_readable;
use clap::Args;
use similar::{Algorithm, TextDiff};

use crate::console::Console;
use crate::dial_plan::rewrite;
use crate::failure::Failure;
use adr_render::text::count;
use adr_render::text::escaped;

/// Arguments about fixes.
#[derive(Debug, Args)]
pub(super) struct FixArguments {
    /// Make the fixes that are safe: no number's result changes, and no test
    #[arg(long)]
    fix: bool,
    /// With --fix: also make the fixes that are offered, which may change what numbers become
    #[arg(long = "unsafe", requires = "fix")]
    offered: bool,
    /// With --fix: write nothing, show what would change, and end with 1 if something would
    #[arg(long, requires = "fix", conflicts_with = "format")]
    diff: bool,
}

impl FixArguments {
    /// Whether fixes are asked for.
    pub(super) fn is_asked_for(&self) -> bool {
        self.fix
    }

    /// Whether files stay as they are and standard output is a diff.
    pub(super) fn shows_diff(&self) -> bool {
        self.diff
    }

    /// Makes the fixes of a plan and writes its files, or the diff; `snapshot` then holds the plan.
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
                "name the file, or show the changes with `--diff`",
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

    /// What was done, one line for each fix, and what was not.
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
                "{offered} more {fixes} with `--fix --unsafe`, which may change what numbers become"
            ));
        }
    }
}

/// What would change in a file, as `patch -p0` takes it.
fn diff(change: &Change) -> String {
    let path = escaped(&change.path);
    TextDiff::configure()
        .algorithm(Algorithm::Patience)
        .diff_lines(&change.before, &change.after)
        .unified_diff()
        .header(&path, &path)
        .to_string()
}
