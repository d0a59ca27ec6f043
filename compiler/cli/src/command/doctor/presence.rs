//! `adrc doctor presence`: why a presence server does not read calendars from Exchange.

mod account;
mod server;
mod watch;

use std::path::PathBuf;
use std::time::Duration;

use adr_doctor::presence::observation::{PresenceServer, Symptom};
use adr_doctor::presence::record::{MAX_RECORD_BYTES, read_record, write_record};
use adr_doctor::presence::{Observations, diagnose};
use adr_doctor::{Diagnosis, Unseen};
use adr_probe::block_on;
use adr_probe::presence::{HTTPS_PORT, Settings, look};
use adr_watcher::sources::read_file;
use adr_watcher::write::write_private;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::log::LogArguments;
use super::progress::ProgressLine;
use super::report::report;
use crate::console::Console;
use crate::cucm::CucmOptions;
use crate::duration::duration;
use crate::failure::{Failure, Status};
use crate::format::DoctorFormat;

/// Arguments of `adrc doctor presence`.
#[derive(Debug, Args)]
pub(super) struct Presence {
    /// The gateway, exactly as the field "Presence Gateway" of the presence server has it
    #[arg(value_name = "GATEWAY", required_unless_present_any = ["replay", "log", "fetch"])]
    gateway: Option<String>,
    /// The port of the gateway
    #[arg(long, value_name = "PORT", default_value_t = HTTPS_PORT)]
    port: u16,
    /// The certificates that were uploaded as Presence Engine trust: a folder, or one file
    #[arg(long, value_name = "DIR")]
    trust: Option<PathBuf>,
    /// Log in with this account: USER, DOMAIN\USER or USER@DOMAIN
    #[arg(long, value_name = "USER")]
    account: Option<String>,
    /// Look whether the account can read the calendar of this mailbox
    #[arg(long, value_name = "ADDRESS")]
    mailbox: Option<String>,
    /// What people see, which cannot be seen from the network; repeat it to name several
    #[arg(long, value_name = "NAME", value_parser = symptoms(), group = server::CALENDARS)]
    symptom: Vec<Symptom>,
    /// Write what was seen into this file, without names, addresses and secrets
    #[arg(long, value_name = "FILE", conflicts_with_all = ["replay", "watch"])]
    record: Option<PathBuf>,
    /// Judge what a record contains, and look at nothing
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["gateway", "port", "trust", "account", "mailbox", "watch"]
    )]
    replay: Option<String>,
    /// Look again after this time, and write a line for each change, until Ctrl-C
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "format")]
    watch: Option<Duration>,
    #[command(flatten)]
    logs: LogArguments,
    /// Format of the result
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: DoctorFormat,
    #[command(flatten)]
    server: server::ServerOptions,
    #[command(flatten)]
    cucm: CucmOptions,
}

impl Presence {
    pub(super) fn run(self, console: &Console) -> Result<Status, Failure> {
        if self.logs.are_given() {
            return self.logs.run(&self.cucm, self.format, console);
        }
        let (seen, unseen) = match (&self.replay, self.watch) {
            (Some(file), _) => (self.replayed(file)?, None),
            (None, Some(pause)) => return watch::watch(&mut self.looker(console)?, pause, console),
            (None, None) => self.looker(console)?.look()?,
        };
        if let Some(file) = &self.record {
            write_private(file, write_record(&seen.anonymized()).as_bytes())?;
            console.message(format_args!(
                "wrote {}: names, addresses and secrets are left out",
                file.display()
            ));
        }
        report(&judge(&seen, unseen), self.format, console)
    }

    fn looker<'c>(&'c self, console: &'c Console) -> Result<Looker<'c>, Failure> {
        let (settings, server) = (self.settings()?, self.server.source()?);
        Ok(Looker { settings, server, cucm: &self.cucm, console })
    }

    fn settings(&self) -> Result<Settings, Failure> {
        let gateway = self.gateway.clone().unwrap_or_default();
        if gateway.trim().is_empty() {
            return Err(Failure::new(
                "the gateway is empty",
                "write what the field \"Presence Gateway\" has, such as `owa.example.com`",
            ));
        }
        if let Some(trust) = self.trust.as_ref().filter(|trust| !trust.exists()) {
            return Err(Failure::new(
                format!("{}: there is no such folder", trust.display()),
                "name the folder into which you saved the certificates of the Presence Engine trust",
            ));
        }
        Ok(Settings {
            account: account::credentials(self.account.clone(), self.cucm.options().credentials)?,
            rejected: Vec::new(),
            server: PresenceServer::default(),
            gateway,
            port: self.port,
            trust: self.trust.clone(),
            mailbox: self.mailbox.clone(),
            symptoms: self.symptom.clone(),
        })
    }

    /// The observations of a record, and the symptoms of this run besides.
    fn replayed(&self, file: &str) -> Result<Observations, Failure> {
        let bytes = read_file(file, MAX_RECORD_BYTES as u64)
            .map_err(|error| Failure::reading(file, error))?;
        let text = String::from_utf8_lossy(&bytes);
        let mut seen = read_record(&text).map_err(|error| {
            Failure::new(format!("{file}: {error}"), "write a record with `--record FILE`")
        })?;
        for symptom in &self.symptom {
            if !seen.symptoms.contains(symptom) {
                seen.symptoms.push(*symptom);
            }
        }
        Ok(seen)
    }
}

/// Looks at one gateway and at its presence server, once or again and again.
struct Looker<'c> {
    settings: Settings,
    server: server::ServerSource,
    cucm: &'c CucmOptions,
    console: &'c Console,
}

impl Looker<'_> {
    /// Looks, with a line on the terminal about what is looked at. With what was seen comes what
    /// the presence server did not say.
    fn look(&mut self) -> Result<(Observations, Option<Unseen>), Failure> {
        let (server, unseen) = self.server.look(self.cucm, self.console);
        self.settings.server = server;
        let line = ProgressLine::new(self.console);
        let seen = block_on(look(&self.settings, &|what| line.show(what)));
        let seen = seen.map_err(|error| Failure::new(format!("cannot start: {error}"), ""))?;
        Ok((seen, unseen))
    }
}

/// The diagnosis of what was seen, and of what was not.
fn judge(seen: &Observations, unseen: Option<Unseen>) -> Diagnosis {
    let mut diagnosis = diagnose(seen);
    diagnosis.unseen.extend(unseen);
    diagnosis
}

/// Parses a symptom by its name.
fn symptoms() -> impl TypedValueParser<Value = Symptom> {
    PossibleValuesParser::new(Symptom::ALL.map(Symptom::word)).try_map(|name| {
        let known = Symptom::ALL.into_iter().find(|symptom| symptom.word() == name);
        known.ok_or("unknown symptom")
    })
}
