//! Watching rule sources: whoever saves a file sees it published a moment later.
//!
//! Folders are watched and not files, because editors save by renaming, Kubernetes swaps a symbolic
//! link, and a folder is deleted and comes back. An event means nothing but "look now": what counts
//! is what a look finds, so events that are lost, doubled or late do no harm. A slow poll is the
//! floor where there are no events at all.
//!
//! The folders are those of the files, those of every symbolic link on the way to them, and the
//! nearest one that exists for what is missing; one that has become another of the same name is
//! watched anew. When to look is a function of what happened when, without a clock: [`Debounce`].

mod debounce;
mod events;
mod folders;
mod sources;

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime};

use adr_language::Parsed;

use crate::sources::InputError;
pub use debounce::{Debounce, Happened, Timing};
use events::Events;
use sources::Look;

/// How soon something that could not be done is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// What a watch is asked for.
#[derive(Debug)]
pub enum Request {
    /// Something happened to files, at these times.
    Happened(Vec<(Instant, Happened)>),
    /// Give the sources as they are now, changed or not.
    Reload,
    /// Tell [`Noticed::Reminded`].
    Remind,
    /// Come to an end.
    Stop,
}

/// Sends requests to a watch; may be cloned. The watch comes to an end when the last one is gone.
#[derive(Clone, Debug)]
pub struct Requests(Sender<Request>);

impl Requests {
    /// Asks for the sources as they are now, changed or not.
    pub fn reload(&self) {
        let _ = self.0.send(Request::Reload);
    }

    /// Reminds whoever is told what is noticed, between two looks.
    pub fn remind(&self) {
        let _ = self.0.send(Request::Remind);
    }

    /// Ends the watch after what it is doing now.
    pub fn stop(&self) {
        let _ = self.0.send(Request::Stop);
    }

    fn happened(&self, what: Vec<(Instant, Happened)>) {
        let _ = self.0.send(Request::Happened(what));
    }
}

/// A channel of requests for one watch.
#[must_use]
pub fn requests() -> (Requests, Receiver<Request>) {
    let (sender, receiver) = channel();
    (Requests(sender), receiver)
}

/// What a watch tells.
#[derive(Debug)]
pub enum Noticed {
    /// The sources as they are now: the first time, whenever they have changed, and when they were
    /// asked for.
    Sources {
        /// What was read, or why nothing could be.
        parsed: Result<Box<Parsed>, InputError>,
        /// How many reloads had been asked for when it was read.
        reloads: u64,
    },
    /// The operating system tells nothing about some folder, so that changes there are seen by the
    /// slow poll only; why, a phrase. Told once.
    PollingOnly {
        /// The folder.
        folder: PathBuf,
        /// A phrase.
        reason: String,
    },
    /// Somebody asked to be reminded.
    Reminded,
}

/// What came of something that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done with.
    Done,
    /// It could not be done now; tell it again in a moment.
    TellAgain,
}

/// Watches the sources that `paths` name until it is asked to stop. Tells them once at the
/// beginning, then whenever they change.
///
/// What is told was read as a whole while nothing was changing, and is told once: a book with
/// mistakes, or a path that is gone, is told like any other change and not repeated. Where no event
/// said that nobody is in the middle of a save, as at the beginning, a file that has just changed
/// is looked at again after the quiet time.
pub fn watch(
    paths: &[String],
    timing: Timing,
    (requests, receiver): (&Requests, &Receiver<Request>),
    noticed: impl FnMut(Noticed) -> Answer,
) {
    let mut watching = Watching {
        paths,
        began: Instant::now(),
        quiet: timing.quiet,
        debounce: Debounce::new(timing),
        events: Events::new(timing, requests.clone()),
        last: None,
        is_confirmed: false,
        is_owed: false,
        reloads: 0,
        noticed,
    };
    watching.look(Asked::ByForce);
    loop {
        let due = watching.debounce.due();
        match receiver.recv_timeout(due.saturating_sub(watching.now())) {
            Ok(Request::Happened(what)) => watching.happened(what),
            Ok(Request::Reload) => {
                watching.reloads += 1;
                watching.look(Asked::ByForce);
            }
            Ok(Request::Remind) => drop((watching.noticed)(Noticed::Reminded)),
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Request::Stop) | Err(RecvTimeoutError::Disconnected) => return,
        }
        // an endless stream of events keeps nobody from looking
        if watching.debounce.due() <= watching.now() {
            watching.look(Asked::ByTime);
        }
    }
}

/// Why somebody looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Events, or the floor.
    ByTime,
    /// The beginning, or a reload: what is found is told whether it is new or not.
    ByForce,
}

struct Watching<'w, F> {
    paths: &'w [String],
    began: Instant,
    quiet: Duration,
    debounce: Debounce,
    events: Events,
    /// The look that was told last.
    last: Option<Look>,
    /// Whether the same bytes were found again some time later: what is written while a file is
    /// read may leave its times as they were.
    is_confirmed: bool,
    /// Somebody asked, and what was found was not stable.
    is_owed: bool,
    reloads: u64,
    noticed: F,
}

impl<F: FnMut(Noticed) -> Answer> Watching<'_, F> {
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn happened(&mut self, what: Vec<(Instant, Happened)>) {
        for (at, what) in what {
            let at = at.saturating_duration_since(self.began);
            self.debounce.happened(what, at);
        }
    }

    fn look(&mut self, asked: Asked) {
        self.is_owed |= asked == Asked::ByForce;
        let by_events = self.debounce.is_pending();
        let by_floor = !by_events && !self.is_owed;
        self.debounce.looked(self.now());
        let last = self.last.as_ref().filter(|_| by_floor && self.is_confirmed);
        if let Some(last) = last.filter(|last| last.seems_current(self.paths)) {
            // the folders may be other ones by now, with the same files
            let folders = last.folders(self.paths);
            self.follow(folders);
            return;
        }
        let (look, parsed) = Look::take(self.paths);
        let found_new_folders = self.follow(look.folders(self.paths));
        if found_new_folders || !look.is_stable() {
            // something may have happened before anybody watched, or while files were read
            self.debounce.happened(Happened::Changed(None), self.now());
        }
        if look.is_stable() {
            let is_same = self.last.as_ref().is_some_and(|last| last.is_same(&look));
            self.is_confirmed = is_same && by_floor;
            let is_fresh = || look.has_changed_within(self.quiet, SystemTime::now());
            if !by_events && (self.is_owed || !is_same) && is_fresh() {
                // somebody may be in the middle of a save, and no event will tell when he began
                self.debounce.happened(Happened::Changed(None), self.now());
            } else if self.is_owed || !is_same {
                self.tell(look, parsed);
            } else {
                self.last = Some(look);
            }
        }
    }

    fn tell(&mut self, look: Look, parsed: Result<Box<Parsed>, InputError>) {
        self.is_owed = false;
        let reloads = self.reloads;
        match (self.noticed)(Noticed::Sources { parsed, reloads }) {
            Answer::Done => self.last = Some(look),
            Answer::TellAgain => {
                self.last = None;
                self.debounce.again_at(self.now() + AGAIN);
            }
        }
    }

    /// Watches these folders and no others; true when some were not watched before.
    fn follow(&mut self, folders: folders::Folders) -> bool {
        let followed = self.events.follow(folders);
        if let Some((folder, reason)) = followed.refused {
            let _ = (self.noticed)(Noticed::PollingOnly { folder, reason });
        }
        followed.found_new
    }
}
