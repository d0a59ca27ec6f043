//! `adrc import`: writes the rules of a deployed file as rule source.

use adr_diagnostic::{Report, Sources};
use adr_engine::xml;
use adr_language::limits::FILE_BYTES;
use adr_language::{ListKind, import, not_a_deployed_file};
use adr_watcher::sources::read_file;
use adr_watcher::write::create;
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::command::check::deployed::words;
use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use adr_render::adr_writer::laid_out;
use adr_render::document::Document;
use adr_render::text::{count, kind_word};

/// Arguments of `adrc import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// A deployed .xml file
    #[arg(value_name = "FILE")]
    file: String,
    /// Write into this new file instead of standard output
    #[arg(short, long, value_name = "FILE.adr")]
    output: Option<String>,
    /// The kind of the rules; without it, adrc takes the kind from the name of the file
    #[arg(long = "as", value_name = "KIND")]
    kind: Option<Kind>,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
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
struct Imported<'i> {
    kind: &'static str,
    /// How many rules a client reads.
    rules: usize,
    /// The rule source.
    source: &'i str,
}

impl Import {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let path = &self.file;
        let bytes = read_file(path, FILE_BYTES).map_err(|error| Failure::reading(path, error))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut sources = Sources::new();
        let source = sources.add(path, text.as_str());
        let (strict, client) = xml::check(source, &text, &bytes);
        if client.error.is_some()
            && let Some(found) = not_a_deployed_file(source, &text, &bytes)
        {
            let report = [found].into_iter().collect();
            self.nothing(&report, &sources, console)?;
            console.message(format_args!("{path}: nothing is imported"));
            return Ok(Status::Findings);
        }
        if client.error.is_some() || strict.has_doctype {
            self.nothing(&strict.report, &sources, console)?;
            console.message(format_args!("{path}: nothing is imported; {}", words(&client)));
            return Ok(Status::Findings);
        }
        if self.format == TextOrJson::Text {
            console.findings(&strict.report, &sources);
        }
        let rules = import(self.kind(), &client.rules).map_err(|error| {
            Failure::new(
                format!("{path}: {error}"),
                "CUCM rejects such a rule; fix the file, then import it",
            )
        })?;
        let text = laid_out(format!("// Imported from {}.\n\n{rules}", one_line(path)));
        match &self.output {
            None if self.format == TextOrJson::Json => {}
            None => console.data(text.as_bytes())?,
            Some(output) => {
                create(output.as_ref(), text.as_bytes())?;
                let count = count(client.rules.len(), "rule");
                console.message(format_args!("{output}: {count}; next, `adrc check {output}`"));
            }
        }
        if self.format == TextOrJson::Json {
            let kind = kind_word(self.kind());
            let imported = Imported { kind, rules: client.rules.len(), source: &text };
            let document = Document::of(imported).findings(&strict.report, &sources);
            console.document(&document.valid(true))?;
        }
        Ok(Status::Done)
    }

    /// Writes why nothing is imported.
    fn nothing(
        &self,
        report: &Report,
        sources: &Sources,
        console: &Console,
    ) -> Result<(), Failure> {
        match self.format {
            TextOrJson::Text => console.findings(report, sources),
            TextOrJson::Json => {
                console.document(&Document::of(()).findings(report, sources).valid(false))?;
            }
        }
        Ok(())
    }

    fn kind(&self) -> ListKind {
        match self.kind {
            Some(Kind::Application) => ListKind::Application,
            Some(Kind::Lookup) => ListKind::Lookup,
            None => ListKind::of_file(&self.file).unwrap_or(ListKind::Application),
        }
    }
}

/// A path on one line, for a comment.
fn one_line(path: &str) -> String {
    path.chars().filter(|c| !c.is_control()).collect()
}
