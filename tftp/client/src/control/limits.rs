//! Limits of the control socket.

use std::time::Duration;

/// Most connections at a time. A further connection is refused with the code `busy`.
pub const MAX_CONNECTIONS: usize = 64;

/// Longest request in bytes, without its line end.
pub const MAX_REQUEST_BYTES: usize = 8 * 1024;

/// Timeout for the first request of a connection, for the rest of a line, and for writing a reply.
pub const IO_TIMEOUT: Duration = Duration::from_secs(10);

/// Most connections that wait for a reload at a time; the others stay free for dialing. A further
/// reload is answered with the code `busy`.
pub const MAX_WAITING_RELOADS: usize = 32;
