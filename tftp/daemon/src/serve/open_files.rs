//! The limit on open files: each transfer and each connection is one, and a shell allows 1,024.

use adr_server::Limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use thiserror::Error;

/// Listeners, operators at the admin port, files that are read, logs.
const OTHERS: u64 = 384;

/// The system allows fewer open files than the limits of the server require.
#[derive(Debug, Error)]
#[error(
    "{granted} open files are allowed, and the limits of transfers and connections ask for {wanted}; raise `ulimit -Hn` \
     (LimitNOFILE of a unit), or lower the limits"
)]
pub(super) struct TooFewFiles {
    granted: u64,
    wanted: u64,
}

/// Allows this process as many open files as its limits require, or as many as the system grants.
///
/// # Errors
///
/// The system grants fewer. The process may still use those.
pub(super) fn allow(limits: &Limits) -> Result<(), TooFewFiles> {
    let upstream =
        u64::from(limits.upstream.max_concurrent_fetches) + u64::from(limits.upstream.max_streams);
    let clients = u64::from(limits.tftp.max_transfers) + u64::from(limits.http.max_connections);
    let wanted = clients + upstream + OTHERS;
    let has = |limit: Option<u64>| limit.is_none_or(|limit| limit >= wanted);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if has(current) {
        return Ok(());
    }
    let raised = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let raised = Rlimit { current: Some(raised), maximum };
    let granted = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => raised.current,
        Err(_) => current,
    };
    if has(granted) {
        return Ok(());
    }
    Err(TooFewFiles { granted: granted.unwrap_or_default(), wanted })
}
