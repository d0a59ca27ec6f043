//! Prometheus metrics. Label values never come from clients, so the number of series is fixed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, prometheus_text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::outcome::{Outcome, Protocol};
use crate::restarts::{Part, Restarts};
use crate::validity::{Subject, Validities};

type Labels = Vec<(&'static str, &'static str)>;

/// Upper bounds of the duration histogram, in seconds. A file by HTTP takes a millisecond; one by
/// TFTP that loses two packets takes some seconds.
const BUCKETS: [f64; 10] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];

/// The result of a request for a file that is neither published nor in the local folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FallbackResult {
    /// From the cache: a file, or the fact that no upstream server has it.
    Cached,
    /// Fetched from an upstream server.
    Fetched,
    /// No upstream server has it.
    Missing,
    /// The name is on the deny list.
    Denied,
    /// No upstream server could be asked, or none answered properly.
    Failed,
    /// A limit on fetches or streams was reached.
    Busy,
}

impl FallbackResult {
    const ALL: [(Self, &str); 6] = [
        (Self::Cached, "cached"),
        (Self::Fetched, "fetched"),
        (Self::Missing, "missing"),
        (Self::Denied, "denied"),
        (Self::Failed, "failed"),
        (Self::Busy, "busy"),
    ];
}

/// The metrics of one server. Clones share their values.
///
/// Register metrics of your own in the [`Registry`] before you pass it to [`Metrics::new`].
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    /// By protocol, then by outcome.
    requests: [[Counter; Outcome::ALL.len()]; Protocol::ALL.len()],
    /// Bytes, by protocol.
    sent: [Counter; Protocol::ALL.len()],
    /// Seconds, by protocol.
    durations: [Histogram; Protocol::ALL.len()],
    retransmissions: Counter,
    restarts: Restarts,
    evictions: Counter,
    transfers: Gauge,
    held_bytes: Gauge,
    connections: Gauge,
    generation: Gauge,
    fallback: [Counter; FallbackResult::ALL.len()],
    ends: Ends,
}

/// When certificate and signature begin and end. What is not used has no metric.
#[derive(Clone, Debug, Default)]
struct Ends(Arc<Mutex<Validities>>);

impl Collector for Ends {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let validities = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (subject, validity) in validities.all() {
            let (name, what) = match subject {
                Subject::Certificate => ("certificate", "certificate of HTTPS"),
                Subject::Signature => ("signature", "signature of the generation that is served"),
            };
            for (edge, at) in [("start", validity.start), ("end", validity.end)] {
                let since = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
                let gauge = ConstGauge::new(i64::try_from(since).unwrap_or(i64::MAX));
                let name = format!("adrc_{name}_{edge}_timestamp_seconds");
                let help = format!("The {edge} of the {what}, in seconds since 1970");
                let kind = gauge.metric_type();
                gauge.encode(encoder.encode_descriptor(&name, &help, None, kind)?)?;
            }
        }
        Ok(())
    }
}

