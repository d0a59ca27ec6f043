//! `adrc import`: writes the rules of a CUCM, or of a file, as rule source.

use adr_cucm::RuleKind;
use adr_cucm::file::FileFormat;
use adr_cucm_sync::connect::cluster_name;
use adr_language::ListKind;
use adr_language::limits::FILE_BYTES;
use adr_watcher::sources::read_file;
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::console::Console;
use crate::cucm::CucmOptions;
use crate::dial_plan::show;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::overwrite::{Written, write};
use adr_render::document::Document;
use adr_render::imported::Imported;
use adr_render::text::count;

/// Arguments of `adrc import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// A CUCM, `cucm://NAME` or `cucm://HOST`; a deployed .xml file; or an exported file
    #[arg(value_name = "SOURCE", required_unless_present_any = ["csv", "tar", "sql"])]
    source: Option<String>,
    /// Read this file as a table with the columns of CUCM's page
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "tar", "sql"])]
    csv: Option<String>,
    /// Read this file as an archive that BAT exported
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "sql"])]
    tar: Option<String>,
    /// Read this file as text of `run sql`, copied from the command line of CUCM
    #[arg(long, value_name = "FILE", conflicts_with = "source")]
    sql: Option<String>,
    /// Write into this file instead of standard output
    #[arg(short, long, value_name = "FILE.adr")]
    output: Option<String>,
    /// Overwrite a file that has other content without a question
    #[arg(long, requires = "output")]
    force: bool,
    /// Leave the emergency numbers of CUCM out
    #[arg(long)]
    no_emergency: bool,
    /// The kind of the rules in a file; without it, adrc takes the kind from the file or its name
    #[arg(long = "as", value_name = "KIND")]
    kind: Option<Kind>,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
    #[command(flatten)]
    cucm: CucmOptions,
}

/// The two kinds of lists.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// Application dial rules
    Application,
    /// Directory lookup dial rules
    Lookup,
}

#[derive(Serialize)]
struct ImportObject<'i> {
    kind: &'static str,
    /// How many rules a client reads, or CUCM holds.
    rules: usize,
    /// The rule source.
    source: &'i str,
}

impl Import {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let (path, imported) = self.imported(console)?;
        if self.format == TextOrJson::Text {
            show(&imported.report, &imported.sources, console);
        }
        let document = |text: Option<&str>| {
            let Imported { kind, rules, report, sources, .. } = &imported;
            let body = text.map(|source| ImportObject { kind, rules: *rules, source });
            let document = Document::of(body).findings(report, sources);
            console.document(&document.valid(text.is_some()))
        };
        let Some(text) = &imported.text else {
            if self.format == TextOrJson::Json {
                document(None)?;
            }
            let reason = &imported.reason;
            let separator = if reason.is_empty() { "" } else { "; " };
            console.message(format_args!("{path}: nothing is imported{separator}{reason}"));
            return Ok(Status::Findings);
        };
        match &self.output {
            None if self.format == TextOrJson::Json => {}
            None => console.data(text.as_bytes())?,
            Some(output) => {
                let rules = count(imported.rules, "rule");
                console.message(match write(output, text, self.force, console)? {
                    Written::Unchanged => format!("{output}: unchanged, {rules}"),
                    Written::Created => format!("{output}: {rules}; next, `adrc check {output}`"),
                    Written::Overwritten => format!("{output}: overwritten, {rules}"),
                });
            }
        }
        if self.format == TextOrJson::Json {
            document(Some(text))?;
        }
        Ok(Status::Done)
    }

    /// What the source is called, and what it holds.
    fn imported(&self, console: &Console) -> Result<(&str, Imported), Failure> {
        let (path, format) = match (&self.source, &self.csv, &self.tar, &self.sql) {
            (_, Some(path), ..) => (path.as_str(), Some(FileFormat::Table)),
            (_, _, Some(path), _) => (path.as_str(), Some(FileFormat::Archive)),
            (_, _, _, Some(path)) => (path.as_str(), Some(FileFormat::Transcript)),
            // clap asks for one of them
            (source, ..) => (source.as_deref().unwrap_or("-"), None),
        };
        if let (Some(name), None) = (cluster_name(path), format) {
            if self.kind.is_some() {
                return Err(Failure::new(
                    "--as: CUCM says itself of which kind its rules are",
                    "leave `--as` out",
                ));
            }
            let rules = self.cucm.read(name, !self.no_emergency, console)?;
            return Ok((path, Imported::of_cucm(&rules.source(path))));
        }
        let bytes = read_file(path, FILE_BYTES).map_err(|error| Failure::reading(path, error))?;
        let imported = match (format.or_else(|| FileFormat::recognize(&bytes)), self.kind) {
            (Some(format), kind) => {
                let kind = kind.map(|kind| match kind {
                    Kind::Application => RuleKind::Application,
                    Kind::Lookup => RuleKind::DirectoryLookup,
                });
                Imported::of_export(format, path, &bytes, kind)
            }
            (None, kind) => {
                let kind = kind.map(|kind| match kind {
                    Kind::Application => ListKind::Application,
                    Kind::Lookup => ListKind::Lookup,
                });
                Imported::of_deployed(path, &bytes, kind).map_err(|error| {
                    Failure::new(
                        format!("{path}: {error}"),
                        "CUCM rejects such a rule; fix the file, then import it",
                    )
                })?
            }
        };
        Ok((path, imported))
    }
}
