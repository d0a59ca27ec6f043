//! `adrc fmt`: rule sources in the one standard layout.

use std::collections::BTreeSet;

use adr_diagnostic::Sources;
use adr_language::limits::FILE_BYTES;
use adr_watcher::sources::{read_file, sources_below};
use adr_watcher::write::replace;
use clap::Args;
use similar::TextDiff;

use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::target::{VARIABLE, targets};
use adr_render::text::count;

/// Arguments of `adrc fmt`.
#[derive(Debug, Args)]
#[command(
    after_help = "Every comment is kept. The output is read again and compared before it is written,\n\
                  and a file with errors is left alone."
)]
pub(crate) struct Fmt {
    /// .adr files, folders (with the folders in them), or `-` for standard input to standard output
    #[arg(value_name = "PATH", env = VARIABLE)]
    paths: Vec<String>,
    /// Write nothing; name the files that would change, and end with 1 if there are any
    #[arg(long, conflicts_with = "diff")]
    check: bool,
    /// Write nothing; show what would change, and end with 1 if something would
    #[arg(long)]
    diff: bool,
}

/// What became of the files.
#[derive(Default)]
struct Tally {
    files: usize,
    changed: usize,
    damaged: usize,
}

impl Fmt {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let mut tally = Tally::default();
        let targets = targets(&self.paths)?;
        let paths: BTreeSet<&String> = targets.iter().flat_map(|target| &target.paths).collect();
        for path in &paths {
            for file in sources_below(path)? {
                self.file(&file, &mut tally, console)?;
            }
        }
        let only_looks = self.check || self.diff;
        if !paths.iter().all(|path| *path == "-") {
            let verb = if only_looks { "would change" } else { "changed" };
            let damaged = match tally.damaged {
                0 => String::new(),
                damaged => format!(", {} left alone for errors", count(damaged, "file")),
            };
            let (files, changed) = (count(tally.files, "file"), tally.changed);
            console.message(format_args!("{files}, {changed} {verb}{damaged}"));
        }
        Ok(Status::findings(tally.damaged > 0 || only_looks && tally.changed > 0))
    }

    fn file(&self, path: &str, tally: &mut Tally, console: &Console) -> Result<(), Failure> {
        tally.files += 1;
        let bytes = read_file(path, FILE_BYTES).map_err(|error| Failure::reading(path, error))?;
        let Ok(text) = String::from_utf8(bytes) else {
            tally.damaged += 1;
            console
                .message(format_args!("{path}: this is not UTF-8; `adrc check` shows the place"));
            return Ok(());
        };
        let mut sources = Sources::new();
        let source = sources.add(path, text.as_str());
        let formatted = match adr_language::format(&sources, source) {
            Ok(formatted) => formatted,
            Err(report) => {
                tally.damaged += 1;
                console.findings(&report, &sources);
                return Ok(());
            }
        };
        tally.changed += usize::from(formatted.changed);
        if path == "-" && !self.check && !self.diff {
            return console.data(formatted.text.as_bytes());
        }
        match formatted.changed {
            true if self.check => console.line(path),
            true if self.diff => console.data(diff(path, &text, &formatted.text).as_bytes()),
            true => Ok(replace(path.as_ref(), formatted.text.as_bytes())?),
            false => Ok(()),
        }
    }
}

/// What would change, as a unified diff.
fn diff(path: &str, before: &str, after: &str) -> String {
    let formatted = format!("{path} (formatted)");
    TextDiff::from_lines(before, after).unified_diff().header(path, &formatted).to_string()
}
