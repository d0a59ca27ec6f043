//! A packet to be sent.

use std::net::SocketAddr;

/// A packet to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The destination.
    pub to: SocketAddr,
    /// The packet, encoded.
    pub bytes: Vec<u8>,
}
