//! Limits on everything that a client can ask for, each with the reason for its default.

mod announce;

use std::time::Duration;

use adr_transfer::SendOptions;
use serde::{Deserialize, Serialize};

pub use announce::{AnnounceLimits, FetchWindow};

/// Limits of a server. The defaults suit a network of some thousand phones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Limits of TFTP transfers.
    pub tftp: TftpLimits,
    /// Limits of HTTP and HTTPS connections.
    pub http: HttpLimits,
    /// Limits of files outside the published tree.
    pub upstream: UpstreamLimits,
    /// Limits of client cores that listen and report.
    pub announce: AnnounceLimits,
}

/// Limits of TFTP, per client and in total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TftpLimits {
    /// Concurrent transfers of which the client has acknowledged a packet. A further one ends one
    /// whose client has stopped answering; if there is none, it gets an error. CUCM serves 500 by
    /// default and 3,500 on a dedicated node; 5,000 phones that boot at once fit into the default
    /// of 8,192.
    pub max_transfers: u32,
    /// The same per client: an IPv4 address, or a /64 of IPv6. A phone has a few; a branch office
    /// behind one address has some more.
    pub max_transfers_per_client: u32,
    /// Concurrent transfers of which the client has not acknowledged anything. Another request
    /// takes the place of the oldest: at 10,000 forged requests a second, a client has 1.6 s to
    /// acknowledge the first packet.
    pub max_unacknowledged: u32,
    /// The same per client.
    pub max_unacknowledged_per_client: u32,
    /// Milliseconds without an acknowledgement until a window is sent again. A client may ask for
    /// up to 6 s instead.
    pub timeout_milliseconds: u64,
    /// How often a window is sent again before the transfer is given up. The first packet of a
    /// transfer is sent again only if the client repeats its request, and a window of more than two
    /// blocks less often while the client has acknowledged little. So forged packets cause at most
    /// 15 bytes for each of their own, headers included.
    pub retries: u32,
    /// Largest block in bytes, 8 to 65,464. The default fits into an Ethernet packet, less the
    /// headers of IPv6 and a tunnel.
    pub max_block_size: u16,
    /// Most blocks sent without an acknowledgement, 1 to 65,535. A window is sent again as a whole.
    pub max_window_size: u16,
    /// Bytes of the receive buffer of a listening socket. A request that finds the buffer full is
    /// repeated only after seconds, which decides how long a boot storm lasts. 4 MB hold some 5,000
    /// requests.
    pub receive_buffer_bytes: usize,
}

/// Limits of HTTP, per client address and in total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpLimits {
    /// Concurrent connections; further ones are closed without an answer.
    pub max_connections: u32,
    /// Concurrent connections per client address. It does not apply to trusted proxies.
    pub max_connections_per_client: u32,
    /// Bytes of a request line with its headers, 8,192 or more; a larger request gets status 431.
    pub max_header_bytes: usize,
    /// Milliseconds for a request's headers to arrive; also how long a connection may idle between
    /// two requests.
    pub header_timeout_milliseconds: u64,
    /// Milliseconds for a TLS handshake.
    pub handshake_timeout_milliseconds: u64,
    /// Milliseconds in which a client must take or acknowledge at least one byte of an answer.
    pub write_timeout_milliseconds: u64,
}

