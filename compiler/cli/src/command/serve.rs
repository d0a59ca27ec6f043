//! `adrc serve`: compiles, publishes and serves rules in one process.

mod settings;

use std::path::PathBuf;
use std::sync::Arc;

use adr_daemon::address::{Admin, HttpAddress, HttpsAddress, TftpAddress};
use adr_daemon::log::LogFormat;
use adr_daemon::serve::{Ended, Settings, check, serve};
use adr_server::UpstreamServer;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cluster::{ClusterArguments, NodeArguments};
use crate::command::watch::TimingArguments;
use crate::console::Console;
use crate::cucm::LiveArguments;
use crate::failure::{Failure, Status};
use crate::levels::LevelArguments;
use crate::publishing::Publishing;
use crate::signing::Signing;
use adr_render::text::count;

/// Arguments of `adrc serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Rule sources: .adr files, or folders of them; or a published folder
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// Publish into this folder; without it, adrc keeps generations in memory
    #[arg(long, value_name = "DIR")]
    publish: Option<PathBuf>,
    /// Serve TFTP on this address, such as 10.0.0.5:69; repeat it for further addresses
    #[arg(long, value_name = "ADDR")]
    tftp: Vec<TftpAddress>,
    /// Serve HTTP on this address, such as 10.0.0.5:6970; repeat it for further addresses
    #[arg(long, value_name = "ADDR")]
    http: Vec<HttpAddress>,
    /// Serve HTTPS on this address; the settings file names the certificate and key
    #[arg(long, value_name = "ADDR")]
    https: Vec<HttpsAddress>,
    /// Fetch other files from this TFTP server of CUCM; repeat it for further servers
    #[arg(long, value_name = "HOST")]
    upstream: Vec<UpstreamServer>,
    /// Also serve the files of this folder; files of the rules take precedence
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Address of health, metrics and the status page, or `off` [default: 127.0.0.1:6980]
    #[arg(long, value_name = "ADDR")]
    admin: Option<Admin>,
    /// Allow `POST /-/reload` on the admin port, which reads the rules again
    #[arg(long, hide_short_help = true)]
    admin_reload: bool,
    /// Read settings from this TOML file; options override them
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Check settings, rules, files and folders, without opening a port or changing anything
    #[arg(long)]
    check: bool,
    /// Format of the log on standard error
    #[arg(long, value_name = "FORMAT", value_parser = log_format())]
    log: Option<LogFormat>,
    /// Read the rules again only on SIGHUP or `POST /-/reload`
    #[arg(long, hide_short_help = true)]
    no_watch: bool,
    #[command(flatten)]
    timing: TimingArguments,
    #[command(flatten)]
    publishing: Publishing,
    #[command(flatten)]
    signing: Signing,
    #[command(flatten)]
    levels: LevelArguments,
    #[command(flatten)]
    live: LiveArguments,
    #[command(flatten)]
    nodes: ClusterArguments,
    #[command(flatten)]
    node: NodeArguments,
}

fn log_format() -> impl TypedValueParser<Value = LogFormat> {
    PossibleValuesParser::new(LogFormat::NAMES).try_map(|name| name.parse::<LogFormat>())
}

impl Serve {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let settings = self.settings(console)?;
        self.signing.needs(settings.source.publishes_into().is_some())?;
        if self.check {
            return show_check(&settings, console);
        }
        match serve(settings, Arc::new(console.messages()))? {
            Ended::Stopped => Ok(Status::Done),
            Ended::NothingToServe => {
                console.message("adrc serves nothing: the rules have errors, and no generation was published before");
                Ok(Status::Findings)
            }
        }
    }
}

/// Checks everything but the sockets, and changes nothing on the disk.
fn show_check(settings: &Settings, console: &Console) -> Result<Status, Failure> {
    let Some(checked) = check(settings, Arc::new(console.messages()))? else {
        return Ok(Status::Findings);
    };
    console.message(format_args!(
        "settings and {} are valid: {}, {}",
        settings.source,
        count(checked.views, "view"),
        count(checked.files, "file"),
    ));
    settings.addresses().iter().for_each(|line| console.message(line));
    Ok(Status::Done)
}
