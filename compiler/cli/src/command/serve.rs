//! `adrc serve`: compile, publish and serve, in one process.

mod address;
mod descriptors;
mod follow;
mod listening;
mod log;
mod produce;
mod requests;
mod running;
mod settings;
mod systemd;

use std::net::SocketAddr;
use std::path::PathBuf;

use adr_server::{Server, UpstreamServer};
use clap::Args;

use crate::command::watch::TimingArguments;
use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::levels::LevelArguments;
use crate::publishing::Publishing;
use crate::signing::Signing;
use address::{Admin, HttpAddress, HttpsAddress, TftpAddress};
use log::LogFormat;
use produce::{Produced, Producer};
use settings::Settings;

/// Arguments of `adrc serve`.
#[derive(Debug, Args)]
#[command(
    after_help = "Without --tftp and --http it listens on every address: TFTP 69 and HTTP 6970, or TFTP 6969 where\n\
                  this process may not have 69. SIGHUP reads the rules again; with errors in them, what is served stays.\n\
                  A start with errors in them serves what --publish holds of before, else it ends with 1.\n\
                  SIGTERM finishes what is under way."
)]
pub(crate) struct Serve {
    /// Rule sources: .adr files, or folders of them; or one published folder
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// Serve this published folder, which somebody else publishes
    #[arg(long, value_name = "DIR", conflicts_with_all = ["paths", "publish"])]
    tree: Option<PathBuf>,
    /// Publish into this folder, too
    #[arg(long, value_name = "DIR")]
    publish: Option<PathBuf>,
    /// Serve TFTP here, as 10.0.0.5:69; may be given several times
    #[arg(long, value_name = "ADDR")]
    tftp: Vec<TftpAddress>,
    /// Serve HTTP here, as 10.0.0.5:6970; may be given several times
    #[arg(long, value_name = "ADDR")]
    http: Vec<HttpAddress>,
    /// Serve HTTPS here; the configuration names certificate and key
    #[arg(long, value_name = "ADDR")]
    https: Vec<HttpsAddress>,
    /// Fetch what is not ours from this TFTP server of CUCM; may be given several times, and they
    /// are asked in order
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
    #[arg(long, value_name = "FORMAT", value_enum)]
    log: Option<LogFormat>,
    /// Read the rules again only when asked to, not whenever a file is saved
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

impl Serve {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let settings = Settings::of(&self)?;
        self.signing.needs(settings.source.publishes())?;
        let levels = self.levels.levels().clone();
        let producer =
            Producer::new(settings.source.clone(), levels, self.publishing, self.signing);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| Failure::new(format!("threads: {error}"), ""))?;
        if self.check {
            let _inside = runtime.enter();
            return check(&settings, producer, console);
        }
        log::begin(settings.log);
        runtime.block_on(running::run(settings, producer, console))
    }
}

/// Everything but the sockets. Nothing is changed on the disk.
fn check(
    settings: &Settings,
    mut producer: Producer,
    console: &Console,
) -> Result<Status, Failure> {
    Server::check(&settings.server).map_err(|error| Failure::new(error.to_string(), ""))?;
    producer.check_publishing()?;
    let Produced::Generation(generation) = producer.check(None, console)? else {
        return Ok(Status::Findings);
    };
    let manifest = generation.tree().manifest();
    let (views, files) = (manifest.views.len(), manifest.files.len());
    let listed = |addresses: &[SocketAddr]| {
        let words: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        words.join(", ")
    };
    console.message(format_args!(
        "settings and {} are good: {}, {}",
        settings.source,
        crate::book::count(views, "view"),
        crate::book::count(files, "file"),
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
