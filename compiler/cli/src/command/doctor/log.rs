//! `adrc doctor presence --log`: what the logs of a Presence Engine say.

use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_cucm_client::{Cluster, Limits, Session};
use adr_diagnostic::visible;
use adr_doctor::log::{Excerpt, Observations, Tally, diagnose};
use adr_probe::log::{LineSink, LogError, LogProgress, MAX_FETCHED_BYTES, collect_logs, read_logs};
use adr_watcher::write::write_private;
use clap::{ArgGroup, Args};

use super::progress::ProgressLine;
use super::report::report;
use super::zone::{today, zone};
use crate::console::Console;
use crate::cucm::{CucmOptions, cluster_of, run};
use crate::duration::duration;
use crate::failure::{Failure, Status};
use crate::format::DoctorFormat;

/// Options about logs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for logs", group = ArgGroup::new(LOGS).multiple(true))]
pub(super) struct LogArguments {
    /// Read these logs of the Presence Engine in place of a gateway: files, also compressed with
    /// gzip, tar archives, and folders
    #[arg(
        long,
        value_name = "FILE",
        num_args = 1..,
        conflicts_with_all = NOT_WITH_LOGS,
        group = LOGS
    )]
    log: Vec<PathBuf>,
    /// Fetch the logs of the Presence Engine from this node: its name in adrc.toml, or its host
    #[arg(
        long,
        value_name = "cups://HOST",
        conflicts_with_all = NOT_WITH_LOGS,
        group = LOGS
    )]
    fetch: Option<String>,
    /// How far back to fetch logs [default: 24h]
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "fetch")]
    since: Option<Duration>,
    /// Write an excerpt of the logs without names, for sharing
    #[arg(long, value_name = "FILE", requires = LOGS)]
    anonymize: Option<PathBuf>,
    /// The zone of times in logs that have none, such as +01:00 [default: UTC]
    #[arg(
        long,
        value_name = "ZONE",
        value_parser = zone,
        allow_hyphen_values = true,
        requires = LOGS
    )]
    zone: Option<i32>,
}

/// What an address of a presence server begins with. The address of a cluster is taken as well.
const SCHEME: &str = "cups://";

/// The options of which one at least reads logs.
const LOGS: &str = "logs";

/// How far back logs are fetched by default.
const DAY: Duration = Duration::from_secs(86_400);

/// What looks at a gateway and not at logs.
const NOT_WITH_LOGS: [&str; 13] = [
    "gateway", "port", "trust", "account", "mailbox", "symptom", "record", "replay", "watch",
    "server", "changed", "sql", "locale",
];

impl LogArguments {
    /// Whether logs are to be read.
    pub(super) fn are_given(&self) -> bool {
        !self.log.is_empty() || self.fetch.is_some()
    }

    /// Reads the logs, and writes what they say. `cucm` says how to reach the node.
    pub(super) fn run(
        &self,
        cucm: &CucmOptions,
        format: DoctorFormat,
        console: &Console,
    ) -> Result<Status, Failure> {
        let address = self.fetch.as_deref();
        let session = address.map(|address| session(address, cucm, console)).transpose()?;
        let session = session.as_ref();
        let tally = Tally::new(self.zone.unwrap_or(0), today());
        let seen = match &self.anonymize {
            None => self.read(tally, session, console)?.finish(),
            Some(file) => {
                let (tally, excerpt) = self.read((tally, Excerpt::default()), session, console)?;
                write_excerpt(file, &excerpt, console)?;
                tally.finish()
            }
        };
        let status = report(&diagnose(&seen), format, console)?;
        Ok(if nothing_was_read(&seen) { Status::Failed } else { status })
    }

    /// Reads logs from disk and from the node, with a line on the terminal about how far it is.
    fn read<S: LineSink>(
        &self,
        mut sink: S,
        session: Option<&Session>,
        console: &Console,
    ) -> Result<S, Failure> {
        let line = ProgressLine::new(console);
        let mut show = |progress: &LogProgress| {
            let percent = progress.read.saturating_mul(100) / progress.total.max(1);
            let path = progress.path.display().to_string();
            line.show(&format!("{} {percent} %", visible(&path)));
        };
        read_logs(&self.log, &mut sink, &mut show)?;
        if let Some(session) = session {
            let span = (today(), self.since.unwrap_or(DAY));
            let fetching = |name: &str| line.show(&visible(name));
            let fetched = run(collect_logs(session, span, &mut sink, &fetching))?;
            fetched.map_err(|error| Failure::new(error.to_string(), error.help()))?;
        }
        Ok(sink)
    }
}

/// A session with the node, for answers as large as log files are.
fn session(address: &str, cucm: &CucmOptions, console: &Console) -> Result<Session, Failure> {
    let name = match address.strip_prefix(SCHEME) {
        Some(name) => name.trim_end_matches('/'),
        None => cluster_of(address)?,
    };
    let connection = cucm.connect(name, console)?;
    let limits = Limits { answer_bytes: MAX_FETCHED_BYTES, ..connection.cluster.limits };
    let session = Cluster { limits, ..connection.cluster }.session();
    session.map_err(|error| Failure::new(error.to_string(), ""))
}

/// Whether no line could be read.
fn nothing_was_read(seen: &Observations) -> bool {
    seen.lines == 0 && seen.files.iter().all(|file| file.incomplete.is_some())
}

fn write_excerpt(file: &Path, excerpt: &Excerpt, console: &Console) -> Result<(), Failure> {
    write_private(file, excerpt.text().as_bytes())?;
    let path = file.display();
    let names = excerpt.names();
    console.message(format_args!(
        "wrote {path}: {names} names, addresses and numbers are replaced; look at it before you \
         share it"
    ));
    if excerpt.left_out() > 0 {
        let count = excerpt.left_out();
        console.message(format_args!("{path}: {count} further lines are left out"));
    }
    Ok(())
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        Self::new(error.to_string(), "check the path; `--log` takes files and folders")
    }
}
