//! `adrc provision`: writes the files that configure Windows clients, and says what a PC has.

mod verify;

use std::path::PathBuf;

use adr_diagnostic::Severity;
use adr_diagnostic::render::summary;
use adr_render::document::Document;
use adr_render::provisioned::Provisioned;
use adr_watcher::provisioning::output_folder::{Outcome, write_folder};
use adr_watcher::provisioning::{ProfileFiles, ReadProfile, read_profile};
use adr_watcher::write::WriteError;
use clap::{Args, Subcommand};

use crate::console::{Console, EXPLAIN};
use crate::dial_plan::show;
use crate::failure::{Failure, Status};
use crate::format::FindingFormat;

/// Arguments of `adrc provision`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Provision {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// The profile, such as provision.toml; `-` for standard input
    #[arg(value_name = "PROFILE", required = true)]
    profile: Option<String>,
    /// Write the files into this folder, which adrc creates if necessary
    #[arg(short, long, value_name = "DIR", required_unless_present = "check")]
    output: Option<PathBuf>,
    /// Report the findings of the profile, and write nothing
    #[arg(long, conflicts_with = "output")]
    check: bool,
    /// Overwrite files that adrc did not write
    #[arg(long, requires = "output")]
    force: bool,
    /// Format of the findings, and with json of the list of files
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: FindingFormat,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show what clients use of what a PC has, and compare it with a profile
    Verify(verify::Verify),
}

impl Provision {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        if let Some(Verb::Verify(verify)) = self.verb {
            return verify.run(console);
        }
        let path = self.profile.unwrap_or_default();
        let mut read = read_profile(&path)?;
        let output = self.output.filter(|_| read.profile.is_some());
        let made = output.map(|folder| (folder, read.make_files()));
        if made.is_none() {
            read.check_files();
        }
        let ReadProfile { sources, report, .. } = read;
        let found = Status::findings(report.worst() >= Some(Severity::Warning));
        let Some((folder, ProfileFiles { files, refused })) = made else {
            console.report(self.format.into(), &report, &sources, !report.has_errors())?;
            console.message(match summary(&report) {
                Some(summary) => format!("{summary}; {EXPLAIN}"),
                None => format!("{path}: no findings"),
            });
            return Ok(found);
        };
        let written = write_folder(&folder, &files, self.force).map_err(failure)?;
        let outcomes: Vec<_> = written.outcomes.into_iter().map(Outcome::word).collect();
        let folder = folder.display().to_string();
        let provisioned =
            Provisioned::new(folder, &files, &outcomes, written.outdated).with_refused(refused);
        match self.format {
            FindingFormat::Text => {
                show(&report, &sources, console);
                if !console.is_quiet() {
                    console.text(provisioned.text())?;
                }
            }
            FindingFormat::Json => {
                console.document(&Document::of(&provisioned).findings(&report, &sources))?;
            }
            format => console.report(format.into(), &report, &sources, !report.has_errors())?,
        }
        console.message(provisioned.summary());
        Ok(found)
    }
}

fn failure(error: WriteError) -> Failure {
    let help = "nothing is written; `--force` overwrites it, `-o` with another folder keeps it";
    match &error {
        WriteError::Exists { path } => {
            let path = path.display();
            Failure::conflict(format!("{path}: adrc did not write this content"), help)
        }
        _ => error.into(),
    }
}
