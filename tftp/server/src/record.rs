//! What is told about each transfer: one line in the log, numbers in the metrics, a place in the
//! list of the last ones.

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::metrics::Metrics;

/// How many records are kept for people who look.
pub const KEPT: usize = 100;

/// One transfer, or one request that got none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it ended.
    pub at: SystemTime,
    /// By which protocol.
    pub protocol: Protocol,
    /// Who asked; behind a proxy that is named, the client with port 0.
    pub client: SocketAddr,
    /// The name asked for, escaped.
    pub file: String,
    /// The site whose files the client gets, whether it got this one or not; `None` is the default
    /// view.
    pub view: Option<String>,
    /// The generation the transfer began with; `None` when the file is not one of ours.
    pub generation: Option<u64>,
    /// Bytes of the file that were handed to the network.
    pub bytes: u64,
    /// Blocks of TFTP, an empty last one included; 0 for HTTP.
    pub blocks: u64,
    /// How often TFTP sent a window again because no acknowledgement came in time.
    pub retransmissions: u64,
    /// From request to end.
    pub time: Duration,
    /// How it ended.
    pub outcome: Outcome,
}

/// How files travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// On port 69.
    Tftp,
    /// On port 6970.
    Http,
    /// On port 6972.
    Https,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The client has the file, or the part it asked for.
    Complete,
    /// The client has the file already (HTTP 304).
    NotModified,
    /// The client went away or never acknowledged.
    Unanswered,
    /// There is no such file.
    Missing,
    /// The request asks for something that nobody gets: a path outside, writing, a denied name.
    Refused,
    /// A limit was reached, or the server is ending.
    Busy,
    /// What was to be passed on broke off.
    Failed,
}

impl Protocol {
    /// Every protocol.
    pub const ALL: [Self; 3] = [Self::Tftp, Self::Http, Self::Https];

    /// One lower-case word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Tftp => "tftp",
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 7] = [
        Self::Complete,
        Self::NotModified,
        Self::Unanswered,
        Self::Missing,
        Self::Refused,
        Self::Busy,
        Self::Failed,
    ];

    /// Lower-case words joined by `_`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::NotModified => "not_modified",
            Self::Unanswered => "unanswered",
            Self::Missing => "missing",
            Self::Refused => "refused",
            Self::Busy => "busy",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Where records go.
#[derive(Debug)]
pub(crate) struct Records {
    last: Mutex<VecDeque<Record>>,
    metrics: Metrics,
}

impl Records {
    pub(crate) fn new(metrics: Metrics) -> Self {
        Self { last: Mutex::new(VecDeque::with_capacity(KEPT)), metrics }
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The last records, the latest first.
    pub(crate) fn last(&self) -> Vec<Record> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.iter().rev().cloned().collect()
    }

    /// Logs, counts and keeps a record.
    pub(crate) fn add(&self, record: Record) {
        log(&record);
        self.metrics.count(&record);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == KEPT {
            last.pop_front();
        }
        last.push_back(record);
    }
}

/// The one line.
fn log(record: &Record) {
    tracing::info!(
        target: "adr_server::transfer",
        protocol = record.protocol.word(),
        client = %record.client,
        file = record.file,
        view = record.view.as_deref().unwrap_or("default"),
        generation = record.generation,
        bytes = record.bytes,
        blocks = record.blocks,
        retransmissions = record.retransmissions,
        seconds = record.time.as_secs_f64(),
        result = record.outcome.word(),
        "transfer"
    );
}
