//! Options of a transfer that receives a file.

use std::time::Duration;

use crate::packet::Options;

/// What a receiver asks for, and how long it waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiveOptions {
    /// Bytes per block. The default of 1,428 fits into an Ethernet packet. `None` does not
    /// negotiate and gets 512.
    pub block_size: Option<u16>,
    /// Blocks that the server sends without an acknowledgement; 8 by default. `None` does not
    /// negotiate and gets 1.
    pub window_size: Option<u16>,
    /// Whether to ask for the size of the file; true by default.
    pub transfer_size: bool,
    /// Time without progress after which the last packet is sent again; 1 s by default.
    pub timeout: Duration,
    /// How often the last packet is sent again before the transfer fails; 5 by default.
    pub retries: u32,
    /// Largest file in bytes; 64 MB by default.
    pub max_bytes: u64,
}

impl Default for ReceiveOptions {
    fn default() -> Self {
        Self {
            block_size: Some(1_428),
            window_size: Some(8),
            transfer_size: true,
            timeout: Duration::from_secs(1),
            retries: 5,
            max_bytes: 64 << 20,
        }
    }
}

impl ReceiveOptions {
    /// The same without negotiated options, for servers that support only RFC 1350.
    #[must_use]
    pub fn without_extensions(&self) -> Self {
        Self { block_size: None, window_size: None, transfer_size: false, ..self.clone() }
    }

    /// The options of the read request.
    pub(crate) fn negotiated(&self) -> Options {
        Options {
            block_size: self.block_size,
            window_size: self.window_size,
            transfer_size: self.transfer_size.then_some(0),
            timeout: None,
        }
    }
}
