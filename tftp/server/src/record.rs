//! Records of finished requests: each is logged, counted, and kept in a list of the latest.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::metrics::Metrics;
use crate::outcome::{Outcome, Protocol};

/// Number of records kept for the admin page.
pub const MAX_RECORDS: usize = 100;

/// One finished request, whether it led to a transfer or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When the request ended.
    pub at: SystemTime,
    /// The protocol.
    pub protocol: Protocol,
    /// The client. Behind a trusted proxy: the forwarded address, with port 0.
    pub client: SocketAddr,
    /// The requested name, escaped for display.
    pub file: String,
    /// The site to which the client's address belongs, even if the file is not one of the site's;
    /// `None` is the default view.
    pub view: Option<String>,
    /// The generation from which the file came; `None` for a file outside the published tree.
    pub generation: Option<u64>,
    /// Bytes of the file passed to the network.
    pub bytes: u64,
    /// TFTP data blocks, including a final empty one; 0 for HTTP.
    pub blocks: u64,
    /// How often the first packet or a window of a TFTP transfer was sent again.
    pub retransmissions: u64,
    /// Time from request to end.
    pub time: Duration,
    /// How the request ended.
    pub outcome: Outcome,
}

/// The latest records, and the metrics that count all of them.
#[derive(Debug)]
pub(crate) struct Records {
    /// Oldest first, at most [`MAX_RECORDS`].
    latest: Mutex<VecDeque<Record>>,
    metrics: Metrics,
}

impl Records {
    pub(crate) fn new(metrics: Metrics) -> Self {
        Self { latest: Mutex::new(VecDeque::with_capacity(MAX_RECORDS)), metrics }
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The latest records, newest first.
    pub(crate) fn latest(&self) -> Vec<Record> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.iter().rev().cloned().collect()
    }

    /// Logs, counts and keeps a record.
    pub(crate) fn add(&self, record: Record) {
        log(&record);
        self.metrics.count_request(record.protocol, record.outcome, record.time);
        self.metrics.count_sent(record.protocol, record.bytes);
        self.metrics.count_retransmissions(record.retransmissions);
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.len() == MAX_RECORDS {
            latest.pop_front();
        }
        latest.push_back(record);
    }
}

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
