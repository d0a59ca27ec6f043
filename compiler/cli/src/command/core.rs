//! `adrc core`: a client core without a window, through which the applications of a machine dial.

use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_bundle::signature::PublicKey;
use adr_client::core::{Core as Running, Handle, Settings};
use adr_client::server::Server;
use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::places;

/// Arguments of `adrc core`.
#[derive(Debug, Args)]
#[command(
    after_help = "Begins with the last good copy on disk, asks the servers in order, and follows the first one that tells of changes.\n\
                  SIGHUP asks at once, SIGTERM ends with 0. Applications talk to the socket: see docs/core.md."
)]
pub(crate) struct Core {
    /// A server: http://HOST:6970, https://HOST or tftp://HOST; several are asked in order
    #[arg(long, value_name = "URL", required = true, value_parser = Server::parse)]
    server: Vec<Server>,
    /// The control socket [default: adrc.sock in the folder for sockets of this user]
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// The folder for the last good copy [default: adrc in the folder for caches of this user]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// The public key that must have signed: its file, or its line of base64
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Time between looks at a server that does not tell of changes by itself
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = at_least_a_second)]
    poll: Duration,
}

fn at_least_a_second(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(poll) if poll >= Duration::from_secs(1) => Ok(poll),
        Ok(_) => Err("write 1s or more".to_owned()),
        Err(_) => Err(format!("`{text}` is no duration; write 30s or 5m")),
    }
}

impl Core {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let settings = self.settings()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::new(format!("no runtime: {error}"), ""))?;
        runtime.block_on(async {
            let signals = Signals::new()?;
            let socket = settings.socket.clone().unwrap_or_default();
            let core =
                Running::open(settings).map_err(|error| Failure::new(error.to_string(), ""))?;
            for remark in core.remarks() {
                console.message(remark);
            }
            console.message(format_args!("answers at {}", socket.display()));
            // nobody asks to be told where no service manager started this
            let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
            stay(core.handle(), signals, console).await;
            Ok(Status::Done)
        })
    }

    fn settings(&self) -> Result<Settings, Failure> {
        let socket = self.socket.clone().or_else(places::socket);
        let socket = socket.ok_or_else(|| {
            Failure::new("there is no folder for sockets of this user", "name one with --socket")
        })?;
        let cache = self.cache.clone().or_else(places::cache);
        let cache = cache.ok_or_else(|| {
            Failure::new("there is no folder for caches of this user", "name one with --cache")
        })?;
        Ok(Settings {
            socket: Some(socket),
            cache: Some(cache),
            key: self.key.as_deref().map(read_key).transpose()?,
            poll: self.poll,
            ..Settings::new(self.server.clone())
        })
    }
}

/// A key is a file, or the text that stands in one.
fn read_key(key: &str) -> Result<PublicKey, Failure> {
    let failed = |reason: String| {
        Failure::new(
            format!("{key}: {reason}"),
            "name the .pub file that `adrc key new` or `minisign -G` made",
        )
    };
    let text = if Path::new(key).exists() {
        std::fs::read_to_string(key).map_err(|error| failed(error.to_string()))?
    } else {
        key.to_owned()
    };
    PublicKey::parse(&text).map_err(|error| failed(error.to_string()))
}

/// What the system may ask of a core.
struct Signals {
    reload: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> Result<Self, Failure> {
        let listen =
            |kind| signal(kind).map_err(|error| Failure::new(format!("no signals: {error}"), ""));
        Ok(Self {
            reload: listen(SignalKind::hangup())?,
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }
}

/// Tells what changes until it is told to end.
async fn stay(core: &Handle, mut signals: Signals, console: &Console) {
    let mut news = core.subscribe();
    let mut before = adr_client::status::Status::default();
    loop {
        let status = news.borrow_and_update().clone();
        for line in status.news(&before) {
            console.message(line);
        }
        before = status;
        tokio::select! {
            _ = signals.reload.recv() => {
                console.message("told to reload");
                let core = core.clone();
                tokio::spawn(async move { core.reload_async().await });
            }
            _ = signals.terminate.recv() => return,
            _ = signals.interrupt.recv() => return,
            changed = news.changed() => if changed.is_err() { return },
        }
    }
}
