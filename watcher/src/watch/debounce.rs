//! When to scan the sources, computed from events and their times. No clock: time is an argument.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// How long to wait before a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Time without an event before a scan; 200 ms by default.
    pub quiet: Duration,
    /// The same while a file that was written to is still open; 2 s by default.
    pub quiet_while_open: Duration,
    /// Most time from the first event to a scan, however many events follow; 1 s by default, and ten
    /// times that while a file is open.
    pub max_delay: Duration,
    /// Time between scans when no event comes; 5 s by default.
    pub poll_interval: Duration,
    /// Whether the operating system is asked for events; without them, only the poll interval leads
    /// to scans. True by default.
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
    /// The default with another quiet time; the other times are never shorter than it.
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
    /// This file was written to, and more may follow; `None` for any other change that calls for a
    /// scan.
    Changed(Option<PathBuf>),
    /// This file was closed after writing, or was put in place or removed as a whole.
    Closed(PathBuf),
    /// The system lost events: any file may have changed.
    Lost,
}

/// Decides when to scan.
#[derive(Clone, Debug)]
pub struct Debounce {
    timing: Timing,
    /// Times of the oldest and the newest event since the last scan.
    pending: Option<(Duration, Duration)>,
    /// Files that were written to and are not closed; at most [`OPEN_FILES`].
    open: BTreeSet<PathBuf>,
    /// Time of the last scan.
    scanned: Duration,
}

/// Most files that are remembered as open; further ones count as closed.
const OPEN_FILES: usize = 1000;

impl Debounce {
    /// Without events so far, and with the last scan at time 0.
    #[must_use]
    pub fn new(timing: Timing) -> Self {
        Self { timing, pending: None, open: BTreeSet::new(), scanned: Duration::ZERO }
    }

    /// Records an event and its time. Times may come out of order.
    pub fn record(&mut self, event: FileEvent, at: Duration) {
        match event {
            FileEvent::Changed(Some(path)) if self.open.len() < OPEN_FILES => {
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

    /// Whether an event came since the last scan.
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
