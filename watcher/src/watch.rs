//! Watches rule sources and reports them whenever they change.
//!
//! adrc watches folders and not files, because editors save by renaming, Kubernetes swaps a
//! symbolic link, and folders are deleted and created again. An event only leads to a scan, and
//! only the scan decides whether anything changed, so lost, repeated and late events do no harm.
//! Without events, scans follow the poll interval.
//!
//! The watched folders are those of the files, those of every symbolic link on the way to them,
//! and, for a missing path, the nearest existing one. A folder that is replaced by another one of
//! the same name is watched again. [`Debounce`] computes when to scan, without a clock.
//!
//! A network drive may hang. The watch looks at the disk within a [`TimeLimit`], and reports
//! sources that cannot be read instead of hanging as well.

mod debounce;
mod events;
mod extra;
mod folders;
mod look;
mod request;
mod scan;
#[cfg(test)]
mod tests;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use adr_bundle::disk::{IO_TIME_LIMIT, TimeLimit, Unfinished};
use adr_language::Parsed;

use crate::sources::InputError;
pub use debounce::{Debounce, FileEvent, Timing};
use events::Events;
use extra::ExtraSource;
pub use extra::{ExtraText, Watched};
use look::{Found, Look, Looked};
use request::{Request, Requests, requests};
use scan::Scan;

/// Parsed rule sources, or why their paths cannot be used.
pub type Sources = Result<Box<Parsed>, InputError>;

/// What a watch reports.
#[derive(Debug)]
pub enum WatchEvent {
    /// The current sources. Reported at the start, after each change, and for each
    /// [`SourceWatch::read`].
    Sources {
        /// What was read.
        sources: Sources,
        /// Whether they differ from those reported before.
        is_changed: bool,
        /// How many [`SourceWatch::read`] this report answers, since the start.
        reads: u64,
    },
    /// The operating system sends no events for a folder, so that only polling finds changes in it.
    /// Reported once, for the first such folder.
    PollingOnly {
        /// The folder.
        folder: PathBuf,
        /// Why, a phrase.
        reason: String,
    },
    /// The thread of the watch, or the one that reads, panicked and was started again.
    Restarted,
}

/// Pause before the watch starts again after its first panic; it doubles with each further one.
const RESTART_PAUSE: Duration = Duration::from_millis(100);

/// Longest pause before the watch starts again.
const MAX_RESTART_PAUSE: Duration = Duration::from_secs(10);

/// A running watch on rule sources. Dropping it ends the watch.
#[derive(Debug)]
pub struct SourceWatch {
    requests: Requests,
    /// `None` after [`Self::stop`].
    thread: Option<JoinHandle<()>>,
}

impl SourceWatch {
    /// Starts a thread that watches these sources and calls `on_event`.
    ///
    /// The thread reports the sources once at the start, and then after each change. A report
    /// contains all sources as they were at one moment. Errors in the sources and missing files are
    /// reported like any other change. At the start, and wherever else no events tell whether a
    /// save is under way, a file that has just changed is scanned again after the quiet time.
    ///
    /// # Errors
    ///
    /// The operating system does not start the thread.
    pub fn start(
        watched: impl Into<Watched>,
        timing: Timing,
        on_event: impl FnMut(WatchEvent) + Send + 'static,
    ) -> io::Result<Self> {
        let disk = TimeLimit::new("read", IO_TIME_LIMIT);
        Self::start_with(watched.into(), timing, disk, on_event)
    }

    /// Starts as [`Self::start`] does, with another limit on the time that reading may take.
    fn start_with(
        watched: Watched,
        timing: Timing,
        disk: TimeLimit,
        on_event: impl FnMut(WatchEvent) + Send + 'static,
    ) -> io::Result<Self> {
        let (requests, receiver) = requests();
        let for_events = requests.clone();
        let watch = move || {
            let Watched { paths, extra } = watched;
            let watcher = Watcher {
                paths: paths.into(),
                extra: extra.map(|name| ExtraSource { name, text: None }),
                began: Instant::now(),
                timing,
                debounce: Debounce::new(timing),
                events: None,
                requests: for_events,
                disk,
                last: None,
                is_confirmed: false,
                is_forced: true,
                is_unreadable: false,
                reads: 0,
                on_event,
            };
            watcher.supervise(&receiver);
        };
        let thread = std::thread::Builder::new().name("watch".to_owned()).spawn(watch)?;
        Ok(Self { requests, thread: Some(thread) })
    }

    /// Requests a report of the current sources, changed or not.
    pub fn read(&self) {
        self.requests.send(Request::Read);
    }

    /// Gives the extra source a text, or says why it has none: the sources then have an error, as
    /// if a file could not be read. Without effect if [`Watched::extra`] is `None`.
    pub fn set_text(&self, text: ExtraText) {
        self.requests.send(Request::Text(text));
    }

    /// Ends the watch and waits for its thread. Dropping a watch does not wait.
    ///
    /// # Errors
    ///
    /// The thread panicked.
    pub fn stop(mut self) -> std::thread::Result<()> {
        self.requests.send(Request::Stop);
        self.thread.take().map_or(Ok(()), JoinHandle::join)
    }
}

impl Drop for SourceWatch {
    fn drop(&mut self) {
        self.requests.send(Request::Stop);
    }
}

