//! Looks at a softphone: its settings, the rule files of its servers, its programs and its logs.
//!
//! ```text
//! exports, this PC --> addresses --> each server: HTTP and TFTP, both lists --> Observations
//! list of processes, logs, dial plan -------------------------------------------^
//! ```

mod address;
mod fetch;
mod processes;

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use adr_doctor::client::observation::{
    FileOutcome, List, NumberLog, Observations, Ports, Process, TftpAddress, Transport,
};
use adr_doctor::client::{NumberReader, PlanFile, RuleLists, compare};
use adr_provision::ClientFile;

use crate::log::{LineSink, LogError, read_logs};
use fetch::Fetcher;

pub use address::tftp_addresses;
pub use processes::{ProcessError, processes_of_this_pc};

/// Most servers that are asked. A client has two. Others are observations too, so that the
/// diagnosis names them.
pub const MAX_SERVERS: usize = 16;

/// Largest rule file, in bytes. One of a million rules has 90 MB.
pub const MAX_FILE_BYTES: u64 = 128 << 20;

/// The time for one file, with its connection.
pub const FILE_TIME: Duration = Duration::from_secs(15);

/// The time until a connection is open.
pub const CONNECT_TIME: Duration = Duration::from_secs(5);

/// What to look at.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the PC has; `None` if nothing of it was given.
    pub files: Option<Vec<ClientFile>>,
    /// Servers besides those of the settings.
    pub servers: Vec<String>,
    /// The ports of the servers.
    pub ports: Ports,
    /// What the dial plan makes; empty without a plan.
    pub plan: Vec<PlanFile>,
    /// The client programs that run; `None` without a list.
    pub processes: Option<Vec<Process>>,
    /// When the rules changed, if the user says it, in seconds since 1970 UTC.
    pub changed: Option<i64>,
    /// The release of the client, if the user says it.
    pub release: Option<String>,
    /// Logs of the client.
    pub logs: Vec<PathBuf>,
}

/// Looks at a softphone. Servers are asked one after the other. `progress` receives the name of the
/// server that is asked now.
///
/// # Errors
///
/// A log cannot be opened.
pub async fn look(
    settings: &Settings,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Observations, LogError> {
    let addresses = settings.files.as_deref().map(tftp_addresses);
    let (servers, servers_not_asked) = servers(addresses.as_deref(), &settings.servers);
    let mut seen = Observations {
        looked_at: now(),
        addresses,
        ports: settings.ports,
        servers_not_asked,
        has_plan: !settings.plan.is_empty(),
        processes: settings.processes.clone(),
        release: settings.release.clone(),
        ..Observations::default()
    };
    let mut rules = RuleLists::default();
    if !servers.is_empty() {
        let fetcher = Fetcher::new(settings.ports);
        for server in &servers {
            progress(server);
            ask(&fetcher, server, settings, (&mut seen, &mut rules)).await;
        }
    }
    seen.changed = settings.changed.or_else(|| changed(&seen));
    if !settings.logs.is_empty() {
        seen.numbers = Some(read_numbers(&settings.logs, with_plan(rules, &settings.plan))?);
    }
    Ok(seen)
}

/// The servers of the settings of a PC and of the user, each once: those that are asked, and those
/// beyond the limit.
fn servers(addresses: Option<&[TftpAddress]>, given: &[String]) -> (Vec<String>, Vec<String>) {
    let mut servers: Vec<String> = Vec::new();
    let of_settings = addresses.unwrap_or_default().iter().map(|it| &it.address);
    for server in of_settings.chain(given) {
        if !servers.contains(server) {
            servers.push(server.clone());
        }
    }
    let others = servers.split_off(servers.len().min(MAX_SERVERS));
    (servers, others)
}

/// Asks a server for both files by both transports, at the same time.
async fn ask(
    fetcher: &Fetcher,
    server: &str,
    settings: &Settings,
    (seen, rules): (&mut Observations, &mut RuleLists),
) {
    let ask = |transport, list| fetcher.file(server, transport, list);
    let (application, lookup, application_again, lookup_again) = tokio::join!(
        ask(Transport::Http, List::Application),
        ask(Transport::Http, List::Lookup),
        ask(Transport::Tftp, List::Application),
        ask(Transport::Tftp, List::Lookup),
    );
    for (mut file, read) in [application, lookup, application_again, lookup_again] {
        if let FileOutcome::Read(read_file) = &mut file.outcome {
            read_file.plan = compare(file.list, &read, &settings.plan);
            let known = match file.list {
                List::Application => &mut rules.application,
                List::Lookup => &mut rules.lookup,
            };
            if read_file.rejected.is_none() {
                known.get_or_insert(read);
            }
        }
        seen.files.push(file);
    }
}

/// The rules of the files, else those of the default view of the plan.
fn with_plan(mut rules: RuleLists, plan: &[PlanFile]) -> RuleLists {
    let planned = |list| {
        let mut files = plan.iter().filter(|file| file.list == list && file.site.is_none());
        files.next().map(|file| file.rules.clone())
    };
    rules.application = rules.application.or_else(|| planned(List::Application));
    rules.lookup = rules.lookup.or_else(|| planned(List::Lookup));
    rules
}

/// When a server says that a file changed last.
fn changed(seen: &Observations) -> Option<i64> {
    let times = seen.files.iter().filter_map(|file| match &file.outcome {
        FileOutcome::Read(read) => read.modified.filter(|time| *time <= seen.looked_at),
        _ => None,
    });
    times.max()
}

/// Reads logs of the client.
fn read_numbers(paths: &[PathBuf], rules: RuleLists) -> Result<NumberLog, LogError> {
    let mut numbers = Numbers(NumberReader::new(rules));
    read_logs(paths, &mut numbers, &mut |_| {})?;
    Ok(numbers.0.finish())
}

/// Takes the lines of logs.
struct Numbers(NumberReader);

impl LineSink for Numbers {
    fn begin(&mut self, _name: &str) {}

    fn line(&mut self, line: &str) {
        self.0.line(line);
    }

    fn end(&mut self, _incomplete: Option<String>) {}
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_beyond_the_limit_are_kept_apart() {
        let given: Vec<String> = (0..MAX_SERVERS + 2).map(|number| format!("s{number}")).collect();
        let (asked, others) = servers(None, &[given.clone(), given.clone()].concat());
        assert_eq!((&asked[..], &others[..]), given.split_at(MAX_SERVERS));
    }
}