impl Metrics {
    /// Metrics at zero, added to a registry that may already hold metrics of the caller.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        Self::with_restarts(registry, Restarts::default())
    }

    /// The same, with counts of restarts that other parts of the process share.
    #[must_use]
    pub fn with_restarts(mut registry: Registry, restarts: Restarts) -> Self {
        let requests: Family<Labels, Counter> = Family::default();
        let sent: Family<Labels, Counter> = Family::default();
        let durations: Family<Labels, Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let fallback: Family<Labels, Counter> = Family::default();
        let mut metrics = Self {
            requests: Protocol::ALL.map(|protocol| {
                Outcome::ALL.map(|outcome| {
                    let labels = vec![("protocol", protocol.word()), ("result", outcome.word())];
                    requests.get_or_create_owned(&labels)
                })
            }),
            sent: Protocol::ALL.map(|one| sent.get_or_create_owned(&of_protocol(one))),
            durations: Protocol::ALL.map(|one| durations.get_or_create_owned(&of_protocol(one))),
            retransmissions: Counter::default(),
            restarts,
            evictions: Counter::default(),
            transfers: Gauge::default(),
            held_bytes: Gauge::default(),
            connections: Gauge::default(),
            generation: Gauge::default(),
            fallback: FallbackResult::ALL
                .map(|(_, word)| fallback.get_or_create_owned(&vec![("result", word)])),
            ends: Ends::default(),
            registry: Arc::default(),
        };
        let help = "Finished requests, by protocol and result";
        registry.register("adrc_requests", help, requests);
        let help = "Bytes of files sent to clients";
        registry.register_with_unit("adrc_sent", help, Unit::Bytes, sent);
        let help = "Time from a request to its end";
        registry.register_with_unit("adrc_request_duration", help, Unit::Seconds, durations);
        let help = "Requests for files outside the published tree and the local folder, by result";
        registry.register("adrc_fallback_requests", help, fallback);
        metrics.register(&mut registry);
        metrics.registry = Arc::new(registry);
        metrics
    }

    /// Adds the metrics that have no labels.
    fn register(&self, registry: &mut Registry) {
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("adrc_build", "Version of adrc, as a label", version);
        let help = "TFTP windows and first packets sent again";
        registry.register("adrc_tftp_retransmissions", help, self.retransmissions.clone());
        self.restarts.register(registry);
        let help = "TFTP transfers that ended to make room for newer ones";
        registry.register("adrc_tftp_evictions", help, self.evictions.clone());
        let help = "TFTP transfers in progress";
        registry.register("adrc_tftp_active_transfers", help, self.transfers.clone());
        let help = "Bytes in memory of files that are not published, for unacknowledged transfers";
        let held_bytes = self.held_bytes.clone();
        registry.register_with_unit("adrc_tftp_unacknowledged", help, Unit::Bytes, held_bytes);
        let help = "Open HTTP and HTTPS connections of clients";
        registry.register("adrc_http_open_connections", help, self.connections.clone());
        let help = "Generation served to new transfers";
        registry.register("adrc_generation", help, self.generation.clone());
        registry.register_collector(Box::new(self.ends.clone()));
    }

    /// The metrics in the Prometheus text format.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // writing to a String does not fail
        let _ = prometheus_text::encode(&mut text, &self.registry);
        text
    }

    pub(crate) fn count_request(&self, protocol: Protocol, outcome: Outcome, time: Duration) {
        self.requests[protocol as usize][outcome as usize].inc();
        self.durations[protocol as usize].observe(time.as_secs_f64());
    }

    pub(crate) fn count_sent(&self, protocol: Protocol, bytes: u64) {
        self.sent[protocol as usize].inc_by(bytes);
    }

    pub(crate) fn count_retransmissions(&self, windows: u64) {
        self.retransmissions.inc_by(windows);
    }

    pub(crate) fn count_fallback(&self, result: FallbackResult) {
        self.fallback[result as usize].inc();
    }

    pub(crate) fn count_restart(&self, part: Part) {
        self.restarts.count(part);
    }

    pub(crate) fn count_eviction(&self) {
        self.evictions.inc();
    }

    /// Sets the gauges; called right before the metrics are read.
    pub(crate) fn set(&self, generation: u64, transfers: u32, connections: u32) {
        self.generation.set(i64::try_from(generation).unwrap_or(i64::MAX));
        self.transfers.set(i64::from(transfers));
        self.connections.set(i64::from(connections));
    }

    /// Sets what unacknowledged transfers hold; called right before the metrics are read.
    pub(crate) fn set_held_bytes(&self, bytes: u64) {
        self.held_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Sets when certificate and signature begin and end; called right before the metrics are read.
    pub(crate) fn set_validities(&self, validities: Validities) {
        *self.ends.0.lock().unwrap_or_else(PoisonError::into_inner) = validities;
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new(Registry::default())
    }
}

fn of_protocol(protocol: Protocol) -> Labels {
    vec![("protocol", protocol.word())]
}
