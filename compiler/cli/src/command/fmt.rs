//! `adrc fmt`: writes rule sources in the standard layout.

use adr_diagnostic::Sources;
use adr_language::limits::FILE_BYTES;
use adr_watcher::sources::{read_file, sources_below};
use adr_watcher::write::replace;
use clap::Args;
use similar::TextDiff;

use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::plan_path::{DEFAULT, VARIABLE};
use adr_render::text::count;

/// Arguments of `adrc fmt`.
#[derive(Debug, Args)]
pub(crate) struct Fmt {
    /// .adr files, or folders with all folders below them; `-` formats standard input
    #[arg(value_name = "PATH", default_value = DEFAULT, env = VARIABLE)]
    paths: Vec<String>,
    /// Write nothing; list the files that would change, and end with status 1 if there are any
    #[arg(long, conflicts_with = "diff")]
    check: bool,
    /// Write nothing; show the differences, and end with status 1 if there are any
    #[arg(long)]
    diff: bool,
}

/// How many files were read, changed, and left unchanged because of errors.
#[derive(Default)]
struct Tally {
    files: usize,
    changed: usize,
    invalid: usize,
}

impl Fmt {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let mut tally = Tally::default();
        for path in &self.paths {
            for file in sources_below(path)? {
                self.file(&file, &mut tally, console)?;
            }
        }
        let is_dry_run = self.check || self.diff;
        if self.paths != ["-"] {
            let verb = if is_dry_run { "would change" } else { "changed" };
            let invalid = match tally.invalid {
                0 => String::new(),
                invalid => format!(", {} with errors unchanged", count(invalid, "file")),
            };
            let (files, changed) = (count(tally.files, "file"), tally.changed);
            console.message(format_args!("{files}, {changed} {verb}{invalid}"));
        }
        Ok(Status::findings(tally.invalid > 0 || is_dry_run && tally.changed > 0))
    }

    fn file(&self, path: &str, tally: &mut Tally, console: &Console) -> Result<(), Failure> {
        tally.files += 1;
        let bytes = read_file(path, FILE_BYTES).map_err(|error| Failure::reading(path, error))?;
        let Ok(text) = String::from_utf8(bytes) else {
            tally.invalid += 1;
            console.message(format_args!("{path}: not UTF-8; `adrc check` shows the position"));
            return Ok(());
        };
        let mut sources = Sources::new();
        let source = sources.add(path, text.as_str());
        let formatted = match adr_language::format(&sources, source) {
            Ok(formatted) => formatted,
            Err(report) => {
                tally.invalid += 1;
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

/// The differences, as a unified diff.
fn diff(path: &str, before: &str, after: &str) -> String {
    let formatted = format!("{path} (formatted)");
    TextDiff::from_lines(before, after).unified_diff().header(path, &formatted).to_string()
}
