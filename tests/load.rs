//! Load on servers from one thread: storms of TFTP clients and of HTTP connections, every byte
//! compared.
//!
//! A client has a socket of its own for every download, as a phone has, and counts as served only
//! when what came is one of the expected contents as a whole. Single-threaded on purpose: on a
//! machine with few cores, the load takes as little as it can from the server it measures.

mod download;
mod figures;
mod http;
mod relay;
mod tftp;

pub use download::{Download, Step};
pub use figures::Figures;
pub use http::Requests;
pub use relay::{Lost, Relay};
pub use tftp::Storm;

use std::sync::Arc;
use std::time::Duration;

/// How long a load lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Every client downloads once, all at the same moment.
    Once,
    /// Every client begins again when it is done, for so long.
    For(Duration),
}

/// Contents of which every download must be one; the first 32 count.
pub type Expected = Arc<[Vec<u8>]>;

/// Descriptors that clients and a little more need; raises the limit of this process as far as it
/// may.
///
/// # Errors
///
/// A sentence, when the hard limit is lower.
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
        "{needed} descriptors are needed, and this process may have {}",
        limit.maximum.unwrap_or_default()
    ))
}
