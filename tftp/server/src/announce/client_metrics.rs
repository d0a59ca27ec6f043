//! Prometheus metrics about client cores, counted when they are read.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use adr_protocol::{ClientState, Freshness};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::announcer::Announcer;

/// How many generations before the current one have their own series. Older ones share the series
/// `other`: clients must not be able to create series.
const OLDER_SERIES: u64 = 9;

impl Announcer {
    /// Adds metrics about client cores to a registry.
    pub fn register(self: &Arc<Self>, registry: &mut Registry) {
        registry.register_collector(Box::new(ClientMetrics(Arc::clone(self))));
    }
}

#[derive(Debug)]
struct ClientMetrics(Arc<Announcer>);

impl Collector for ClientMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let clients = self.0.clients();
        let current = clients.generation;
        let mut running: BTreeMap<String, usize> = BTreeMap::new();
        for one in &clients.running {
            let is_recent =
                (current.saturating_sub(OLDER_SERIES)..=current).contains(&one.generation);
            let generation = match one.generation {
                0 => "none".to_owned(),
                recent if is_recent => recent.to_string(),
                _ => "other".to_owned(),
            };
            *running.entry(generation).or_default() += one.clients;
        }
        running.entry(current.to_string()).or_default();
        let help = "Client cores, by the generation that they report to run";
        let mut family =
            encoder.encode_descriptor("adrc_clients", help, None, MetricType::Gauge)?;
        for (generation, clients) in &running {
            let gauge = ConstGauge::new(gauge(*clients));
            gauge.encode(family.encode_family(&[("generation", generation.as_str())])?)?;
        }
        let help = "Client cores that run another generation and refused one, by reason";
        let mut family =
            encoder.encode_descriptor("adrc_clients_refusing", help, None, MetricType::Gauge)?;
        for (reason, clients) in &clients.reasons {
            ConstGauge::new(gauge(*clients))
                .encode(family.encode_family(&[("reason", reason.word())])?)?;
        }
        let help = "Client cores, by whether their rules may be held back, as they report";
        let mut family =
            encoder.encode_descriptor("adrc_clients_freshness", help, None, MetricType::Gauge)?;
        for freshness in Freshness::ALL {
            let clients = clients.freshness.get(&freshness).copied().unwrap_or(0);
            let labels = [("freshness", freshness.word())];
            ConstGauge::new(gauge(clients)).encode(family.encode_family(&labels)?)?;
        }
        let help = "Client cores, by how far they are with the current generation";
        let mut family =
            encoder.encode_descriptor("adrc_clients_state", help, None, MetricType::Gauge)?;
        for state in ClientState::ALL {
            let labels = [("state", state.word())];
            let number = gauge(clients.of_state(state));
            ConstGauge::new(number).encode(family.encode_family(&labels)?)?;
        }
        let help = "Open event streams and long polls of client cores";
        let listeners =
            encoder.encode_descriptor("adrc_event_listeners", help, None, MetricType::Gauge)?;
        ConstGauge::new(i64::from(clients.listeners)).encode(listeners)
    }
}

fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
