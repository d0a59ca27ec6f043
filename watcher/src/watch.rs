//! Watching rule sources: what is saved is read a moment later.
//!
//! adrc watches folders and not files, because editors save by renaming, Kubernetes swaps a
//! symbolic link, and a folder is deleted and comes back. An event means only "scan now": what
//! counts is what the scan finds, so lost, repeated or late events do no harm. Where the system
//! sends no events, the poll interval alone decides.
//!
//! The folders are those of the files, those of every symbolic link on the way to them, and the
//! nearest existing one for a path that is missing. A folder that was replaced by another one of
//! the same name is watched anew. When to scan is computed without a clock: [`Debounce`].

mod debounce;
mod events;
mod folders;
mod request;
mod scan;

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use adr_language::Parsed;

use crate::sources::InputError;
pub use debounce::{Debounce, FileEvent, Timing};
use events::Events;
use request::{Request, Requests, requests};
use scan::Scan;

/// Rule sources as they were read, or why they could not be.
pub type Sources = Result<Box<Parsed>, InputError>;

/// What a watch reports.
#[derive(Debug)]
pub enum WatchEvent {
    /// The sources as they are now: at the start, whenever they have changed, and on request.
    Sources {
        /// What was read.
        sources: Sources,
        /// How many calls of [`SourceWatch::read`] had arrived by then.
        reads: u64,
    },
    /// The operating system sends no events for a folder, so that only the poll finds changes
    /// there. Reported once.
    PollingOnly {
        /// The folder.
        folder: PathBuf,
        /// Why, a phrase.
        reason: String,
    },
}

/// A running watch on rule sources; it ends when this is dropped.
#[derive(Debug)]
pub struct SourceWatch {
    requests: Requests,
    thread: Option<JoinHandle<()>>,
}

impl SourceWatch {
    /// Watches the sources that `paths` name in a thread of its own, which calls `on_event`.
    ///
    /// The sources are reported once at the start, then whenever they change. They are read as a
    /// whole while nothing changes. A plan with errors, or a path that is gone, is reported once,
    /// like any other change. Where no event says that nobody is in the middle of a save, as at the
    /// start, a file that has just changed is scanned again after the quiet time.
    ///
    /// # Errors
    ///
    /// The system starts no thread.
    pub fn start(
        paths: Vec<String>,
        timing: Timing,
        on_event: impl FnMut(WatchEvent) + Send + 'static,
    ) -> io::Result<Self> {
        let (requests, receiver) = requests();
        let for_events = requests.clone();
        let watch = move || {
            let mut watching = Watching {
                paths: &paths,
                began: Instant::now(),
                quiet: timing.quiet,
                debounce: Debounce::new(timing),
                events: Events::new(timing, for_events),
                last: None,
                is_confirmed: false,
                is_forced: true,
                reads: 0,
                on_event,
            };
            watching.run(&receiver);
        };
        let thread = std::thread::Builder::new().name("watch".to_owned()).spawn(watch)?;
        Ok(Self { requests, thread: Some(thread) })
    }

    /// Requests the sources as they are now, changed or not.
    pub fn read(&self) {
        self.requests.send(Request::Read);
    }

    /// Ends the watch and waits for its thread. Dropping it does not wait.
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

struct Watching<'w, F> {
    paths: &'w [String],
    began: Instant,
    quiet: Duration,
    debounce: Debounce,
    events: Events,
    /// The scan that was reported last.
    last: Option<Scan>,
    /// Whether a later scan found the same bytes again: what is written while a file is read may
    /// leave its times unchanged.
    is_confirmed: bool,
    /// Whether the next stable scan is reported even if it finds nothing new: at the start, and
    /// after [`SourceWatch::read`].
    is_forced: bool,
    /// Calls of [`SourceWatch::read`] so far.
    reads: u64,
    on_event: F,
}

impl<F: FnMut(WatchEvent)> Watching<'_, F> {
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
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Request::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
            // an endless stream of events does not put off the scan
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
        let last = self.last.as_ref().filter(|_| by_poll && self.is_confirmed);
        if let Some(last) = last.filter(|last| last.seems_current(self.paths)) {
            // the same files may lie in other folders by now
            let folders = last.folders(self.paths);
            self.follow(folders);
            return;
        }
        let (scan, sources) = Scan::take(self.paths);
        let found_new_folders = self.follow(scan.folders(self.paths));
        if found_new_folders || !scan.is_stable() {
            // files may have changed before their folder was watched, or while they were read
            self.debounce.record(FileEvent::Changed(None), self.now());
        }
        if !scan.is_stable() {
            return;
        }
        let is_same = self.last.as_ref().is_some_and(|last| last.is_same(&scan));
        self.is_confirmed = is_same && by_poll;
        let is_fresh = || scan.has_changed_within(self.quiet, SystemTime::now());
        if !by_events && (self.is_forced || !is_same) && is_fresh() {
            // a save may be under way, and no event tells when it began
            self.debounce.record(FileEvent::Changed(None), self.now());
            return;
        }
        if self.is_forced || !is_same {
            self.is_forced = false;
            (self.on_event)(WatchEvent::Sources { sources, reads: self.reads });
        }
        self.last = Some(scan);
    }

    /// Watches these folders and no others; true when some were not watched before.
    fn follow(&mut self, folders: folders::Folders) -> bool {
        let followed = self.events.follow(folders);
        if let Some((folder, reason)) = followed.refused {
            (self.on_event)(WatchEvent::PollingOnly { folder, reason });
        }
        followed.found_new
    }
}
