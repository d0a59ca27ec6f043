//! Everything that a stranger can ask for has a limit; here they are, with the source of each
//! number.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::announce::AnnounceLimits;

/// Limits of a server. Every one can be set; the defaults are for a network with some thousand
/// phones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Of transfers by TFTP.
    pub tftp: TftpLimits,
    /// Of connections by HTTP and HTTPS.
    pub http: HttpLimits,
    /// Of what is passed through from upstream.
    pub upstream: UpstreamLimits,
    /// Of cores that listen and report.
    pub announce: AnnounceLimits,
}

/// What is asked of servers upstream, and what is kept of their answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UpstreamLimits {
    /// Milliseconds for a connection, for the beginning of an answer, and between two pieces of it;
    /// then the next server is asked. Phones ask again after one to five seconds.
    pub timeout_milliseconds: u64,
    /// Fetches at once, 1 or more; further ones wait for `timeout_milliseconds` and are told then
    /// that the server is busy. While no server answers at all an eighth of them are tried, and the
    /// others fail at once.
    pub fetches: u32,
    /// Requests that wait for a file at once, 1 or more; further ones are told that the server is
    /// busy. Half of the transfers by TFTP, so that servers upstream that hang leave room for our
    /// own files.
    pub waiting: u32,
    /// Large files that are sent at once from upstream and from `root`; a megabyte of memory each.
    pub streams: u32,
    /// Large files that are sent at once to one client address.
    pub streams_per_client: u32,
    /// Bytes of files and names that are remembered.
    pub cache_bytes: usize,
    /// Seconds for which a file is remembered. CUCM's own proxy keeps device files for 30 minutes.
    pub cache_seconds: u64,
    /// Seconds for which it is remembered that nobody has a file.
    pub missing_seconds: u64,
    /// Largest file in bytes that is passed through; firmware of video phones has some 300 MB.
    pub largest_bytes: u64,
}

/// What one TFTP client, and all of them together, can ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TftpLimits {
    /// Transfers at once; further requests get an error. CUCM serves 500 by default, 3,500 on a
    /// dedicated node; a boot storm of 5,000 fits into 8,192.
    pub transfers: u32,
    /// Transfers at once for one client address; a phone has a handful, a branch behind one address
    /// some more.
    pub transfers_per_client: u32,
    /// Transfers a minute for one client address that run out without any acknowledgement; after
    /// that it gets none. A forged address acknowledges nothing, and a phone that loses its power
    /// is one or two.
    pub unanswered_per_client: u32,
    /// Milliseconds without an acknowledgement until a block is sent again. Phones ask again after
    /// one to five seconds.
    pub timeout_milliseconds: u64,
    /// How often a block is sent again before the transfer is given up. With 1, a forged request
    /// brings at most 30 bytes for each of its own, headers counted, whatever it asks for; a line
    /// that loses more than a packet in a hundred wants 4.
    pub retries: u32,
    /// Largest block in bytes, 8 to 65,464: what fits a packet of Ethernet, less the headers of
    /// IPv6 and some tunnel.
    pub block_size: u16,
    /// Most blocks sent without an acknowledgement, 1 to 65,535. A window is sent again as a whole.
    pub window_size: u16,
    /// Bytes of the listening socket's receive buffer. Requests that find no room there come again
    /// after seconds, which is what decides a boot storm: 4 MB hold some 5,000 requests.
    pub receive_buffer: usize,
    /// Milliseconds that a request may lie between being read and being looked at, 1 or more; then
    /// those that arrive are dropped until the others have had their turn. A storm that fits the
    /// receive buffer is looked at in about that time.
    pub behind_milliseconds: u64,
}

/// What one HTTP client, and all of them together, can ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpLimits {
    /// Connections at once; further ones are closed without an answer.
    pub connections: u32,
    /// Connections at once from one address. Proxies are not counted.
    pub connections_per_client: u32,
    /// Bytes of a request's line and headers, 8,192 or more; what is larger gets a 431.
    pub header_bytes: usize,
    /// Milliseconds until a request's headers must be there; also how long a connection may idle
    /// between two requests.
    pub header_milliseconds: u64,
    /// Milliseconds for a TLS handshake.
    pub handshake_milliseconds: u64,
    /// Milliseconds without a byte taken or acknowledged by the client until an answer, or a
    /// stream, is given up.
    pub write_milliseconds: u64,
}

impl Default for TftpLimits {
    fn default() -> Self {
        Self {
            transfers: 8_192,
            transfers_per_client: 64,
            unanswered_per_client: 16,
            timeout_milliseconds: 2_000,
            retries: 1,
            block_size: 1_428,
            window_size: 8,
            receive_buffer: 4 << 20,
            behind_milliseconds: 250,
        }
    }
}

impl TftpLimits {
    /// See [`Self::timeout_milliseconds`].
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_milliseconds)
    }

    /// See [`Self::behind_milliseconds`].
    #[must_use]
    pub fn behind(&self) -> Duration {
        Duration::from_millis(self.behind_milliseconds)
    }

    /// How long a client may be silent before its transfer is given up.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.timeout() * self.retries.saturating_add(1)
    }
}

impl Default for UpstreamLimits {
    fn default() -> Self {
        Self {
            timeout_milliseconds: 3_000,
            fetches: 64,
            waiting: 4_096,
            streams: 128,
            streams_per_client: 16,
            cache_bytes: 16 << 20,
            cache_seconds: 30 * 60,
            missing_seconds: 30,
            largest_bytes: 1 << 30,
        }
    }
}

impl UpstreamLimits {
    /// See [`Self::timeout_milliseconds`].
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_milliseconds)
    }

    /// See [`Self::cache_seconds`].
    #[must_use]
    pub fn cache_time(&self) -> Duration {
        Duration::from_secs(self.cache_seconds)
    }

    /// See [`Self::missing_seconds`].
    #[must_use]
    pub fn missing_time(&self) -> Duration {
        Duration::from_secs(self.missing_seconds)
    }
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connections: 12_000,
            connections_per_client: 1_024,
            header_bytes: 16 << 10,
            header_milliseconds: 15_000,
            handshake_milliseconds: 10_000,
            write_milliseconds: 30_000,
        }
    }
}

impl HttpLimits {
    /// See [`Self::header_milliseconds`].
    #[must_use]
    pub fn header_time(&self) -> Duration {
        Duration::from_millis(self.header_milliseconds)
    }

    /// See [`Self::handshake_milliseconds`].
    #[must_use]
    pub fn handshake_time(&self) -> Duration {
        Duration::from_millis(self.handshake_milliseconds)
    }

    /// See [`Self::write_milliseconds`].
    #[must_use]
    pub fn write_time(&self) -> Duration {
        Duration::from_millis(self.write_milliseconds)
    }
}
