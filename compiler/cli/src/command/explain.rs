//! `adrc explain`: prints the page of a finding, or lists all findings.

use adr_diagnostic::{Finding, Severity};
use adr_language::{finding, findings, registry};
use adr_render::document::Document;
use clap::Args;
use serde::Serialize;

use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;

/// Arguments of `adrc explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The name of a finding, such as `any-length`; without it adrc lists all findings
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// How the result is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: TextOrJson,
}

/// The kind of a finding.
#[derive(Serialize)]
struct Explained {
    name: &'static str,
    severity: &'static str,
    /// Whether its severity cannot be lowered.
    fixed: bool,
    headline: &'static str,
    page: &'static str,
}

#[derive(Serialize)]
struct List {
    findings: Vec<Explained>,
}

impl From<&Finding> for Explained {
    fn from(finding: &Finding) -> Self {
        Self {
            name: finding.name,
            severity: finding.severity.word(),
            fixed: finding.severity == Severity::Error && !finding.lowerable,
            headline: finding.headline,
            page: finding.page.trim(),
        }
    }
}

impl Explain {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let is_json = self.format == TextOrJson::Json;
        let Some(name) = self.name else {
            if is_json {
                let findings = findings().iter().map(|finding| Explained::from(*finding));
                console.document(&Document::of(List { findings: findings.collect() }))?;
                return Ok(Status::Done);
            }
            let longest = findings().iter().map(|finding| finding.name.len()).max().unwrap_or(0);
            for finding in findings() {
                let (name, word) = (finding.name, finding.severity.word());
                console.line(format_args!("{name:longest$}  {word:11}  {}", finding.headline))?;
            }
            return Ok(Status::Done);
        };
        let finding = finding(&name).ok_or_else(|| unknown(&name))?;
        let explained = Explained::from(finding);
        if is_json {
            console.document(&Document::of(explained))?;
            return Ok(Status::Done);
        }
        let Explained { name, severity, headline, page, .. } = explained;
        let fixed = if explained.fixed { ", fixed" } else { "" };
        console.line(format_args!("{name} ({severity}{fixed}): {headline}\n\n{page}"))?;
        Ok(Status::Done)
    }
}

fn unknown(name: &str) -> Failure {
    let help = match registry().suggest(name, &[]) {
        Some(close) => format!("did you mean `{close}`?"),
        None => "`adrc explain` lists all findings".to_owned(),
    };
    Failure::new(format!("no finding is called `{}`", name.escape_debug()), help)
}
