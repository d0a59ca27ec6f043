//! `adrc provision verify`: what clients use of what a PC has.

use adr_diagnostic::render::{Format, summary};
use adr_diagnostic::{Severity, Sources};
use adr_provision::{Expected, Names, Profile, Target, Verdict};
use adr_render::client_verdict::{VerdictObject, verdict_text};
use adr_render::document::Document;
use adr_watcher::provisioning::{read_client_files, read_profile};
use clap::Args;

use crate::console::{Console, EXPLAIN};
use crate::failure::{Failure, Status};
use crate::format::FindingFormat;

/// Arguments of `adrc provision verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// What a PC has: exports of the registry, Registry.pol, jabber-bootstrap.properties or
    /// jabber-config.xml, in the order in which they apply; `-` for standard input
    #[arg(value_name = "FILE", required_unless_present = "this_pc")]
    files: Vec<String>,
    /// Read the registry and the bootstrap file of this PC; on Windows only
    #[arg(long)]
    this_pc: bool,
    /// Compare with this profile
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// The site of the profile that the PC is in
    #[arg(long, value_name = "NAME", requires = "profile")]
    site: Option<String>,
    /// Format of the result; all but text and json show the findings only
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: FindingFormat,
}

impl Verify {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let (mut sources, mut profile) = (Sources::new(), None);
        if let Some(path) = &self.profile {
            let read = read_profile(path)?;
            if read.profile.is_none() {
                console.report(self.format.into(), &read.report, &read.sources, false)?;
                console.message(format_args!("{path}: nothing is compared; {EXPLAIN}"));
                return Ok(Status::Findings);
            }
            (sources, profile) = (read.sources, read.profile);
        }
        let expected = profile.as_ref().map(|it| self.target(it).map(Expected::of)).transpose()?;
        let files = read_client_files(&self.files, self.this_pc, &mut sources)?;
        let names = profile.as_ref().map_or(Names::built_in(), Profile::names);
        let verdict = Verdict::of(&files, expected.as_ref(), names);
        let (report, valid) = (&verdict.report, !verdict.report.has_errors());
        match self.format {
            FindingFormat::Text => {
                console.text(verdict_text(&verdict, console.terminal().styles()))?;
                console.report(Format::Text, report, &sources, valid)?;
            }
            FindingFormat::Json => console.document(
                &Document::of(VerdictObject::from(&verdict)).findings(report, &sources),
            )?,
            format => console.report(format.into(), report, &sources, valid)?,
        }
        if let Some(summary) = summary(report) {
            console.message(format_args!("{summary}; {EXPLAIN}"));
        }
        Ok(Status::findings(report.worst() >= Some(Severity::Warning)))
    }

    fn target<'p>(&self, profile: &'p Profile) -> Result<&'p Target, Failure> {
        let site = self.site.as_deref();
        profile.target(site).ok_or_else(|| {
            let sites: Vec<&str> = profile.targets().iter().filter_map(Target::site).collect();
            let site = site.unwrap_or_default().escape_debug();
            let help = format!("its sites: {}", sites.join(", "));
            Failure::new(format!("--site: the profile has no site `{site}`"), help)
        })
    }
}
