//! Computes when to scan the sources from events and their times, without a clock.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// How long a watch waits before a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Time from the last event to a scan; 200 ms by default.
    pub quiet: Duration,
    /// The same while a file that was written to is not closed yet; 2 s by default.
    pub quiet_while_open: Duration,
    /// Most time from the first event to a scan, however many events follow; 1 s by default. Ten
    /// times as long while a file is not closed yet.
    pub max_delay: Duration,
    /// Time between scans without events; 5 s by default.
    pub poll_interval: Duration,
    /// Whether the watch requests events from the operating system; true by default. Without
    /// events, only the poll interval leads to scans.
    pub events: bool,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(200),
            quiet_while_open: Duration::from_secs(2),
            max_delay: Duration::from_secs(1),
            poll_interval: Duration::from_secs(5),
            events: true,
        }
    }
}

impl Timing {
    /// The default with another quiet time. The other times are raised to it if they are shorter.
    #[must_use]
    pub fn with_quiet(quiet: Duration) -> Self {
        let default = Self::default();
        Self {
            quiet,
            quiet_while_open: default.quiet_while_open.max(quiet),
            max_delay: default.max_delay.max(quiet),
            poll_interval: default.poll_interval.max(quiet),
            events: true,
        }
    }
}

/// What happened to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileEvent {
    /// This file was written to and is not closed yet. `None` for any other change that leads to a
    /// scan.
    Changed(Option<PathBuf>),
    /// This file was closed after writing, renamed, or removed.
    Closed(PathBuf),
    /// The operating system lost events, so that any file may have changed.
    Lost,
}

/// Decides when to scan. All times are durations since any fixed point.
#[derive(Clone, Debug)]
pub struct Debounce {
    timing: Timing,
    /// Times of the oldest and the newest event since the last scan.
    pending: Option<(Duration, Duration)>,
    /// Files that were written to and are not closed yet; at most [`MAX_OPEN_FILES`].
    open: BTreeSet<PathBuf>,
    /// Time of the last scan.
    scanned: Duration,
}

/// Most files that are remembered as open. Further files count as closed.
const MAX_OPEN_FILES: usize = 1000;

impl Debounce {
    /// No event was recorded, and the last scan was at time 0.
    #[must_use]
    pub fn new(timing: Timing) -> Self {
        Self { timing, pending: None, open: BTreeSet::new(), scanned: Duration::ZERO }
    }

    /// Records an event and its time. Events may arrive out of order.
    pub fn record(&mut self, event: FileEvent, at: Duration) {
        match event {
            FileEvent::Changed(Some(path)) if self.open.len() < MAX_OPEN_FILES => {
                self.open.insert(path);
            }
            FileEvent::Changed(_) => {}
            FileEvent::Closed(path) => {
                self.open.remove(&path);
            }
            FileEvent::Lost => self.open.clear(),
        }
        let (first, last) = self.pending.unwrap_or((at, at));
        self.pending = Some((first.min(at), last.max(at)));
    }

    /// Records a scan, due or not.
    pub fn scanned(&mut self, now: Duration) {
        self.pending = None;
        self.open.clear();
        self.scanned = now;
    }

    /// Whether an event was recorded since the last scan.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// When to scan next.
    #[must_use]
    pub fn due(&self) -> Duration {
        let poll = self.scanned.saturating_add(self.timing.poll_interval);
        let Some((first, last)) = self.pending else {
            return poll;
        };
        let (quiet, max_delay) = if self.open.is_empty() {
            (self.timing.quiet, self.timing.max_delay)
        } else {
            (self.timing.quiet_while_open, self.timing.max_delay.saturating_mul(10))
        };
        last.saturating_add(quiet).min(first.saturating_add(max_delay))
    }
}
