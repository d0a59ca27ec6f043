//! Connects commands to a CUCM: its options, and what a person is asked at the terminal.

use std::future::Future;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use adr_cucm_client::{
    Cluster, Fingerprint, Node, Progress, Role, Secret, TokioPause, UntrustedCertificate,
};
use adr_cucm_sync::connect::{Attempt, attempt, cluster_name};
use adr_cucm_sync::deploy::DeployError;
use adr_cucm_sync::live::Settings;
use adr_cucm_sync::push::PushError;
use adr_cucm_sync::{
    ClusterRules, ConnectError, Connection, Options, Person, ReadError, block_on, connect,
    read_cluster,
};
use adr_diagnostic::{Report, Sources, visible};
use adr_watcher::sources::Overlay;
use clap::Args;

use crate::console::Console;
use crate::duration::duration;
use crate::failure::Failure;

/// Options of commands that take a `cucm://` address.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Options for CUCM")]
pub(crate) struct CucmOptions {
    /// Trust the certificates in this PEM file when connecting to CUCM
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    ca: Option<PathBuf>,
    /// Trust the certificate of CUCM with this SHA-256 fingerprint
    #[arg(long, value_name = "SHA256", conflicts_with = "ca", hide_short_help = true)]
    fingerprint: Option<Fingerprint>,
    /// Read users and passwords for CUCM from this file
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    credentials: Option<PathBuf>,
}

impl CucmOptions {
    /// Connects to the cluster with this name or host.
    pub(crate) fn connect(&self, name: &str, console: &Console) -> Result<Connection, Failure> {
        let options = self.options();
        let connection = run(connect(name, &options, &Terminal, Arc::new(progress(console))))??;
        note_accepted(connection.accepted, console);
        Ok(connection)
    }

    /// Asks the cluster with this name or host for its release, whatever the answer is.
    pub(crate) fn attempt(&self, name: &str, console: &Console) -> Result<Attempt, Failure> {
        let (profile, cluster) = connect::cluster(name, &self.options(), &Terminal)?;
        let cluster = Cluster { limits: adr_cucm_sync::examine::LIMITS, ..cluster };
        let report = Arc::new(progress(console));
        let pause = Arc::new(TokioPause);
        let asked = attempt(name, (profile, cluster), &Terminal, report, pause);
        let attempt = run(asked)??;
        note_accepted(attempt.accepted, console);
        Ok(attempt)
    }

    /// Reads the rules of the cluster with this name or host.
    pub(crate) fn read(
        &self,
        name: &str,
        with_emergency: bool,
        console: &Console,
    ) -> Result<ClusterRules, Failure> {
        let connection = self.connect(name, console)?;
        Ok(run(read_cluster(&connection.session, with_emergency))??)
    }

    /// Reads the rules of every cluster among the paths of a command, each once.
    pub(crate) fn clusters<'p>(
        &self,
        paths: impl Iterator<Item = &'p String>,
        with_emergency: bool,
        console: &Console,
    ) -> Result<Clusters, Failure> {
        let mut clusters = Clusters::default();
        for path in paths {
            let Some(name) = cluster_name(path) else { continue };
            if clusters.findings.iter().any(|(known, ..)| known == path) {
                continue;
            }
            let rules = self.read(name, with_emergency, console)?;
            let (sources, report) = rules.source(path).with_findings();
            let text = sources.iter().next().map(|(_, text)| text.text().to_owned());
            clusters.world.insert(path, text.unwrap_or_default());
            clusters.findings.push((path.clone(), report, sources));
        }
        Ok(clusters)
    }

    /// The options in the type of the library.
    pub(crate) fn options(&self) -> Options {
        Options {
            ca: self.ca.clone(),
            fingerprint: self.fingerprint,
            credentials: self.credentials.clone(),
            ..Options::default()
        }
    }
}

/// Shows what a session reports: on a terminal everything, else when it waits.
fn progress(console: &Console) -> impl Fn(&Progress) + Send + Sync + 'static {
    let messages = console.messages();
    let is_shown = io::stderr().is_terminal() && !console.is_quiet();
    move |progress: &Progress| {
        if is_shown || matches!(progress, Progress::Waiting { .. }) {
            adr_daemon::Messages::message(&messages, progress, &mut io::stderr());
        }
    }
}

/// Says how to keep a certificate that a person accepted.
fn note_accepted(accepted: Option<Fingerprint>, console: &Console) {
    if let Some(fingerprint) = accepted {
        console.message(format_args!(
            "adrc trusts this certificate for this run; to keep it, write `fingerprint = \
             \"{fingerprint}\"` for this cluster in adrc.toml"
        ));
    }
}

