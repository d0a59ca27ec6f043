//! What listeners can ask for, and over what time they spread their fetches.

use std::time::Duration;

use adr_protocol::EVENT_BYTES;
use serde::{Deserialize, Serialize};

/// Limits of announcing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnnounceLimits {
    /// Streams of events and long polls at once; further ones are asked to come later, and poll
    /// meanwhile. Below the number of HTTP connections, so that files are served nevertheless.
    pub listeners: u32,
    /// Clients whose reports are kept.
    pub reports: usize,
    /// Clients of one address whose reports are kept. Loopback addresses are not counted.
    pub reports_per_client: usize,
    /// Milliseconds after which a listener gets a sign of life when nothing is new. Cores take a
    /// connection that is silent for 45 s for dead.
    pub heartbeat_milliseconds: u64,
    /// Milliseconds for which a poll is held when nothing is new: less than the 30 s that proxies
    /// wait.
    pub poll_milliseconds: u64,
    /// Over what time cores spread their fetches.
    pub window: Window,
    /// Most bytes of an event that brings the files of its generation along, at most
    /// [`EVENT_BYTES`]; 0: none does. Only where the window is 0: then everybody would ask for them
    /// at once, which costs more than to send them.
    pub event_bytes: usize,
}

impl Default for AnnounceLimits {
    fn default() -> Self {
        Self {
            listeners: 11_000,
            reports: 100_000,
            reports_per_client: 1_024,
            heartbeat_milliseconds: 15_000,
            poll_milliseconds: 25_000,
            window: Window::default(),
            event_bytes: 16 << 10,
        }
    }
}

impl AnnounceLimits {
    /// Most bytes of an event with files, for this window.
    pub(super) fn most_event_bytes(&self, window: u64) -> usize {
        if window == 0 { self.event_bytes.min(EVENT_BYTES) } else { 0 }
    }

    /// See [`Self::heartbeat_milliseconds`].
    #[must_use]
    pub fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.heartbeat_milliseconds)
    }

    /// See [`Self::poll_milliseconds`].
    #[must_use]
    pub fn poll(&self) -> Duration {
        Duration::from_millis(self.poll_milliseconds)
    }
}

/// Over what time cores spread their fetches of a new generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// At once while fewer than 1,000 listen, else one second for each 1,000.
    #[default]
    Automatic,
    /// So many milliseconds, whoever listens.
    Milliseconds(u64),
}

impl Window {
    /// The window for so many listeners.
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
    use super::Window;

    #[test]
    fn few_fetch_at_once_and_many_are_spread() {
        let automatic = |listeners| Window::Automatic.milliseconds(listeners);
        assert_eq!([0, 999, 1_000, 10_000].map(automatic), [0, 0, 1_000, 10_000]);
        assert_eq!(Window::Milliseconds(60_000).milliseconds(1), 60_000);
    }
}
