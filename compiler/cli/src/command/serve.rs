//! `adrc serve`: compile, publish and serve, in one process.

mod settings;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use adr_daemon::address::{Admin, HttpAddress, HttpsAddress, TftpAddress};
use adr_daemon::log::LogFormat;
use adr_daemon::serve::{Ended, Settings, check, serve};
use adr_server::UpstreamServer;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::command::watch::TimingArguments;
use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::levels::LevelArguments;
use crate::publishing::Publishing;
use crate::signing::Signing;
use adr_render::text::count;

/// Arguments of `adrc serve`.
#[derive(Debug, Args)]
#[command(
    after_help = "By default adrc listens on all IPv4 and IPv6 addresses: TFTP on port 69, HTTP on port 6970. If the process\n\
                  may not bind ports below 1024, TFTP falls back to port 6969. SIGHUP reads the rules again; if they have\n\
                  errors, the generation before stays. At a start with errors, adrc serves what --publish holds of before,\n\
                  else it ends with status 1. SIGTERM ends adrc after the transfers under way."
)]
pub(crate) struct Serve {
    /// Rule sources: .adr files, or folders of them; or a folder that another process publishes
    /// into
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// Publish into this folder, too
    #[arg(long, value_name = "DIR")]
    publish: Option<PathBuf>,
    /// Serve TFTP on this address, as 10.0.0.5:69; may be given several times
    #[arg(long, value_name = "ADDR")]
    tftp: Vec<TftpAddress>,
    /// Serve HTTP on this address, as 10.0.0.5:6970; may be given several times
    #[arg(long, value_name = "ADDR")]
    http: Vec<HttpAddress>,
    /// Serve HTTPS on this address; the configuration names certificate and key
    #[arg(long, value_name = "ADDR")]
    https: Vec<HttpsAddress>,
    /// Fetch other files from this TFTP server of CUCM; may be given several times, and adrc asks
    /// them in order
    #[arg(long, value_name = "HOST")]
    upstream: Vec<UpstreamServer>,
    /// Serve the files of this folder, too; those of the rules come first
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Health, metrics and the status page; `off` for none [default: 127.0.0.1:6980]
    #[arg(long, value_name = "ADDR")]
    admin: Option<Admin>,
    /// Let `POST /-/reload` on the admin port read the rules again
    #[arg(long)]
    admin_reload: bool,
    /// Read settings from this file (TOML); flags win
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Check settings, rules, and the files and folders that they name; listen nowhere and change
    /// nothing
    #[arg(long)]
    check: bool,
    /// How the log on standard error is written
    #[arg(long, value_name = "FORMAT", value_parser = log_format())]
    log: Option<LogFormat>,
    /// Read the rules again only on request, not whenever a file is saved
    #[arg(long)]
    no_watch: bool,
    #[command(flatten)]
    timing: TimingArguments,
    #[command(flatten)]
    publishing: Publishing,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    levels: LevelArguments,
}

fn log_format() -> impl TypedValueParser<Value = LogFormat> {
    PossibleValuesParser::new(LogFormat::NAMES).try_map(|name| name.parse::<LogFormat>())
}

impl Serve {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let settings = self.settings()?;
        self.signing.needs(settings.source.publishes_into().is_some())?;
        if self.check {
            return show_check(&settings, console);
        }
        match serve(settings, Arc::new(console.messages()))? {
            Ended::Stopped => Ok(Status::Done),
            Ended::NothingToServe => {
                console.message("nothing is served: the rules have errors");
                Ok(Status::Findings)
            }
        }
    }
}

/// Everything but the sockets. Nothing is changed on the disk.
fn show_check(settings: &Settings, console: &Console) -> Result<Status, Failure> {
    let Some(checked) = check(settings, Arc::new(console.messages()))? else {
        return Ok(Status::Findings);
    };
    let listed = |addresses: &[SocketAddr]| {
        let words: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        words.join(", ")
    };
    console.message(format_args!(
        "settings and {} are good: {}, {}",
        settings.source,
        count(checked.views, "view"),
        count(checked.files, "file"),
    ));
    let server = &settings.server;
    for (protocol, addresses) in
        [("TFTP", &server.tftp), ("HTTP", &server.http), ("HTTPS", &server.https)]
    {
        if !addresses.is_empty() {
            console.message(format_args!("{protocol} would listen on {}", listed(addresses)));
        }
    }
    Ok(Status::Done)
}
