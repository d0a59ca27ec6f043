//! Alerts: reloads that failed and have not succeeded since, and a CUCM that does not answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The subject of a reload. Each scope has its own alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertScope {
    /// Rules that this process checks and publishes.
    Rules,
    /// A published folder that this process follows.
    Folder,
    /// A CUCM whose rules this process follows. Its alert is not a failed reload.
    Cluster,
}

impl AlertScope {
    const ALL: [Self; 3] = [Self::Rules, Self::Folder, Self::Cluster];
}

/// The current alerts. The process that reloads sets them; the admin page shows them and a metric
/// counts them. Clones share them.
///
/// ```
/// use adr_server::{AlertScope, Alerts};
///
/// let alerts = Alerts::default();
/// alerts.set(AlertScope::Rules, Some("the rules have errors".to_owned()));
/// alerts.set(AlertScope::Folder, None);
/// assert!(alerts.is_raised(AlertScope::Rules, "the rules have errors"));
/// assert!(!alerts.is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Alerts {
    /// By scope.
    alerts: Arc<Mutex<[Option<Alert>; AlertScope::ALL.len()]>>,
    count: Gauge,
}

/// What is wrong.
#[derive(Clone, Debug)]
pub(super) struct Alert {
    pub(super) scope: AlertScope,
    /// Since when.
    pub(super) raised: SystemTime,
    /// Why, in one or more lines.
    pub(super) reason: String,
}

impl Alerts {
    /// Adds the metric `adrc_failed_reloads`, the number of alerts about reloads, to a registry.
    pub fn register(&self, registry: &mut Registry) {
        let help =
            "Reloads that failed and have not succeeded since, of rules and published folder";
        registry.register("adrc_failed_reloads", help, self.count.clone());
    }

    /// Raises the alert of a scope with the reason of a failure; `None` clears it.
    pub fn set(&self, scope: AlertScope, reason: Option<String>) {
        let mut alerts = self.lock();
        let raised = SystemTime::now();
        alerts[scope as usize] = reason.map(|reason| Alert { scope, raised, reason });
        let is_reload = |alert: &&Alert| alert.scope != AlertScope::Cluster;
        // under the lock, so that the gauge cannot keep an older count
        self.count.set(alerts.iter().flatten().filter(is_reload).count() as i64);
    }

    /// Whether the alert of a scope is raised with this reason.
    #[must_use]
    pub fn is_raised(&self, scope: AlertScope, reason: &str) -> bool {
        let alert = &self.lock()[scope as usize];
        alert.as_ref().is_some_and(|alert| alert.reason == reason)
    }

    /// The reason of the alert of a scope, if it is raised.
    #[must_use]
    pub fn reason(&self, scope: AlertScope) -> Option<String> {
        self.lock()[scope as usize].as_ref().map(|alert| alert.reason.clone())
    }

    /// Whether there are no alerts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().iter().all(Option::is_none)
    }

    /// All alerts.
    pub(super) fn all(&self) -> Vec<Alert> {
        self.lock().iter().flatten().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, [Option<Alert>; AlertScope::ALL.len()]> {
        self.alerts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
