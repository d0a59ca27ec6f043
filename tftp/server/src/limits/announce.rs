//! Limits of client cores that listen for new generations and report what they run.

use std::time::Duration;

use adr_protocol::EVENT_BYTES;
use serde::{Deserialize, Serialize};

/// Limits of announcing new generations to client cores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnnounceLimits {
    /// Concurrent event streams and long polls. Further cores are asked to come back later, and
    /// poll meanwhile. Keep it below the number of HTTP connections, so that files are still
    /// served.
    pub max_listeners: u32,
    /// Cores whose latest report is kept.
    pub max_reports: usize,
    /// Cores per client address whose latest report is kept. It does not apply to loopback.
    pub max_reports_per_client: usize,
    /// Milliseconds between two heartbeats on an idle event stream. Cores drop a connection that is
    /// silent for 45 s.
    pub heartbeat_milliseconds: u64,
    /// Milliseconds after which a long poll without news is answered. Proxies commonly wait 30 s.
    pub poll_timeout_milliseconds: u64,
    /// Time over which cores spread their fetches of a new generation.
    pub fetch_window: FetchWindow,
    /// Largest event in bytes that carries the files of its generation, at most [`EVENT_BYTES`]; 0
    /// sends no files. Events carry files only while the fetch window is 0: all cores would fetch
    /// them at the same moment, which costs more than sending them.
    pub max_event_bytes: usize,
}

impl Default for AnnounceLimits {
    fn default() -> Self {
        Self {
            max_listeners: 11_000,
            max_reports: 100_000,
            max_reports_per_client: 1_024,
            heartbeat_milliseconds: 15_000,
            poll_timeout_milliseconds: 25_000,
            fetch_window: FetchWindow::default(),
            max_event_bytes: 16 << 10,
        }
    }
}

impl AnnounceLimits {
    /// Largest event with files for a fetch window, in bytes.
    pub(crate) fn event_bytes_within(&self, window: u64) -> usize {
        if window == 0 { self.max_event_bytes.min(EVENT_BYTES) } else { 0 }
    }

    /// [`Self::heartbeat_milliseconds`] as a duration.
    #[must_use]
    pub fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.heartbeat_milliseconds)
    }

    /// [`Self::poll_timeout_milliseconds`] as a duration.
    #[must_use]
    pub fn poll_timeout(&self) -> Duration {
        Duration::from_millis(self.poll_timeout_milliseconds)
    }
}

/// Time over which cores spread their fetches of a new generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FetchWindow {
    /// 0 for fewer than 1,000 listeners, else one second for each 1,000.
    #[default]
    Automatic,
    /// A fixed number of milliseconds.
    Milliseconds(u64),
}

impl FetchWindow {
    /// The window in milliseconds for a number of listeners.
    #[must_use]
    pub fn milliseconds(self, listeners: u32) -> u64 {
        match self {
            Self::Milliseconds(fixed) => fixed,
            Self::Automatic if listeners < 1_000 => 0,
            Self::Automatic => u64::from(listeners),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FetchWindow;

    #[test]
    fn automatic_window_grows_with_the_listeners() {
        let automatic = |listeners| FetchWindow::Automatic.milliseconds(listeners);
        assert_eq!([0, 999, 1_000, 10_000].map(automatic), [0, 0, 1_000, 10_000]);
        assert_eq!(FetchWindow::Milliseconds(60_000).milliseconds(1), 60_000);
    }
}
