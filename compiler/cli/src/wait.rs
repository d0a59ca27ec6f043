//! `--wait`: waits until the client cores run the published generation.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use adr_daemon::wait::{Settings, Waited, wait, wait_in_cluster};
use clap::Args;

use crate::cluster::Destination;
use crate::console::Console;
use crate::duration::duration;
use crate::failure::{Failure, Status};

/// The admin port of a server of this machine.
const ADMIN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 6980);

/// Options of commands that publish a generation.
#[derive(Debug, Args)]
pub(crate) struct Waiting {
    /// After publishing, wait at most TIME until every client core of the servers runs the
    /// generation; end with 5 if some do not, or if there are none
    #[arg(long, value_name = "TIME", value_parser = duration)]
    wait: Option<Duration>,
    /// The admin port of an `adrc serve` that client cores follow; repeat it to name all of them
    /// [default: the nodes of the cluster, else 127.0.0.1:6980]
    #[arg(long, value_name = "ADDR")]
    admin: Vec<SocketAddr>,
    /// With --wait, be satisfied if no client core is connected to the servers
    #[arg(long, requires = "wait")]
    allow_none: bool,
}

impl Waiting {
    /// With `--wait`, waits until all clients run the generation that is current in the folder.
    /// The nodes of a cluster say in their reports what their clients run.
    pub(crate) fn wait(
        &self,
        destination: &Destination,
        console: &Console,
    ) -> Result<Status, Failure> {
        let Some(timeout) = self.wait else {
            return Ok(Status::Done);
        };
        let (folder, show) = (destination.folder(), |line: &str| console.message(line));
        let allows_none = self.allow_none;
        let waited = match destination.cluster() {
            Some(cluster) if self.admin.is_empty() => {
                let settings = Settings { timeout, admins: Vec::new(), allows_none };
                wait_in_cluster(&cluster.publication, &settings, show)
            }
            _ => {
                let admins = if self.admin.is_empty() { vec![ADMIN] } else { self.admin.clone() };
                wait(folder, &Settings { timeout, admins, allows_none }, show)
            }
        };
        match waited? {
            Waited::Done => Ok(Status::Done),
            Waited::Behind => Ok(Status::ClientsBehind),
        }
    }
}
