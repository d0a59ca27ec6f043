//! When to look, as a function of what happened when. No clock: time is an argument.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// How long to wait before a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Time without an event before a look; 200 ms by default.
    pub quiet: Duration,
    /// The same while somebody holds a file open that he has written to; 2 s by default.
    pub open: Duration,
    /// Time from the first event to a look however many follow, 1 s by default; ten times that
    /// while a file is open.
    pub longest: Duration,
    /// Time between looks when nothing happens; 5 s by default.
    pub floor: Duration,
    /// Whether the operating system is asked for events; without them there is the floor alone.
    /// True by default.
    pub events: bool,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            quiet: Duration::from_millis(200),
            open: Duration::from_secs(2),
            longest: Duration::from_secs(1),
            floor: Duration::from_secs(5),
            events: true,
        }
    }
}

impl Timing {
    /// The default with another quiet time; the others are never shorter.
    #[must_use]
    pub fn with_quiet(quiet: Duration) -> Self {
        let default = Self::default();
        Self {
            quiet,
            open: default.open.max(quiet),
            longest: default.longest.max(quiet),
            floor: default.floor.max(quiet),
            events: true,
        }
    }
}

/// What happened to files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// A file was written to, and may be written to further; `None` for anything else that is worth
    /// a look.
    Changed(Option<PathBuf>),
    /// Whoever wrote to a file has closed it, or it was put in place or removed as a whole.
    Closed(PathBuf),
    /// Events were lost: nobody knows what happened.
    Lost,
}

/// Decides when to look.
#[derive(Clone, Debug)]
pub struct Debounce {
    timing: Timing,
    /// When the oldest and the newest event happened that nobody looked at.
    pending: Option<(Duration, Duration)>,
    /// Files that were written to and not closed.
    open: BTreeSet<PathBuf>,
    looked: Duration,
    again: Option<Duration>,
}

/// Most files that are remembered as open: beyond it they count as closed.
const OPEN_FILES: usize = 1000;

impl Debounce {
    /// Nothing has happened, and somebody looked at time 0.
    #[must_use]
    pub fn new(timing: Timing) -> Self {
        Self { timing, pending: None, open: BTreeSet::new(), looked: Duration::ZERO, again: None }
    }

    /// Something happened at a time. Times may come out of order.
    pub fn happened(&mut self, what: Happened, at: Duration) {
        match what {
            Happened::Changed(Some(path)) if self.open.len() < OPEN_FILES => {
                self.open.insert(path);
            }
            Happened::Changed(_) => {}
            Happened::Closed(path) => {
                self.open.remove(&path);
            }
            Happened::Lost => self.open.clear(),
        }
        let (first, last) = self.pending.unwrap_or((at, at));
        self.pending = Some((first.min(at), last.max(at)));
    }

    /// Somebody looks now, whatever was due.
    pub fn looked(&mut self, now: Duration) {
        self.pending = None;
        self.open.clear();
        self.again = None;
        self.looked = now;
    }

    /// Somebody wants to look again at a time, if nothing happens before.
    pub fn again_at(&mut self, at: Duration) {
        self.again = Some(at);
    }

    /// Whether something happened since somebody looked.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.pending.is_some() || self.again.is_some()
    }

    /// When to look next.
    #[must_use]
    pub fn due(&self) -> Duration {
        let floor = self.looked.saturating_add(self.timing.floor);
        let floor = self.again.map_or(floor, |again| again.min(floor));
        let Some((first, last)) = self.pending else {
            return floor;
        };
        let (wait, longest) = if self.open.is_empty() {
            (self.timing.quiet, self.timing.longest)
        } else {
            (self.timing.open, self.timing.longest.saturating_mul(10))
        };
        last.saturating_add(wait).min(first.saturating_add(longest))
    }
}
