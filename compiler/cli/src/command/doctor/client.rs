//! `adrc doctor client`: why a softphone does not use the dial rules.

use std::path::PathBuf;

use adr_diagnostic::{Report, Sources, visible};
use adr_doctor::client::observation::{HTTP_PORT, List, Ports, Process, TFTP_PORT};
use adr_doctor::client::{PlanFile, diagnose, read_processes};
use adr_language::{DialPlan, ListKind};
use adr_probe::block_on;
use adr_probe::client::{Settings, look, processes_of_this_pc};
use adr_provision::ClientFile;
use adr_watcher::provisioning::read_client_files;
use adr_watcher::sources::{plan_entries, read_file};
use clap::{ArgGroup, Args};

use super::progress::ProgressLine;
use super::report::report;
use super::zone::{changed, today, zone};
use crate::console::Console;
use crate::dial_plan::{reject_reports, without_errors};
use crate::failure::{Failure, Status};
use crate::format::{DoctorFormat, FindingsAs};
use crate::target::target;

/// Largest list of processes, in bytes.
const PROCESSES_BYTES: u64 = 4 << 20;

/// The options that say which programs run.
const PROGRAMS: &str = "programs";

/// The options with times that may have no zone.
const TIMES: &str = "times";

/// Arguments of `adrc doctor client`.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new(PROGRAMS).multiple(true),
    group = ArgGroup::new(TIMES).multiple(true)
)]
pub(super) struct Client {
    /// What the PC has: exports of the registry, Registry.pol, jabber-bootstrap.properties or
    /// jabber-config.xml, in the order in which they apply
    #[arg(
        value_name = "FILE",
        required_unless_present_any = ["this_pc", "server", "processes", "log"]
    )]
    files: Vec<String>,
    /// Read the registry, the bootstrap file and the running programs of this PC; on Windows only
    #[arg(long, group = PROGRAMS)]
    this_pc: bool,
    /// Ask this TFTP server, besides those of the settings; repeat it to name several
    #[arg(long, value_name = "HOST")]
    server: Vec<String>,
    /// The port of HTTP on the servers
    #[arg(long, value_name = "PORT", default_value_t = HTTP_PORT)]
    http_port: u16,
    /// The port of TFTP on the servers
    #[arg(long, value_name = "PORT", default_value_t = TFTP_PORT)]
    tftp_port: u16,
    /// Compare with this dial plan; repeat it if the plan has several files
    #[arg(long, value_name = "PATH")]
    plan: Vec<String>,
    /// The running programs with their starts, as PowerShell or `wmic process get
    /// Name,CreationDate` lists them
    #[arg(long, value_name = "FILE", conflicts_with = "this_pc", groups = [PROGRAMS, TIMES])]
    processes: Option<String>,
    /// When the rules changed, such as "2026-11-30 10:00:00", or 2h for two hours ago [default:
    /// what the servers say]
    #[arg(long, value_name = "TIME", requires = PROGRAMS, group = TIMES)]
    changed: Option<String>,
    /// Logs of the client: files, also compressed with gzip, tar archives, and folders
    #[arg(long, value_name = "FILE")]
    log: Vec<PathBuf>,
    /// The zone of times that have none, such as +01:00 [default: UTC]
    #[arg(
        long,
        value_name = "ZONE",
        value_parser = zone,
        allow_hyphen_values = true,
        requires = TIMES
    )]
    zone: Option<i32>,
    /// The release of the client, such as 8.6.1
    #[arg(long, value_name = "RELEASE")]
    release: Option<String>,
    /// Format of the result
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: DoctorFormat,
}

impl Client {
    pub(super) fn run(self, console: &Console) -> Result<Status, Failure> {
        let plan = match self.plan()? {
            Ok(plan) => plan,
            Err((report, sources)) => {
                return reject_reports(&[(&report, &sources)], FindingsAs::Messages, console);
            }
        };
        let mut sources = Sources::new();
        let files = self.files(&mut sources)?;
        for file in files.iter().flatten().filter(|file| file.report.has_errors()) {
            console.findings(&file.report, &sources);
        }
        let settings = Settings {
            files,
            servers: self.server.clone(),
            ports: Ports { http: self.http_port, tftp: self.tftp_port },
            plan,
            processes: self.processes(console)?,
            changed: self.changed()?,
            release: self.release.clone(),
            logs: self.log.clone(),
        };
        let line = ProgressLine::new(console);
        let seen = block_on(look(&settings, &|server| line.show(&visible(server))));
        let seen = seen.map_err(|error| Failure::new(format!("cannot start: {error}"), ""))??;
        drop(line);
        report(&diagnose(&seen), self.format, console)
    }

    /// What the PC has; `None` if nothing of it is named.
    fn files(&self, sources: &mut Sources) -> Result<Option<Vec<ClientFile>>, Failure> {
        if self.files.is_empty() && !self.this_pc {
            return Ok(None);
        }
        Ok(Some(read_client_files(&self.files, self.this_pc, sources)?))
    }

    /// The files that the dial plan makes; empty without a plan. Or the findings of a plan with
    /// errors.
    fn plan(&self) -> Result<Result<Vec<PlanFile>, (Report, Sources)>, Failure> {
        if self.plan.is_empty() {
            return Ok(Ok(Vec::new()));
        }
        let target = target(&self.plan)?;
        Ok(match without_errors(&plan_entries(&target.paths)?)? {
            Ok(plan) => Ok(plan_files(&plan)),
            Err(errors) => Err((errors.report().clone(), errors.sources().clone())),
        })
    }

    /// The running programs; `None` without a list.
    fn processes(&self, console: &Console) -> Result<Option<Vec<Process>>, Failure> {
        if let Some(path) = &self.processes {
            let bytes =
                read_file(path, PROCESSES_BYTES).map_err(|error| Failure::reading(path, error))?;
            let text = decoded(&bytes);
            return Ok(Some(read_processes(&text, self.zone.unwrap_or(0), today())));
        }
        if !self.this_pc {
            return Ok(None);
        }
        let listed = processes_of_this_pc(today());
        Ok(listed.map_err(|error| console.message(&error)).ok())
    }

    fn changed(&self) -> Result<Option<i64>, Failure> {
        let text = self.changed.as_deref();
        text.map(|text| changed(text, self.zone.unwrap_or(0))).transpose()
    }
}

/// The files of every view.
fn plan_files(plan: &DialPlan) -> Vec<PlanFile> {
    let lists = [(List::Application, ListKind::Application), (List::Lookup, ListKind::Lookup)];
    let files = plan.views().flat_map(|view| {
        lists.map(|(list, kind)| PlanFile {
            site: view.name().map(str::to_owned),
            list,
            rules: view.list(kind).rules().rules().to_vec(),
        })
    });
    files.collect()
}

/// The text of a list of processes: `wmic` and PowerShell write UTF-16.
fn decoded(bytes: &[u8]) -> String {
    let units = |big: bool| {
        let pairs = bytes[2..].chunks_exact(2).map(move |pair| match big {
            true => u16::from_be_bytes([pair[0], pair[1]]),
            false => u16::from_le_bytes([pair[0], pair[1]]),
        });
        String::from_utf16_lossy(&pairs.collect::<Vec<_>>())
    };
    match bytes {
        [0xFF, 0xFE, ..] => units(false),
        [0xFE, 0xFF, ..] => units(true),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}
