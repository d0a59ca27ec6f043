//! `--wait`: waits until the client cores run the published generation.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use adr_daemon::wait::{Settings, Waited, wait};
use clap::Args;

use crate::console::Console;
use crate::duration::duration;
use crate::failure::{Failure, Status};

/// Options of commands that publish a generation.
#[derive(Debug, Args)]
pub(crate) struct Waiting {
    /// After publishing, wait at most TIME until every client core of the servers runs the
    /// generation; end with 5 if some do not, or if there are none
    #[arg(long, value_name = "TIME", value_parser = duration)]
    wait: Option<Duration>,
    /// The admin port of an `adrc serve` that client cores follow; repeat it to name all of them
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:6980")]
    admin: Vec<SocketAddr>,
    /// With --wait, be satisfied if no client core is connected to the servers
    #[arg(long, requires = "wait")]
    allow_none: bool,
}

impl Waiting {
    /// With `--wait`, waits until all clients run the generation that is current in `folder`.
    pub(crate) fn wait(&self, folder: &Path, console: &Console) -> Result<Status, Failure> {
        let Some(timeout) = self.wait else {
            return Ok(Status::Done);
        };
        let (admins, allows_none) = (self.admin.clone(), self.allow_none);
        let settings = Settings { timeout, admins, allows_none };
        match wait(folder, &settings, |line| console.message(line))? {
            Waited::Done => Ok(Status::Done),
            Waited::Behind => Ok(Status::ClientsBehind),
        }
    }
}
