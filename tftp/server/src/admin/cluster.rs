//! Metrics about a CUCM whose rules this process follows.

use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Whether and when a CUCM answered. Clones share their values.
///
/// ```
/// use adr_server::{ClusterMetrics, Registry};
///
/// let cluster = ClusterMetrics::default();
/// cluster.register(&mut Registry::default());
/// cluster.answered(std::time::SystemTime::now());
/// cluster.set_up(false);
/// ```
#[derive(Clone, Debug, Default)]
pub struct ClusterMetrics {
    up: Gauge,
    last_answer: Gauge,
}

impl ClusterMetrics {
    /// Adds the metrics `adrc_cucm_up` and `adrc_cucm_last_answer_timestamp_seconds`, both 0 before
    /// the first answer, to a registry.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Whether CUCM, whose rules adrc follows, answered the last question";
        registry.register("adrc_cucm_up", help, self.up.clone());
        let help = "Time of the last answer of CUCM, in seconds since 1970";
        let name = "adrc_cucm_last_answer_timestamp_seconds";
        registry.register(name, help, self.last_answer.clone());
    }

    /// CUCM answered at this time.
    pub fn answered(&self, at: SystemTime) {
        let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.last_answer.set(i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
    }

    /// Whether CUCM answers.
    pub fn set_up(&self, is_up: bool) {
        self.up.set(i64::from(is_up));
    }
}