/// The state of the watching thread.
struct Watcher<F> {
    paths: Arc<[String]>,
    /// The source that is not a file.
    extra: Option<ExtraSource>,
    /// The point in time from which [`Self::now`] counts.
    began: Instant,
    timing: Timing,
    debounce: Debounce,
    /// `None` before the first look, and after one that hung with them.
    events: Option<Events>,
    /// Receives the events.
    requests: Requests,
    /// Looks at the disk.
    disk: TimeLimit,
    /// The scan that was reported last.
    last: Option<Arc<Scan>>,
    /// Whether a later scan has read the same bytes. Until then, unchanged modification times do
    /// not prove that a file is unchanged: it may have been written while it was read.
    is_confirmed: bool,
    /// Whether the next stable scan is reported even if nothing changed: at the start, and after
    /// [`SourceWatch::read`].
    is_forced: bool,
    /// Whether it was reported that the sources cannot be read in time.
    is_unreadable: bool,
    /// How many [`SourceWatch::read`] arrived since the start.
    reads: u64,
    on_event: F,
}

impl<F: FnMut(WatchEvent)> Watcher<F> {
    /// Runs until the watch ends. After a panic, it starts again with a report of the sources.
    fn supervise(mut self, requests: &Receiver<Request>) {
        let mut pause = RESTART_PAUSE;
        while catch_unwind(AssertUnwindSafe(|| self.run(requests))).is_err() {
            std::thread::sleep(pause);
            pause = (pause * 2).min(MAX_RESTART_PAUSE);
            self.debounce = Debounce::new(self.timing);
            (self.events, self.last) = (None, None);
            (self.is_confirmed, self.is_forced) = (false, true);
            // a receiver that panics on this event as well is left alone
            let _ = catch_unwind(AssertUnwindSafe(|| (self.on_event)(WatchEvent::Restarted)));
        }
    }

    fn run(&mut self, requests: &Receiver<Request>) {
        self.scan();
        loop {
            let due = self.debounce.due();
            match requests.recv_timeout(due.saturating_sub(self.now())) {
                Ok(Request::Record(events)) => self.record(events),
                Ok(Request::Read) => {
                    self.reads += 1;
                    self.is_forced = true;
                    self.scan();
                }
                Ok(Request::Text(text)) => {
                    if let Some(extra) = &mut self.extra {
                        extra.text = Some(text);
                        // unchanged files prove nothing about the text
                        self.is_confirmed = false;
                        // a save may be under way, after which a scan follows anyway
                        if !self.debounce.is_pending() {
                            self.scan();
                        }
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Request::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
            // `recv_timeout` does not time out while events keep arriving
            if self.debounce.due() <= self.now() {
                self.scan();
            }
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn record(&mut self, events: Vec<(Instant, FileEvent)>) {
        for (at, event) in events {
            self.debounce.record(event, at.saturating_duration_since(self.began));
        }
    }

    fn scan(&mut self) {
        let by_events = self.debounce.is_pending();
        let by_poll = !by_events && !self.is_forced;
        self.debounce.scanned(self.now());
        if self.extra.as_ref().is_some_and(|extra| extra.text.is_none()) {
            return;
        }
        let look = Look {
            paths: Arc::clone(&self.paths),
            extra: self.extra.clone(),
            events: self
                .events
                .take()
                .unwrap_or_else(|| Events::new(self.timing, self.requests.clone())),
            unless_changed: self.last.clone().filter(|_| by_poll && self.is_confirmed),
        };
        match self.disk.run(|_| look.take()) {
            Ok(Looked { events, unwatched, found }) => {
                self.events = Some(events);
                if let Some((folder, reason)) = unwatched {
                    (self.on_event)(WatchEvent::PollingOnly { folder, reason });
                }
                if let Some(found) = found {
                    self.found(found, by_events, by_poll);
                }
            }
            Err(error) => self.unreadable(&error),
        }
    }

    /// Reports sources that cannot be read in time: once, and for each request.
    fn unreadable(&mut self, error: &Unfinished) {
        (self.last, self.is_confirmed) = (None, false);
        if matches!(error, Unfinished::Panicked(_)) {
            (self.on_event)(WatchEvent::Restarted);
        }
        if self.is_forced || !self.is_unreadable {
            (self.is_forced, self.is_unreadable) = (false, true);
            let sources = Err(InputError::unfinished(&self.paths, error));
            (self.on_event)(WatchEvent::Sources { sources, is_changed: true, reads: self.reads });
        }
    }

    /// Reports what a scan found, if it differs from what was reported before.
    fn found(&mut self, found: Found, by_events: bool, by_poll: bool) {
        let Found { scan, sources, has_new_folders } = found;
        if has_new_folders || !scan.is_stable() {
            // files may have changed before their folder was watched, or while they were read
            self.debounce.record(FileEvent::Changed(None), self.now());
        }
        if !scan.is_stable() {
            return;
        }
        let is_same = self.last.as_ref().is_some_and(|last| last.is_same(&scan));
        self.is_confirmed = is_same && by_poll;
        let is_fresh = || scan.has_changed_within(self.timing.quiet, SystemTime::now());
        if !by_events && (self.is_forced || !is_same) && is_fresh() {
            // a save may be under way, whose beginning caused no event
            self.debounce.record(FileEvent::Changed(None), self.now());
            return;
        }
        if self.is_forced || !is_same {
            (self.is_forced, self.is_unreadable) = (false, false);
            let is_changed = !is_same;
            (self.on_event)(WatchEvent::Sources { sources, is_changed, reads: self.reads });
        }
        self.last = Some(Arc::new(scan));
    }
}
