//! Metrics about reloads.

use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What a reload reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReloadKind {
    /// Rules, which are checked and published.
    Rules,
    /// The published folder.
    Folder,
    /// The certificate of HTTPS and its key.
    Certificate,
    /// The key that signs, to renew a signature.
    Signature,
}

impl ReloadKind {
    const ALL: [(Self, &str); 4] = [
        (Self::Rules, "rules"),
        (Self::Folder, "folder"),
        (Self::Certificate, "certificate"),
        (Self::Signature, "signature"),
    ];
}

/// How many reloads failed, and when one succeeded last. Clones share their values.
///
/// ```
/// use adr_server::{Registry, ReloadKind, ReloadMetrics};
///
/// let reloads = ReloadMetrics::default();
/// reloads.register(&mut Registry::default());
/// reloads.failed(ReloadKind::Certificate);
/// reloads.succeeded(std::time::SystemTime::now());
/// ```
#[derive(Clone, Debug, Default)]
pub struct ReloadMetrics {
    failures: Family<Labels, Counter>,
    last_success: Gauge,
}

type Labels = Vec<(&'static str, &'static str)>;

impl ReloadMetrics {
    /// Adds the metrics `adrc_reload_failures_total` and
    /// `adrc_last_reload_success_timestamp_seconds`, which is 0 before the first success, to a
    /// registry.
    pub fn register(&self, registry: &mut Registry) {
        for (kind, _) in ReloadKind::ALL {
            // a series that does not exist before the first failure hides that one from `increase`
            drop(self.failures.get_or_create(&labels(kind)));
        }
        let help = "Failed attempts to reload, repeated ones included, by what was reloaded";
        registry.register("adrc_reload_failures", help, self.failures.clone());
        let help = "Time of the last good reload of rules or folder, in seconds since 1970";
        let name = "adrc_last_reload_success_timestamp_seconds";
        registry.register(name, help, self.last_success.clone());
    }

    /// An attempt failed.
    pub fn failed(&self, kind: ReloadKind) {
        self.failures.get_or_create(&labels(kind)).inc();
    }

    /// Rules or folder were reloaded at this time.
    pub fn succeeded(&self, at: SystemTime) {
        let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.last_success.set(i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
    }
}

fn labels(kind: ReloadKind) -> Labels {
    vec![("kind", ReloadKind::ALL[kind as usize].1)]
}