/// Limits of files outside the published tree: from upstream servers and from
/// [`Settings::root`](crate::Settings::root).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UpstreamLimits {
    /// Milliseconds for a connection, for the beginning of an answer, and between two parts of it;
    /// then the next server is asked. Phones repeat their requests after one to five seconds.
    pub timeout_milliseconds: u64,
    /// Concurrent fetches, 1 or more. Further ones wait for at most `timeout_milliseconds`, then
    /// fail as busy. While no server answers, an eighth of this number is tried and the others fail
    /// at once. A quarter is reserved for clients whose address is not forged: those of HTTP, and
    /// those that acknowledged a TFTP transfer lately.
    pub max_concurrent_fetches: u32,
    /// Concurrent fetches for one client, 1 or more. A client that requests files on which a server
    /// hangs thus leaves fetches to the other clients.
    pub max_concurrent_fetches_per_client: u32,
    /// Requests that may wait for a file, 1 or more. A quarter is reserved as above. A further one
    /// takes the place of the oldest whose address may be forged, or fails as busy if there is
    /// none. The default is half of the TFTP transfers, so that upstream servers that hang leave
    /// room for published files.
    pub max_queued_requests: u32,
    /// Requests of one client that may wait for a file, 1 or more.
    pub max_queued_requests_per_client: u32,
    /// Large files streamed at the same time; each takes a megabyte of memory.
    pub max_streams: u32,
    /// Large files streamed at the same time to one client address.
    pub max_streams_per_client: u32,
    /// Bytes of the cache for files and names.
    pub cache_bytes: usize,
    /// Seconds for which a file stays in the cache. CUCM's own proxy keeps device files for 30
    /// minutes.
    pub cache_seconds: u64,
    /// Seconds for which the cache remembers that no server has a file.
    pub negative_cache_seconds: u64,
    /// Largest file in bytes. Firmware of video phones has some 300 MB.
    pub max_file_bytes: u64,
}

impl Default for TftpLimits {
    fn default() -> Self {
        Self {
            max_transfers: 8_192,
            max_transfers_per_client: 64,
            max_unacknowledged: 16_384,
            max_unacknowledged_per_client: 64,
            timeout_milliseconds: 1_000,
            retries: 8,
            max_block_size: 1_428,
            max_window_size: 16,
            receive_buffer_bytes: 4 << 20,
        }
    }
}

impl TftpLimits {
    /// [`Self::timeout_milliseconds`] as a duration.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_milliseconds)
    }

    /// The limits of one transfer.
    pub(crate) fn send_options(&self) -> SendOptions {
        SendOptions {
            max_block_size: self.max_block_size,
            max_window_size: self.max_window_size,
            timeout: self.timeout(),
            retries: self.retries,
            ..SendOptions::default()
        }
    }
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            max_connections: 12_000,
            max_connections_per_client: 1_024,
            max_header_bytes: 16 << 10,
            header_timeout_milliseconds: 15_000,
            handshake_timeout_milliseconds: 10_000,
            write_timeout_milliseconds: 30_000,
        }
    }
}

impl HttpLimits {
    /// [`Self::header_timeout_milliseconds`] as a duration.
    #[must_use]
    pub fn header_timeout(&self) -> Duration {
        Duration::from_millis(self.header_timeout_milliseconds)
    }

    /// [`Self::handshake_timeout_milliseconds`] as a duration.
    #[must_use]
    pub fn handshake_timeout(&self) -> Duration {
        Duration::from_millis(self.handshake_timeout_milliseconds)
    }

    /// [`Self::write_timeout_milliseconds`] as a duration.
    #[must_use]
    pub fn write_timeout(&self) -> Duration {
        Duration::from_millis(self.write_timeout_milliseconds)
    }
}

impl Default for UpstreamLimits {
    fn default() -> Self {
        Self {
            timeout_milliseconds: 3_000,
            max_concurrent_fetches: 64,
            max_concurrent_fetches_per_client: 8,
            max_queued_requests: 4_096,
            max_queued_requests_per_client: 256,
            max_streams: 128,
            max_streams_per_client: 16,
            cache_bytes: 16 << 20,
            cache_seconds: 30 * 60,
            negative_cache_seconds: 30,
            max_file_bytes: 1 << 30,
        }
    }
}

impl UpstreamLimits {
    /// [`Self::timeout_milliseconds`] as a duration.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_milliseconds)
    }

    /// [`Self::cache_seconds`] as a duration.
    #[must_use]
    pub fn cache_time(&self) -> Duration {
        Duration::from_secs(self.cache_seconds)
    }

    /// [`Self::negative_cache_seconds`] as a duration.
    #[must_use]
    pub fn negative_cache_time(&self) -> Duration {
        Duration::from_secs(self.negative_cache_seconds)
    }
}
