//! `adrc explain`: prints the page of a finding, or lists all findings.

use adr_diagnostic::Severity;
use adr_language::{finding, findings, registry};
use clap::Args;

use crate::console::Console;
use crate::failure::{Failure, Status};

/// Arguments of `adrc explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The name of a finding, such as `any-length`; without it adrc lists all findings
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

impl Explain {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let Some(name) = self.name else {
            let longest = findings().iter().map(|finding| finding.name.len()).max().unwrap_or(0);
            for finding in findings() {
                let (name, word) = (finding.name, finding.severity.word());
                console.line(format_args!("{name:longest$}  {word:11}  {}", finding.headline))?;
            }
            return Ok(Status::Done);
        };
        let finding = finding(&name).ok_or_else(|| unknown(&name))?;
        let fixed = finding.severity == Severity::Error && !finding.lowerable;
        let fixed = if fixed { ", fixed" } else { "" };
        console.line(format_args!(
            "{} ({}{fixed}): {}\n\n{}",
            finding.name,
            finding.severity.word(),
            finding.headline,
            finding.page.trim()
        ))?;
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
