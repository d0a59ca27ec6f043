//! Results of a load: counts, times and failures.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Counts and times of a load.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Successful downloads by the number of their content.
    pub done: BTreeMap<usize, u64>,
    /// Failed downloads by their reason.
    pub failed: BTreeMap<String, u64>,
    /// Packets that a client sent again after a timeout.
    pub repeated: u64,
    /// Time from the first request to the last counted answer.
    pub wall: Duration,
    times: Vec<Duration>,
}

impl Figures {
    /// Counts a download that gave content `number` after `time`.
    pub(super) fn count(&mut self, number: usize, time: Duration) {
        *self.done.entry(number).or_default() += 1;
        self.times.push(time);
    }

    /// Counts a failed download.
    pub(super) fn count_failed(&mut self, why: String) {
        *self.failed.entry(why).or_default() += 1;
    }

    /// Sets the duration and sorts the times; to be called once at the end.
    pub(super) fn end(&mut self, wall: Duration) {
        self.wall = wall;
        self.times.sort_unstable();
    }

    /// Number of successful downloads.
    #[must_use]
    pub fn served(&self) -> u64 {
        self.done.values().sum()
    }

    /// Number of failed downloads.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failed.values().sum()
    }

    /// Successful downloads per second.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
    pub fn rate(&self) -> f64 {
        self.served() as f64 / self.wall.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// The time within which this percentage of downloads completed; zero without downloads.
    #[must_use]
    pub fn percentile(&self, hundredths: usize) -> Duration {
        let at = (self.times.len() * hundredths).div_ceil(100).max(1) - 1;
        self.times.get(at).copied().unwrap_or_default()
    }
}

/// One line of JSON, which the scripts of the benches read.
impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |hundredths| self.percentile(hundredths).as_secs_f64() * 1000.0;
        let line = serde_json::json!({
            "served": self.served(),
            "failed": self.failures(),
            "failures": self.failed,
            "repeated": self.repeated,
            "seconds": self.wall.as_secs_f64(),
            "rate": self.rate(),
            "p50_ms": milliseconds(50),
            "p99_ms": milliseconds(99),
            "max_ms": milliseconds(100),
        });
        write!(f, "{line}")
    }
}
