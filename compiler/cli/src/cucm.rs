//! Connects commands to a CUCM: its options, and what a person is asked at the terminal.

use std::future::Future;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use adr_cucm_client::{Fingerprint, Node, Progress, Role, Secret, UntrustedCertificate};
use adr_cucm_sync::{ConnectError, Connection, Options, Person, block_on, connect, live};
use clap::Args;

use crate::console::Console;
use crate::duration::duration;
use crate::failure::Failure;

/// Options of commands that take a `cucm://` address.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Options for CUCM")]
pub(crate) struct CucmOptions {
    /// Trust the certificates in this PEM file when connecting to CUCM
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Trust the certificate of CUCM with this SHA-256 fingerprint
    #[arg(long, value_name = "SHA256", conflicts_with = "ca")]
    fingerprint: Option<Fingerprint>,
    /// Read users and passwords for CUCM from this file
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
}

/// The cluster that `serve` and `watch` follow.
#[derive(Debug, Args)]
pub(crate) struct LiveArguments {
    /// Follow the rules in this CUCM: a cluster of adrc.toml, or the publisher's host
    #[arg(long, value_name = "NAME")]
    cucm: Option<String>,
    /// Time between two questions to CUCM for changes [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "cucm")]
    cucm_poll: Option<Duration>,
    #[command(flatten)]
    options: CucmOptions,
}

impl LiveArguments {
    /// The cluster that the options name, or else the settings `file`.
    pub(crate) fn cluster(&self, file: Option<(&Path, Option<&String>)>) -> Option<live::Settings> {
        let name = self.cucm.as_ref().or(file.and_then(|(_, name)| name)).cloned()?;
        let file = file.map(|(file, _)| file.to_owned());
        Some(live::Settings { name, file, options: self.options.options(), poll: self.cucm_poll })
    }
}

impl CucmOptions {
    /// Connects to the cluster with this name or host.
    pub(crate) fn connect(&self, name: &str, console: &Console) -> Result<Connection, Failure> {
        let options = self.options();
        let messages = console.messages();
        let is_shown = io::stderr().is_terminal() && !console.is_quiet();
        let report = move |progress: &Progress| {
            if is_shown || !matches!(progress, Progress::Records { .. }) {
                adr_daemon::Messages::message(&messages, progress);
            }
        };
        let connected = run(connect(name, &options, &Terminal, Arc::new(report)))?;
        let connection = connected?;
        if let Some(fingerprint) = connection.accepted {
            console.message(format_args!(
                "adrc trusts this certificate for this run; to keep it, write \
                 `fingerprint = \"{fingerprint}\"` for this cluster in adrc.toml"
            ));
        }
        Ok(connection)
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

/// Runs calls to CUCM.
pub(crate) fn run<T>(calls: impl Future<Output = T>) -> Result<T, Failure> {
    block_on(calls).map_err(|error| Failure::new(format!("cannot start: {error}"), ""))
}

/// Asks a question on the terminal. Anything but yes is no, and so is the absence of a terminal.
pub(crate) fn asks(question: &str) -> bool {
    let (input, mut output) = (io::stdin(), io::stderr());
    if !input.is_terminal() || !output.is_terminal() {
        return false;
    }
    let _ = write!(output, "{question} [y/N] ").and_then(|()| output.flush());
    let mut answer = String::new();
    let _ = input.lock().read_line(&mut answer);
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
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
        let (input, mut output) = (io::stdin(), io::stderr());
        if !input.is_terminal() || !output.is_terminal() {
            return None;
        }
        let _ = write!(output, "User for {role}: ").and_then(|()| output.flush());
        let mut user = String::new();
        input.lock().read_line(&mut user).ok()?;
        Some(user.trim().to_owned()).filter(|user| !user.is_empty())
    }

    fn password(&self, role: Role, user: &str) -> Option<Secret> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return None;
        }
        let prompt = format!("Password of `{}` for {role}: ", user.escape_debug());
        rpassword::prompt_password(prompt).ok().map(Secret::new)
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        Self::new(error.to_string(), error.help())
    }
}
