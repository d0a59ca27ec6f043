//! What the doctor knows of the presence server itself.

use adr_cucm::file::{FILE_BYTES, read_presence_gateways};
use adr_cucm::service::GetServiceStatus;
use adr_cucm_sync::connect::Connection;
use adr_doctor::Unseen;
use adr_doctor::presence::observation::{BackendGateway, PresenceServer};
use adr_watcher::sources::read_file;
use clap::{ArgGroup, Args};

use super::super::zone::changed;
use crate::clock::now;
use crate::console::Console;
use crate::cucm::{CucmOptions, run};
use crate::failure::Failure;

/// What an address of a presence server begins with.
const SCHEME: &str = "cups://";

/// The service that reads calendars.
const ENGINE: &str = "Cisco Presence Engine";

/// The options of which one at least is about the calendars of users with a language.
pub(super) const CALENDARS: &str = "calendars";

/// Options about the presence server.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Options for the presence server",
    group = ArgGroup::new(CALENDARS).multiple(true)
)]
pub(super) struct ServerOptions {
    /// Ask this presence server when its Presence Engine started
    #[arg(long, value_name = "cups://HOST", conflicts_with = "replay")]
    server: Option<String>,
    /// When a gateway or an uploaded certificate was changed last: a time in UTC or with a zone,
    /// such as "2026-11-30 10:00:00+01:00", or 2h for two hours ago
    #[arg(long, value_name = "TIME", requires = "server", conflicts_with = "replay")]
    changed: Option<String>,
    /// What `run sql select * from pebackendgateway` printed on the presence server
    #[arg(long, value_name = "FILE", conflicts_with = "replay", group = CALENDARS)]
    sql: Option<String>,
    /// The language of the users, such as German
    #[arg(long, value_name = "LANGUAGE", conflicts_with = "replay", requires = CALENDARS)]
    locale: Option<String>,
}

impl ServerOptions {
    /// Reads the files, and checks the address. Nothing is asked yet.
    pub(super) fn source(&self) -> Result<ServerSource, Failure> {
        Ok(ServerSource {
            known: PresenceServer {
                gateways: self.sql.as_deref().map(gateways).transpose()?,
                engine_started: None,
                changed: self.changed.as_deref().map(|text| changed(text, 0)).transpose()?,
                user_locale: self.locale.clone(),
            },
            name: self.server.as_deref().map(name_of).transpose()?,
            connection: None,
        })
    }
}

/// What is known of the presence server, and how to ask it for more.
pub(super) struct ServerSource {
    known: PresenceServer,
    /// The name of the server to ask.
    name: Option<String>,
    /// Where it was asked before, or why it cannot be asked. Then adrc does not try again: a wrong
    /// password would lock the user.
    connection: Option<Result<Connection, String>>,
}

impl ServerSource {
    /// Asks the server, where one is given. With what is known comes what it did not say.
    pub(super) fn look(
        &mut self,
        cucm: &CucmOptions,
        console: &Console,
    ) -> (PresenceServer, Option<Unseen>) {
        let mut known = self.known.clone();
        let Some(name) = &self.name else { return (known, None) };
        let connection =
            self.connection.get_or_insert_with(|| cucm.connect(name, console).map_err(reason));
        let started = match connection {
            Ok(connection) => engine_started(connection),
            Err(why) => Err(why.clone()),
        };
        match started {
            Ok(started) => {
                known.engine_started = Some(started);
                (known, None)
            }
            Err(why) => {
                let what = format!("the start of the {ENGINE}");
                (known, Some(Unseen { what, why: format!("{name}: {why}") }))
            }
        }
    }
}

/// A failure in one line.
fn reason(failure: Failure) -> String {
    match failure {
        Failure::Error { message, help, .. } if !help.is_empty() => format!("{message}; {help}"),
        other => other.to_string(),
    }
}

/// The name in an address.
fn name_of(server: &str) -> Result<String, Failure> {
    let name = server.strip_prefix(SCHEME).map(|name| name.trim_end_matches('/'));
    let name = name.filter(|name| !name.is_empty()).ok_or_else(|| {
        Failure::new(
            format!("`{}` is not the address of a presence server", server.escape_debug()),
            "write `cups://` and its host name",
        )
    })?;
    Ok(name.to_owned())
}

fn gateways(file: &str) -> Result<Vec<BackendGateway>, Failure> {
    let bytes =
        read_file(file, FILE_BYTES as u64).map_err(|error| Failure::reading(file, error))?;
    let read = read_presence_gateways(&bytes)
        .map_err(|error| Failure::new(format!("{file}: {error}"), error.help()))?;
    let gateways = read
        .into_iter()
        .map(|gateway| BackendGateway { name: gateway.name, calendar_name: gateway.calendar_name });
    Ok(gateways.collect())
}

/// When the Presence Engine started. The server says for how long it runs, so that time zones do
/// not count.
fn engine_started(connection: &Connection) -> Result<i64, String> {
    let question = GetServiceStatus { services: vec![ENGINE.to_owned()] };
    let list = run(connection.session.call_service(&question));
    let list = list.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    let up = list.get(ENGINE).and_then(|service| service.up_seconds);
    up.map(ago_in_seconds).ok_or_else(|| format!("the service {ENGINE} does not run there"))
}

fn ago_in_seconds(seconds: u64) -> i64 {
    i64::try_from(now().saturating_sub(seconds)).unwrap_or(i64::MAX)
}
