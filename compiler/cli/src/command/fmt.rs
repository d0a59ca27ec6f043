//! `adrc fmt`: writes rule sources in the standard layout.

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
pub(crate) struct Fmt {
    /// .adr files, or folders with all folders below them; `-` formats standard input
    #[arg(value_name = "PATH", env = VARIABLE)]
    paths: Vec<String>,
    /// Write nothing; list the files that would change, and end with status 1 if there are any
    #[arg(long, conflicts_with = "diff")]
    check: bool,
    /// Write nothing; show the differences, and end with status 1 if there are any
    #[arg(long, conflicts_with = "format")]
    diff: bool,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
}

/// How many files were read, and which changed or have errors.
#[derive(Default, Serialize)]
struct Tally {
    files: usize,
    /// Files that changed, or with --check would change.
    changed: Vec<String>,
    /// Files that adrc left unchanged because of errors.
    invalid: Vec<String>,
    #[serde(skip)]
    errors: Vec<(Report, Sources)>,
}

impl Fmt {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        if self.format == TextOrJson::Json && self.paths.contains(&"-".to_owned()) && !self.check {
            return Err(Failure::new(
                "standard output cannot contain both the formatted text and a JSON document",
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
        let is_dry_run = self.check || self.diff;
        if self.format == TextOrJson::Json {
            let nothing = (Report::new(), Sources::new());
            let document = Document::of(&tally).findings(&nothing.0, &nothing.1);
            let mut document = document.valid(tally.invalid.is_empty());
            for (report, sources) in &tally.errors {
                document = document.findings(report, sources);
            }
            console.document(&document)?;
        }
        if !paths.iter().all(|path| *path == "-") {
            let verb = if is_dry_run { "would change" } else { "changed" };
            let invalid = match tally.invalid.len() {
                0 => String::new(),
                invalid => format!(", {} with errors unchanged", count(invalid, "file")),
            };
            let (files, changed) = (count(tally.files, "file"), tally.changed.len());
            console.message(format_args!("{files}, {changed} {verb}{invalid}"));
        }
        let would_change = is_dry_run && !tally.changed.is_empty();
        Ok(Status::findings(would_change || !tally.invalid.is_empty()))
    }

    fn file(&self, path: &str, tally: &mut Tally, console: &Console) -> Result<(), Failure> {
        tally.files += 1;
        let bytes = read_file(path, FILE_BYTES).map_err(|error| Failure::reading(path, error))?;
        let Ok(text) = String::from_utf8(bytes) else {
            tally.invalid.push(path.to_owned());
            console.message(format_args!("{path}: not UTF-8; `adrc check` shows the position"));
            return Ok(());
        };
        let mut sources = Sources::new();
        let source = sources.add(path, text.as_str());
        let formatted = match adr_language::format(&sources, source) {
            Ok(formatted) => formatted,
            Err(report) => {
                tally.invalid.push(path.to_owned());
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

/// The differences, as a unified diff.
fn diff(path: &str, before: &str, after: &str) -> String {
    let formatted = format!("{path} (formatted)");
    TextDiff::from_lines(before, after).unified_diff().header(path, &formatted).to_string()
}
