//! Numbers for Prometheus. No label comes from a stranger, so there are always the same few series.

use std::sync::Arc;

use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::record::{Outcome, Protocol, Record};

type Labels = Vec<(&'static str, &'static str)>;

/// Seconds of a transfer: a file by HTTP takes a millisecond, one by TFTP with two lost packets
/// some seconds.
const BUCKETS: [f64; 10] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];

/// What became of a request for a file that servers upstream may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    /// It was remembered, or remembered to be missing.
    Cached,
    /// It was fetched.
    Fetched,
    /// No server has it.
    Missing,
    /// Its name is denied.
    Denied,
    /// No server could be asked, or what came was no file.
    Failed,
    /// Too many are fetched or sent at once.
    Busy,
}

impl Passed {
    const ALL: [(Self, &str); 6] = [
        (Self::Cached, "cached"),
        (Self::Fetched, "fetched"),
        (Self::Missing, "missing"),
        (Self::Denied, "denied"),
        (Self::Failed, "failed"),
        (Self::Busy, "busy"),
    ];
}

/// The numbers of one server. Whoever embeds it can add its own before the server starts.
/// A clone counts in the same place.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: [[Counter; Outcome::ALL.len()]; Protocol::ALL.len()],
    bytes: [Counter; Protocol::ALL.len()],
    seconds: [Histogram; Protocol::ALL.len()],
    retransmissions: Counter,
    restarts: Counter,
    closings: Counter,
    in_flight: [Gauge; 2],
    generation: Gauge,
    passed: [Counter; Passed::ALL.len()],
}

impl Metrics {
    /// All at zero, in a registry to which the caller's numbers may have been added.
    #[must_use]
    pub fn new(mut registry: Registry) -> Self {
        let requests: Family<Labels, Counter> = Family::default();
        let bytes: Family<Labels, Counter> = Family::default();
        let seconds: Family<Labels, Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let in_flight: Family<Labels, Gauge> = Family::default();
        let passed: Family<Labels, Counter> = Family::default();
        let metrics = Self {
            requests: Protocol::ALL.map(|protocol| {
                Outcome::ALL.map(|outcome| {
                    let labels = vec![("protocol", protocol.word()), ("result", outcome.word())];
                    requests.get_or_create_owned(&labels)
                })
            }),
            bytes: Protocol::ALL.map(|one| bytes.get_or_create_owned(&labels(one.word()))),
            seconds: Protocol::ALL.map(|one| seconds.get_or_create_owned(&labels(one.word()))),
            retransmissions: Counter::default(),
            restarts: Counter::default(),
            closings: Counter::default(),
            in_flight: ["tftp", "http"].map(|one| in_flight.get_or_create_owned(&labels(one))),
            generation: Gauge::default(),
            passed: Passed::ALL
                .map(|(_, word)| passed.get_or_create_owned(&vec![("result", word)])),
            registry: Arc::default(),
        };
        let (retransmissions, restarts) =
            (metrics.retransmissions.clone(), metrics.restarts.clone());
        let (closings, generation) = (metrics.closings.clone(), metrics.generation.clone());
        registry.register("adr_requests", "Requests by how they ended", requests);
        registry.register_with_unit("adr_sent", "Bytes of files sent", Unit::Bytes, bytes);
        let help = "Time from request to end";
        registry.register_with_unit("adr_request_duration", help, Unit::Seconds, seconds);
        let help = "Windows that TFTP sent again because no acknowledgement came in time";
        registry.register("adr_tftp_retransmissions", help, retransmissions);
        let help = "Times that a TFTP listener was started again after an error";
        registry.register("adr_tftp_listener_restarts", help, restarts);
        let help = "Times that requests by TFTP were dropped because others had not had their turn";
        registry.register("adr_tftp_gate_closings", help, closings);
        let help = "Transfers by TFTP and connections by HTTP at this moment";
        registry.register("adr_in_flight", help, in_flight);
        let help = "Generation that new transfers get";
        registry.register("adr_generation", help, generation);
        let help =
            "Files asked for that come from upstream or from nowhere, by what became of them";
        registry.register("adr_passed_through", help, passed);
        Self { registry: Arc::new(registry), ..metrics }
    }

    /// The text that Prometheus reads.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // writing to a String does not fail
        let _ = prometheus_text::encode(&mut text, &self.registry);
        text
    }

    pub(crate) fn count(&self, record: &Record) {
        let (protocol, outcome) = (record.protocol as usize, record.outcome as usize);
        self.requests[protocol][outcome].inc();
        self.bytes[protocol].inc_by(record.bytes);
        self.seconds[protocol].observe(record.time.as_secs_f64());
        self.retransmissions.inc_by(record.retransmissions);
    }

    pub(crate) fn count_passed(&self, passed: Passed) {
        self.passed[passed as usize].inc();
    }

    pub(crate) fn count_restart(&self) {
        self.restarts.inc();
    }

    pub(crate) fn count_closing(&self) {
        self.closings.inc();
    }

    /// Sets what is asked for at the moment of reading.
    pub(crate) fn set(&self, generation: u64, transfers: u32, connections: u32) {
        self.generation.set(i64::try_from(generation).unwrap_or(i64::MAX));
        self.in_flight[0].set(i64::from(transfers));
        self.in_flight[1].set(i64::from(connections));
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new(Registry::default())
    }
}

fn labels(protocol: &'static str) -> Labels {
    vec![("protocol", protocol)]
}
