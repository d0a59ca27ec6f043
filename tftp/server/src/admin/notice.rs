//! What stands in the way of serving what the operator wants.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What a reload is about; each fails and is mended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// Rules that are checked here, and published where they are to be.
    Rules,
    /// A published folder that is followed.
    Folder,
}

/// Reloads that failed and are not mended; set by whoever carries them out, shown on the page and
/// counted. A clone tells the same.
///
/// ```
/// use adr_server::{Concern, Notice};
///
/// let notice = Notice::default();
/// notice.set(Concern::Rules, Some("the rules have errors".to_owned()));
/// notice.set(Concern::Folder, None);
/// assert!(notice.is_said(Concern::Rules, "the rules have errors"));
/// assert!(!notice.is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Notice {
    failures: Arc<Mutex<[Option<Failure>; 2]>>,
    count: Gauge,
}

/// When it failed, and why.
pub(super) type Failure = (SystemTime, String);

impl Notice {
    /// Counts what is not mended as `adr_failed_reloads`.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Reloads that failed and are not mended: of the rules, of the published folder";
        registry.register("adr_failed_reloads", help, self.count.clone());
    }

    /// The last reload of this failed, and this is why; `None` when it did not.
    pub fn set(&self, concern: Concern, why: Option<String>) {
        let mut failures = self.lock();
        failures[concern as usize] = why.map(|why| (SystemTime::now(), why));
        // while it is locked, so that the number is that of the last one to set it
        self.count.set(failures.iter().flatten().count() as i64);
    }

    /// Whether the last reload of this failed for this reason.
    #[must_use]
    pub fn is_said(&self, concern: Concern, why: &str) -> bool {
        let said = &self.lock()[concern as usize];
        said.as_ref().is_some_and(|(_, said)| said == why)
    }

    /// Whether nothing waits to be mended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lock().iter().all(Option::is_none)
    }

    /// All that waits to be mended.
    pub(super) fn failures(&self) -> Vec<Failure> {
        self.lock().iter().flatten().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, [Option<Failure>; 2]> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
