//! `adrc fmt`: rule sources in the one standard layout.

use std::collections::BTreeSet;

use adr_diagnostic::{Report, Sources};
use adr_language::limits::FILE_BYTES;
use adr_watcher::sources::{read_file, sources_below};
use adr_watcher::write::replace;
use clap::Args;
use serde::Serialize;
use similar::TextDiff;

use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::target::{VARIABLE, targets};
use adr_render::document::Document;
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
    #[arg(long, conflicts_with = "format")]
    diff: bool,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
}

/// What became of the files.
#[derive(Default, Serialize)]
struct Tally {
    files: usize,
    /// Those that changed, or with --check would change.
    changed: Vec<String>,
    /// Those that have errors and stay as they are.
    damaged: Vec<String>,
    #[serde(skip)]
    errors: Vec<(Report, Sources)>,
}

impl Fmt {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        if self.format == TextOrJson::Json && self.paths.contains(&"-".to_owned()) && !self.check {
            return Err(Failure::new(
                "standard output cannot have both the formatted text and a document",
                "add `--check`, or leave `--format json` out",
            ));
        }
        let mut tally = Tally::default();
        let targets = targets(&self.paths)?;
        let paths: BTreeSet<&String> = targets.iter().flat_map(|target| &target.paths).collect();
        for path in &paths {
            for file in sources_below(path)? {
                self.file(&file, &mut tally, console)?;
            }
        }
        let only_looks = self.check || self.diff;
        if self.format == TextOrJson::Json {
            let nothing = (Report::new(), Sources::new());
            let document = Document::of(&tally).findings(&nothing.0, &nothing.1);
            let mut document = document.valid(tally.damaged.is_empty());
            for (report, sources) in &tally.errors {
                document = document.findings(report, sources);
            }
            console.document(&document)?;
        }
        if !paths.iter().all(|path| *path == "-") {
            let verb = if only_looks { "would change" } else { "changed" };
            let damaged = match tally.damaged.len() {
                0 => String::new(),
                damaged => format!(", {} left alone for errors", count(damaged, "file")),
            };
            let (files, changed) = (count(tally.files, "file"), tally.changed.len());
            console.message(format_args!("{files}, {changed} {verb}{damaged}"));
        }
        let would_change = only_looks && !tally.changed.is_empty();
        Ok(Status::findings(would_change || !tally.damaged.is_empty()))
    }

    fn file(&self, path: &str, tally: &mut Tally, console: &Console) -> Result<(), Failure> {
        tally.files += 1;
        let bytes = read_file(path, FILE_BYTES).map_err(|error| Failure::reading(path, error))?;
        let Ok(text) = String::from_utf8(bytes) else {
            tally.damaged.push(path.to_owned());
            console
                .message(format_args!("{path}: this is not UTF-8; `adrc check` shows the place"));
            return Ok(());
        };
        let mut sources = Sources::new();
        let source = sources.add(path, text.as_str());
        let formatted = match adr_language::format(&sources, source) {
            Ok(formatted) => formatted,
            Err(report) => {
                tally.damaged.push(path.to_owned());
                match self.format {
                    TextOrJson::Text => console.findings(&report, &sources),
                    TextOrJson::Json => tally.errors.push((report, sources)),
                }
                return Ok(());
            }
        };
        tally.changed.extend(formatted.changed.then(|| path.to_owned()));
        if path == "-" && !self.check && !self.diff {
            return console.data(formatted.text.as_bytes());
        }
        match formatted.changed {
            true if self.check && self.format == TextOrJson::Json => Ok(()),
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
