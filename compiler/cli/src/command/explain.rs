//! `adrc explain`: prints the page of a finding or of a cause of the doctor, or lists all of them.

use adr_diagnostic::{Finding, Severity};
use adr_doctor::{Area, Cause, causes};
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

/// The kind of a finding, or a cause.
#[derive(Serialize)]
struct Explained {
    name: &'static str,
    severity: &'static str,
    /// Whether its severity cannot be lowered.
    fixed: bool,
    headline: &'static str,
    page: &'static str,
    /// The area of the doctor; `None` for a finding about rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    doctor: Option<&'static str>,
    /// Where a cause is documented.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sources: Vec<String>,
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
            doctor: None,
            sources: Vec::new(),
        }
    }
}

impl Explained {
    fn cause(area: Area, cause: &Cause) -> Self {
        Self {
            fixed: false,
            doctor: Some(area.word()),
            sources: cause.sources.iter().map(ToString::to_string).collect(),
            ..Self::from(&cause.finding)
        }
    }

    /// Findings about rules and causes of the doctor, sorted by their names.
    fn all() -> Vec<Self> {
        let findings = findings().iter().map(|finding| Self::from(*finding));
        let causes = causes().into_iter().map(|(area, cause)| Self::cause(area, cause));
        let mut all: Vec<Self> = findings.chain(causes).collect();
        all.sort_by_key(|one| one.name);
        all
    }

    fn named(name: &str) -> Option<Self> {
        let found = finding(name).map(Self::from);
        let cause = || causes().into_iter().find(|(_, cause)| cause.finding.name == name);
        found.or_else(|| cause().map(|(area, cause)| Self::cause(area, cause)))
    }

    /// What is in parentheses after the name.
    fn kind(&self) -> String {
        let fixed = if self.fixed { ", fixed" } else { "" };
        let doctor = self.doctor.map(|area| format!(", doctor {area}")).unwrap_or_default();
        format!("{}{fixed}{doctor}", self.severity)
    }
}

impl Explain {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        match self.name {
            None => list(self.format, console),
            Some(name) => explain(&name, self.format, console),
        }
    }
}

fn list(format: TextOrJson, console: &Console) -> Result<Status, Failure> {
    let all = Explained::all();
    if format == TextOrJson::Json {
        console.document(&Document::of(List { findings: all }))?;
        return Ok(Status::Done);
    }
    let longest = all.iter().map(|one| one.name.len()).max().unwrap_or(0);
    for Explained { name, severity, headline, .. } in all {
        console.line(format_args!("{name:longest$}  {severity:11}  {headline}"))?;
    }
    Ok(Status::Done)
}

fn explain(name: &str, format: TextOrJson, console: &Console) -> Result<Status, Failure> {
    let explained = Explained::named(name).ok_or_else(|| unknown(name))?;
    if format == TextOrJson::Json {
        console.document(&Document::of(explained))?;
        return Ok(Status::Done);
    }
    let (kind, Explained { name, headline, page, .. }) = (explained.kind(), &explained);
    console.line(format_args!("{name} ({kind}): {headline}\n\n{page}"))?;
    if !explained.sources.is_empty() {
        console.line(format_args!("\nSources: {}", explained.sources.join("; ")))?;
    }
    Ok(Status::Done)
}

fn unknown(name: &str) -> Failure {
    let causes: Vec<&str> = causes().iter().map(|(_, cause)| cause.finding.name).collect();
    let help = match registry().suggest(name, &causes) {
        Some(close) => format!("did you mean `{close}`?"),
        None => "`adrc explain` lists all findings".to_owned(),
    };
    Failure::new(format!("no finding is called `{}`", name.escape_debug()), help)
}
