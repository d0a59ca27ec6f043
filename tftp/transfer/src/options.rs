//! Options of a transfer, for receivers and senders.

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
    /// How often the last packet is sent again before the transfer fails; 7 by default.
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
            retries: 7,
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

/// The longest wait of a sender for one acknowledgement.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(3_600);

/// What a sender grants, and how long it waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendOptions {
    /// Most bytes per block. The default of 1,428 fits into an Ethernet packet.
    pub max_block_size: u16,
    /// Most blocks that are sent without an acknowledgement; 16 by default. A window has at most
    /// 1 MB.
    pub max_window_size: u16,
    /// Time without an acknowledgement after which a window is sent again; 1 s by default, an
    /// hour at most.
    pub timeout: Duration,
    /// The longest timeout that a receiver can choose instead, in seconds; 6 by
    /// default, so that a client that acknowledges once a minute loses its transfer.
    pub max_timeout_seconds: u8,
    /// How often a window is sent again before the transfer fails; 8 by default. The first packet
    /// of a transfer is sent again only if the receiver repeats its request.
    pub retries: u32,
    /// Most packets that an acknowledgement causes, on average over a transfer; 18 by default. The
    /// sender repeats a window without being asked only while that holds. Later it repeats only
    /// the first block of the window, and the whole of it when the receiver repeats its
    /// acknowledgement. The first sending of a window is exempt.
    ///
    /// The default is two packets more than the largest window, and allows a window of up to two
    /// blocks all nine sendings.
    pub max_packets_per_ack: u32,
}

impl Default for SendOptions {
    fn default() -> Self {
        Self {
            max_block_size: 1_428,
            max_window_size: 16,
            timeout: Duration::from_secs(1),
            max_timeout_seconds: 6,
            retries: 8,
            max_packets_per_ack: 18,
        }
    }
}

impl SendOptions {
    /// How long a transfer waits for its first acknowledgement: twice as long as for any other
    /// one, because the receiver alone repeats packets until then, every five seconds or so.
    #[must_use]
    pub fn silence(&self) -> Duration {
        let waits = self.retries.saturating_add(1).saturating_mul(2);
        self.timeout.saturating_mul(waits).min(MAX_WAIT)
    }
}
