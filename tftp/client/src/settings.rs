//! What a core is started with: servers, folders, the pinned key and times.

use std::path::PathBuf;
use std::time::Duration;

use adr_bundle::signature::PublicKey;

use crate::proxy::Proxy;
use crate::server::Server;

/// What a core is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Servers, in the order in which they are asked.
    pub servers: Vec<Server>,
    /// The folder for the last good snapshot and the name of this core. Without it nothing is
    /// saved, and the core has another name after each start.
    pub cache: Option<PathBuf>,
    /// The path of the control socket; on Windows the name of a pipe, `\\.\pipe\NAME`. Without it
    /// the core has no control socket.
    pub socket: Option<PathBuf>,
    /// The pinned key: a manifest without a valid signature of this key is rejected. Without it
    /// signatures are ignored.
    pub key: Option<PublicKey>,
    /// The name of the published folder that signatures must name; `None`: any. It requires a
    /// pinned key, because only signatures name a folder.
    pub folder: Option<String>,
    /// Whether to accept a generation that is older than the one in the cache, once. The cached
    /// rules are used until a server has acceptable ones.
    pub forget: bool,
    /// The proxy for requests by HTTP and HTTPS; none by default, whatever the environment says.
    pub proxy: Option<Proxy>,
    /// A file with the certificates, in PEM, of the authorities that certify the servers. Without
    /// it those of the system are trusted.
    pub ca: Option<PathBuf>,
    /// A file with the certificate of this core and its private key, both in PEM, for servers that
    /// ask for one.
    pub client_certificate: Option<PathBuf>,
    /// Time between two requests for the manifest while the core polls; a minute by default.
    pub poll_interval: Duration,
    /// Timeouts, the first retry delay and the report interval.
    pub timing: Timing,
}

impl Settings {
    /// Default settings for these servers: without cache, control socket and pinned key.
    #[must_use]
    pub fn new(servers: Vec<Server>) -> Self {
        Self {
            servers,
            cache: None,
            socket: None,
            key: None,
            folder: None,
            forget: false,
            proxy: None,
            ca: None,
            client_certificate: None,
            poll_interval: Duration::from_secs(60),
            timing: Timing::default(),
        }
    }
}

/// How long a core waits for a server, before a retry and between reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Timeout for the first state after the response headers, whatever else a server sends
    /// meanwhile; 10 seconds by default.
    pub first_event_timeout: Duration,
    /// Timeout for the next byte of an event stream; 45 seconds by default.
    pub idle_timeout: Duration,
    /// Timeout for a whole file; 5 minutes by default.
    pub file_timeout: Duration,
    /// Timeout for a round of requests to all servers; 5 minutes by default. Each server gets an
    /// equal share of it.
    pub round_timeout: Duration,
    /// How long a server may take for its first answer in a round before the next one is asked as
    /// well; half a second by default.
    pub first_answer_timeout: Duration,
    /// Timeout for a long poll, which a server answers after at most 25 seconds; 40 seconds by
    /// default.
    pub long_poll_timeout: Duration,
    /// Delay after the first failure, until a server sends another one; 5 seconds by default.
    pub retry_delay: Duration,
    /// Shortest time between two attempts at a server, and after a round that brought no rules; 1
    /// second by default.
    pub min_gap: Duration,
    /// Time between two reports with the same content; 5 minutes by default.
    pub report_interval: Duration,
    /// How long the followed server may have older rules than another one to which the core also
    /// listens, before the core follows that one; 10 seconds by default. The cores of a server
    /// leave it over a further [`MOVING_WINDOW`](adr_protocol::MOVING_WINDOW).
    pub lag_patience: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            first_event_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(45),
            file_timeout: Duration::from_secs(300),
            round_timeout: Duration::from_secs(300),
            first_answer_timeout: Duration::from_millis(500),
            long_poll_timeout: Duration::from_secs(40),
            retry_delay: Duration::from_secs(5),
            min_gap: Duration::from_secs(1),
            report_interval: Duration::from_secs(300),
            lag_patience: Duration::from_secs(10),
        }
    }
}
