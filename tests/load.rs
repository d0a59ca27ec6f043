//! Load on servers from one thread: many TFTP clients or HTTP connections, and a relay that loses
//! packets.
//!
//! Like a phone, a client uses a new socket for every download. A download counts as successful
//! only if all of its bytes equal one of the expected contents. The load runs in one thread, to
//! leave the other cores to the server.

mod download;
mod figures;
mod http;
mod relay;
mod tftp;

pub use download::{Download, Step};
pub use figures::Figures;
pub use http::Requests;
pub use relay::{PacketLoss, Relay};
pub use tftp::Storm;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// How often clients download.
#[derive(Clone, Debug)]
pub enum Pace {
    /// Every client downloads once, all at the same time.
    Once,
    /// Every client downloads repeatedly until this end.
    Until(End),
}

/// When a load that repeats ends.
#[derive(Clone, Debug)]
pub enum End {
    /// After this time.
    After(Duration),
    /// When this holds the present time.
    Stopped(Arc<OnceLock<Instant>>),
}

impl End {
    /// The time since the end of a load that began then; `None` before its end.
    fn since(&self, began: Instant) -> Option<Duration> {
        match self {
            Self::After(time) => began.elapsed().checked_sub(*time),
            Self::Stopped(stop) => stop.get().map(Instant::elapsed),
        }
    }
}

/// Allowed contents of downloads; only the first 32 are compared.
pub type Expected = Arc<[Vec<u8>]>;

/// Raises the limit of open files of this process so far that each client can have a socket.
///
/// # Errors
///
/// A message, if the hard limit is too low.
pub fn allow_sockets(clients: usize) -> Result<(), String> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = clients as u64 + 64;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let enough = limit.maximum.is_none_or(|maximum| maximum >= needed);
    if enough && setrlimit(Resource::Nofile, raised).is_ok() {
        return Ok(());
    }
    Err(format!(
        "this process needs {needed} file descriptors and may have {}",
        limit.maximum.unwrap_or_default()
    ))
}
