//! Alerts: reloads that failed and have not succeeded since, a CUCM or a cluster that does not
//! answer, and rules that a rollback blocks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::reload::ReloadReport;

/// After how long a reload that is still running becomes an alert.
const SLOW_RELOAD: Duration = Duration::from_secs(10);

/// The text of that alert.
const SLOW_REASON: &str = "A reload has been running for more than 10 seconds: the rules are large, or a disk or network \
                           drive does not answer.\nFurther reloads wait for it.";

/// The subject of a reload. Each scope has its own alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertScope {
    /// Rules that this process checks and publishes.
    Rules,
    /// A published folder that this process follows.
    Folder,
    /// A CUCM whose rules this process follows. Its alert is not a failed reload.
    Cluster,
    /// The nodes that share their generations with this one. Its alert is not a failed reload.
    Nodes,
    /// The certificate of HTTPS and its key.
    Certificate,
    /// A reload that is still running. Its alert is not a failed reload.
    SlowReload,
}

impl AlertScope {
    const ALL: [Self; 6] = [
        Self::Rules,
        Self::Folder,
        Self::Cluster,
        Self::Nodes,
        Self::Certificate,
        Self::SlowReload,
    ];

    /// Whether its alert is about a reload that failed.
    fn is_failed_reload(self) -> bool {
        matches!(self, Self::Rules | Self::Folder | Self::Certificate)
    }
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
    /// Why adrc does not publish the present rules by itself.
    blocked: Arc<Mutex<Option<String>>>,
    is_blocked: Gauge,
    /// For how many seconds a reload has been running; 0 if none is.
    running: Gauge,
}

/// What is wrong.
#[derive(Clone, Debug)]
pub(super) struct Alert {
    pub(super) scope: AlertScope,
    /// Since when. Further failures do not change it.
    pub(super) raised: SystemTime,
    /// Why, in one or more lines.
    pub(super) reason: String,
    /// The findings of rejected rules.
    pub(super) report: Option<Arc<ReloadReport>>,
}

impl Alerts {
    /// Adds metrics to a registry: `adrc_failed_reloads`, the number of alerts about reloads,
    /// `adrc_publishing_blocked` and `adrc_reload_running_seconds`.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Reloads that failed and have not succeeded since: of rules, published folder, certificate";
        registry.register("adrc_failed_reloads", help, self.count.clone());
        let help = "Whether a rollback blocks the present rules, so that they are not published";
        registry.register("adrc_publishing_blocked", help, self.is_blocked.clone());
        let help = "Time that the reload in progress has been running; 0 if there is none";
        registry.register("adrc_reload_running_seconds", help, self.running.clone());
    }

    /// A reload has been running for so long; `None` at its end. After ten seconds, it is an alert.
    pub fn set_running(&self, time: Option<Duration>) {
        let seconds = time.map_or(0, |time| time.as_secs());
        self.running.set(i64::try_from(seconds).unwrap_or(i64::MAX));
        let is_slow = time.is_some_and(|time| time >= SLOW_RELOAD);
        if is_slow != self.reason(AlertScope::SlowReload).is_some() {
            self.set(AlertScope::SlowReload, is_slow.then(|| SLOW_REASON.to_owned()));
        }
    }

    /// Raises the alert of a scope with the reason of a failure; `None` clears it.
    pub fn set(&self, scope: AlertScope, reason: Option<String>) {
        self.set_with_report(scope, reason, None);
    }

    /// The same with the findings of the rules that were rejected.
    pub fn set_with_report(
        &self,
        scope: AlertScope,
        reason: Option<String>,
        report: Option<Arc<ReloadReport>>,
    ) {
        let mut alerts = self.lock();
        let before = alerts[scope as usize].as_ref().map(|before| before.raised);
        let raised = before.unwrap_or_else(SystemTime::now);
        alerts[scope as usize] = reason.map(|reason| Alert { scope, raised, reason, report });
        let is_reload = |alert: &&Alert| alert.scope.is_failed_reload();
        // under the lock, so that the gauge cannot keep an older count
        self.count.set(alerts.iter().flatten().filter(is_reload).count() as i64);
    }

    /// Sets why a rollback blocks the present rules, in a sentence; `None` if they are published.
    pub fn set_blocked(&self, reason: Option<String>) {
        let mut blocked = self.blocked.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_blocked.set(i64::from(reason.is_some()));
        *blocked = reason;
    }

    /// Why a rollback blocks the present rules, as the process set it; `None` if it does not.
    #[must_use]
    pub fn blocked(&self) -> Option<String> {
        self.blocked.lock().unwrap_or_else(PoisonError::into_inner).clone()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reload_that_runs_for_ten_seconds_is_an_alert_until_its_end() {
        let alerts = Alerts::default();
        for (seconds, is_slow) in [(0, false), (9, false), (10, true), (99, true)] {
            alerts.set_running(Some(Duration::from_secs(seconds)));
            assert_eq!(alerts.reason(AlertScope::SlowReload).is_some(), is_slow, "{seconds}");
            assert_eq!(alerts.running.get(), seconds as i64);
        }
        assert_eq!(alerts.count.get(), 0);
        alerts.set_running(None);
        assert!(alerts.is_empty());
        assert_eq!(alerts.running.get(), 0);
    }
}
