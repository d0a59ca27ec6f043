//! `adrc core`: runs the client core, through which the applications of one user dial.

use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_bundle::signature::PublicKey;
use adr_client::headless::{self, Event};
use adr_client::{Server, Settings};
use clap::Args;

use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::user_dirs;

/// Arguments of `adrc core`.
#[derive(Debug, Args)]
pub(crate) struct Core {
    /// A server: http://HOST:6970, https://HOST or tftp://HOST; repeat it for further servers
    #[arg(long, value_name = "URL", required = true, value_parser = Server::parse)]
    server: Vec<Server>,
    /// The control socket [default: adrc.sock in the runtime folder of this user]
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// The folder for the last good rules [default: adrc in the cache folder of this user]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Accept only rules signed with this public key: its file, or its line of base64
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Time between requests to a server that does not announce changes
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = at_least_a_second)]
    poll: Duration,
}

fn at_least_a_second(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(poll) if poll >= Duration::from_secs(1) => Ok(poll),
        Ok(_) => Err("write 1s or more".to_owned()),
        Err(_) => Err(format!("invalid duration `{text}`; for example 30s or 5m")),
    }
}

impl Core {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let ran = headless::run(self.settings()?, |event| {
            console.message(event);
            if matches!(event, Event::Ready { .. }) {
                // has no effect unless a service manager started this process
                let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
            }
        });
        match ran {
            Ok(()) => Ok(Status::Done),
            Err(error) => Err(Failure::new(error.to_string(), "")),
        }
    }

    fn settings(&self) -> Result<Settings, Failure> {
        let socket = self.socket.clone().or_else(user_dirs::socket).ok_or_else(|| {
            Failure::new("this user has no runtime folder", "name a socket with --socket")
        })?;
        let cache = self.cache.clone().or_else(user_dirs::cache).ok_or_else(|| {
            Failure::new("this user has no cache folder", "name a folder with --cache")
        })?;
        Ok(Settings {
            socket: Some(socket),
            cache: Some(cache),
            key: self.key.as_deref().map(read_key).transpose()?,
            poll_interval: self.poll,
            ..Settings::new(self.server.clone())
        })
    }
}

/// Reads a public key from a file or, if there is no such file, from the text itself.
fn read_key(key: &str) -> Result<PublicKey, Failure> {
    let failed = |reason: String| {
        Failure::new(
            format!("{key}: {reason}"),
            "name the .pub file that `adrc key new` or `minisign -G` wrote",
        )
    };
    let text = if Path::new(key).exists() {
        std::fs::read_to_string(key).map_err(|error| failed(error.to_string()))?
    } else {
        key.to_owned()
    };
    PublicKey::parse(&text).map_err(|error| failed(error.to_string()))
}
