//! `adrc doctor`: looks for what could be wrong with a cluster, its clients and its presence.

mod client;
mod cucm;
mod log;
mod presence;
mod progress;
pub(crate) mod report;
mod views;
mod zone;

use std::fmt::Write;

use clap::{Args, Subcommand};

use crate::arguments::Arguments;
use crate::console::Console;
use crate::failure::{Failure, Status};

/// Arguments of `adrc doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(subcommand)]
    check: Option<Check>,
}

#[derive(Debug, Subcommand)]
enum Check {
    /// Find out why a softphone does not use the dial rules
    Client(Box<client::Client>),
    /// Look at a cluster: roles, nodes, files, emergency numbers, and what its patterns take
    Cucm(Box<cucm::Cucm>),
    /// Find out why a presence server does not read calendars from Exchange
    Presence(Box<presence::Presence>),
    /// Show which view of a dial plan each registered softphone gets
    Views(views::Views),
}

impl Doctor {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        match self.check {
            Some(Check::Client(client)) => client.run(console),
            Some(Check::Cucm(cucm)) => cucm.run(console),
            Some(Check::Presence(presence)) => presence.run(console),
            Some(Check::Views(views)) => views.run(console),
            None => {
                console.text(overview())?;
                Ok(Status::Done)
            }
        }
    }
}

/// What the doctor can look at: each subcommand with its headline, and with the command line that
/// its page shows first.
fn overview() -> String {
    let adrc = Arguments::documented();
    let mut text = String::from("The doctor looks, and changes nothing. It can look at:\n");
    let checks = adrc.find_subcommand("doctor").into_iter();
    let checks = checks.flat_map(clap::Command::get_subcommands);
    for check in checks.filter(|check| check.get_name() != "help") {
        let name = check.get_name();
        let about = check.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = write!(text, "\n  {name:<10}{about}\n");
        if let Some(example) = crate::help::first_example(&format!("doctor {name}")) {
            let _ = writeln!(text, "{:12}$ {example}", "");
        }
    }
    text.push_str("\n`adrc help doctor NAME` shows more examples and the exit statuses.\n");
    text
}
