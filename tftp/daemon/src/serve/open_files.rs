//! The limit on open files. Each connection takes one, and a shell often allows only 1,024.

use adr_server::Limits;
use thiserror::Error;

use crate::platform::allow_open_files;

/// Open files for listeners, the ports of TFTP transfers, connections to the admin port, files that
/// are read, and logs.
const OTHERS: u64 = 512;

/// The error if the system allows fewer open files than the limits of the server require.
#[derive(Debug, Error)]
#[error(
    "the limits of connections require {wanted} open files, and the system allows \
     {granted}; raise `ulimit -Hn` (LimitNOFILE of a unit), or lower the limits"
)]
pub(super) struct TooFewFiles {
    granted: u64,
    wanted: u64,
}

/// Raises the limit of this process to the open files that the server requires, or to the most that
/// the system grants.
///
/// # Errors
///
/// The system grants fewer. The process can still use those.
pub(super) fn allow(limits: &Limits) -> Result<(), TooFewFiles> {
    let upstream =
        u64::from(limits.upstream.max_concurrent_fetches) + u64::from(limits.upstream.max_streams);
    let wanted = u64::from(limits.http.max_connections) + upstream + OTHERS;
    allow_open_files(wanted).map_err(|granted| TooFewFiles { granted, wanted })
}
