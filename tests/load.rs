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

use std::sync::Arc;
use std::time::Duration;

/// How long a load lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Every client downloads once, all at the same time.
    Once,
    /// Every client downloads repeatedly for this duration.
    For(Duration),
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
