//! `adrc core`: runs the client core, through which the applications of one user dial.

use std::path::PathBuf;
use std::time::Duration;

use adr_client::headless::{self, Event, Lines};
use adr_client::{Proxy, Server, Settings, read_key, user_dirs};
use adr_daemon::Messages;
use clap::Args;

use crate::console::Console;
use crate::duration::duration;
use crate::failure::{Failure, Status};
use crate::platform;

/// Arguments of `adrc core`.
#[derive(Debug, Args)]
pub(crate) struct Core {
    /// A server: http://HOST:6970, https://HOST or tftp://HOST; repeat it for further servers
    #[arg(long, value_name = "URL", required = true, value_parser = Server::parse)]
    server: Vec<Server>,
    /// The control socket [default: adrc.sock in the runtime folder of this user; on Windows the
    /// pipe adrc-USER]
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// The folder for the last good rules [default: adrc in the cache folder of this user]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Accept only rules signed with this public key: its file, or its line of base64
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Accept only signatures for the published folder of this name
    #[arg(long, value_name = "NAME", requires = "key")]
    folder: Option<String>,
    /// Accept once a generation that is older than the one in the cache
    #[arg(long, conflicts_with = "service")]
    forget: bool,
    /// Send requests by HTTP and HTTPS through this proxy; http_proxy has no effect
    #[arg(long, value_name = "URL", value_parser = Proxy::parse)]
    proxy: Option<Proxy>,
    /// Trust servers that an authority of this file certifies (PEM), instead of those of the system
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Identify to servers with the certificate and the private key of this file (PEM)
    #[arg(long, value_name = "FILE")]
    client_cert: Option<PathBuf>,
    /// Time between requests to a server that does not announce changes
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = at_least_a_second)]
    poll: Duration,
    /// Run as a service that the service manager of Windows has started
    #[arg(long)]
    service: bool,
}

fn at_least_a_second(text: &str) -> Result<Duration, String> {
    let poll = duration(text)?;
    if poll < Duration::from_secs(1) { Err("write 1s or more".to_owned()) } else { Ok(poll) }
}

impl Core {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        if self.service {
            return platform::run_service(self).map(|()| Status::Done);
        }
        let messages = console.messages();
        // signals are received while nobody reads standard error
        let lines = Lines::start(move |line| messages.message(&line, &mut std::io::stderr()));
        let lines = lines.map_err(|error| {
            Failure::new(format!("cannot start a thread for messages: {error}"), "")
        })?;
        let ran = headless::run(self.settings()?, |event| match event {
            Event::Ending => {}
            event => {
                lines.add(event.to_string());
                if matches!(event, Event::Ready { .. }) {
                    platform::notify_ready();
                }
            }
        });
        drop(lines);
        match ran {
            Ok(()) => Ok(Status::Done),
            Err(error) => Err(Failure::new(error.to_string(), "")),
        }
    }

    /// The folder for the last good rules.
    pub(crate) fn cache_folder(&self) -> Result<PathBuf, Failure> {
        self.cache.clone().or_else(user_dirs::cache).ok_or_else(|| {
            Failure::new("this user has no cache folder", "name a folder with --cache")
        })
    }

    /// The settings of the core, with the files that the options name.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        let socket = self.socket.clone().or_else(user_dirs::socket).ok_or_else(|| {
            Failure::new("this user has no runtime folder", "name a socket with --socket")
        })?;
        let cache = self.cache_folder()?;
        let key = self.key.as_deref().map(read_key).transpose();
        let key = key.map_err(|error| Failure::new(error.to_string(), ""))?;
        Ok(Settings {
            socket: Some(socket),
            cache: Some(cache),
            key,
            folder: self.folder.clone(),
            forget: self.forget,
            proxy: self.proxy.clone(),
            ca: self.ca.clone(),
            client_certificate: self.client_cert.clone(),
            poll_interval: self.poll,
            ..Settings::new(self.server.clone())
        })
    }
}