/// The cluster that `serve` and `watch` follow.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for CUCM")]
pub(crate) struct LiveArguments {
    /// Follow the rules in this CUCM: a cluster of adrc.toml, or the publisher's host
    #[arg(long, value_name = "NAME")]
    cucm: Option<String>,
    /// Time between two questions to CUCM for changes [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    cucm_poll: Option<Duration>,
    #[command(flatten)]
    options: CucmOptions,
}

impl LiveArguments {
    /// The cluster that the options name, or else this settings file by `follow`.
    pub(crate) fn cluster(&self, file: Option<(&Path, Option<&String>)>) -> Option<Settings> {
        let name = self.cucm.as_ref().or(file.and_then(|(_, name)| name))?;
        let name = cluster_name(name).unwrap_or(name).to_owned();
        let file = file.map(|(file, _)| file.to_owned());
        Some(Settings { name, file, options: self.options.options(), poll: self.cucm_poll })
    }
}

/// The rules of clusters, as rule sources by the names of the clusters.
#[derive(Default)]
pub(crate) struct Clusters {
    /// The rule sources, and everything that is on disk.
    pub(crate) world: Overlay,
    /// What is wrong with the records of each cluster, at the comments about them.
    findings: Vec<(String, Report, Sources)>,
}

impl Clusters {
    /// The findings about the records of the clusters among `paths`.
    pub(crate) fn findings(
        &self,
        paths: &[String],
    ) -> impl Iterator<Item = &(String, Report, Sources)> {
        self.findings.iter().filter(|(name, ..)| paths.contains(name))
    }

    /// The findings about clusters with a record that is not a rule.
    pub(crate) fn errors(&self) -> Vec<(&Report, &Sources)> {
        let findings = self.findings.iter().filter(|(_, report, _)| report.has_errors());
        findings.map(|(_, report, sources)| (report, sources)).collect()
    }
}

/// The name of a cluster in a `cucm://` address.
pub(crate) fn cluster_of(address: &str) -> Result<&str, Failure> {
    cluster_name(address).ok_or_else(|| {
        Failure::new(
            format!("`{}` is not the address of a cluster", address.escape_debug()),
            "write `cucm://` and its name in adrc.toml or its publisher",
        )
    })
}

/// Runs calls to CUCM.
pub(crate) fn run<T>(calls: impl Future<Output = T>) -> Result<T, Failure> {
    block_on(calls).map_err(|error| Failure::new(format!("cannot start: {error}"), ""))
}

/// Asks a question on the terminal. Anything but yes is no, and so is the absence of a terminal.
pub(crate) fn asks(question: &str) -> bool {
    let answer = answer(&format!("{question} [y/N]")).unwrap_or_default();
    matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes")
}

/// The line that a person types; `None` without a terminal or without a text.
fn answer(prompt: &str) -> Option<String> {
    has_person().then_some(())?;
    let _ = write!(io::stderr(), "{prompt} ").and_then(|()| io::stderr().flush());
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).ok()?;
    Some(answer.trim().to_owned()).filter(|answer| !answer.is_empty())
}

fn has_person() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// The person at the terminal.
pub(crate) struct Terminal;

impl Person for Terminal {
    fn trusts(&self, node: &Node, certificate: &UntrustedCertificate) -> bool {
        asks(&format!(
            "The certificate of {node} has the SHA-256 fingerprint\n  {}\nCompare it with the \
             tomcat certificate in OS Administration, Security. Trust it?",
            certificate.fingerprint
        ))
    }

    fn user(&self, role: Role) -> Option<String> {
        answer(&format!("User for {role}:"))
    }

    fn password(&self, role: Role, user: &str) -> Option<Secret> {
        let prompt = format!("Password of `{}` for {role}: ", visible(user));
        has_person().then(|| rpassword::prompt_password(prompt).ok().map(Secret::new))?
    }
}

impl From<DeployError> for Failure {
    fn from(error: DeployError) -> Self {
        let failure = if error.is_conflict() { Self::conflict } else { Self::new };
        failure(error.to_string(), error.help())
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        Self::new(error.to_string(), error.help())
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::new(error.to_string(), error.help())
    }
}

impl From<PushError> for Failure {
    fn from(error: PushError) -> Self {
        let failure = if error.is_conflict() { Self::conflict } else { Self::new };
        failure(error.to_string(), error.help())
    }
}
