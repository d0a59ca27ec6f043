//! What a load came to.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Counts and times of a load.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Downloads that gave an expected content, by its number.
    pub done: BTreeMap<usize, u64>,
    /// Downloads that did not, by what happened.
    pub failed: BTreeMap<String, u64>,
    /// Requests that were sent again because nothing came.
    pub repeated: u64,
    /// From the first request to the last answer that counts.
    pub wall: Duration,
    times: Vec<Duration>,
}

impl Figures {
    /// Counts a download that gave content `number` after `time`.
    pub(super) fn count(&mut self, number: usize, time: Duration) {
        *self.done.entry(number).or_default() += 1;
        self.times.push(time);
    }

    /// Counts a download that came to nothing.
    pub(super) fn count_failed(&mut self, why: String) {
        *self.failed.entry(why).or_default() += 1;
    }

    pub(super) fn end(&mut self, wall: Duration) {
        self.wall = wall;
        self.times.sort_unstable();
    }

    /// Downloads that gave an expected content.
    #[must_use]
    pub fn served(&self) -> u64 {
        self.done.values().sum()
    }

    /// Downloads that did not.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failed.values().sum()
    }

    /// Downloads a second.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
    pub fn rate(&self) -> f64 {
        self.served() as f64 / self.wall.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// The time within which so many of a hundred downloads were done; zero where none was.
    #[must_use]
    pub fn percentile(&self, hundredths: usize) -> Duration {
        let at = (self.times.len() * hundredths).div_ceil(100).max(1) - 1;
        self.times.get(at).copied().unwrap_or_default()
    }
}

/// One line of JSON, for the script that draws the table.
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
