//! Decides what to do next while a dial plan is kept published: no clock, no disk, no thread.
//!
//! `adrc watch` and `adrc serve` feed it what happens and carry out its actions. At most one job
//! runs at a time; what arrives meanwhile waits, and only the newest sources are kept.

use std::collections::VecDeque;
use std::time::Duration;

/// How soon a job that failed is run again, unless something changes before.
pub const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Names a reload whose requester waits for the result.
pub type RequestId = u64;

/// Where generations come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Rule sources that a watch reads.
    WatchedSources,
    /// Rule sources that are read when a reload is requested.
    Sources,
    /// A folder that another process publishes into.
    PublishedFolder,
}

/// Why a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The process starts.
    Start,
    /// The process received SIGHUP.
    Signal,
    /// An operator sent `POST /-/reload` to the admin port.
    Admin,
    /// Rule sources changed.
    Files,
    /// Another process published into the folder.
    Folder,
    /// An earlier job failed.
    Retry,
    /// A signature may have to be renewed.
    Renewal,
}

/// What happened.
#[derive(Debug)]
pub enum Input<S> {
    /// The process starts. Comes first.
    Start,
    /// The watch read the sources as a whole.
    Snapshot {
        /// What it read.
        sources: S,
        /// How many [`Action::Read`] it had received by then.
        reads: u64,
    },
    /// Somebody requests a reload: [`Cause::Signal`] or [`Cause::Admin`].
    Reload {
        /// Who.
        cause: Cause,
        /// Whom to answer; `None` where nobody waits.
        request: Option<RequestId>,
    },
    /// The published folder has another generation than before.
    FolderChanged,
    /// Time has passed; see [`Supervisor::due`].
    Tick,
    /// The running job came to its end.
    Finished(Outcome),
    /// The process is to end.
    Shutdown,
}

/// What a job came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was for.
    Done,
    /// The rules have errors; why, a phrase. Only other sources can help.
    Rejected(String),
    /// It failed; why, a phrase. The next attempt may succeed.
    Failed(String),
}

/// What a failed job was about. Alerts about one scope do not replace those about the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertScope {
    /// Rules that are compiled here.
    Rules,
    /// The published folder.
    Folder,
}

/// Work that takes time and runs beside the supervisor.
#[derive(Debug, PartialEq, Eq)]
pub enum Job<S> {
    /// Check the rules and publish them.
    Publish {
        /// What the watch read; `None` to read the sources now.
        sources: Option<S>,
        /// Whether the same sources were checked before, so that their warnings are known.
        is_retry: bool,
    },
    /// Load the generation that is current in the published folder.
    LoadFolder,
    /// Sign the current generation again if its signature is due.
    Renew,
}

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Action<S> {
    /// Ask the watch for the sources as they are now.
    Read,
    /// Run a job for this cause, and report its end as [`Input::Finished`].
    Run(Job<S>, Cause),
    /// A job came to its end: log it, and answer who waits.
    Completed {
        /// Why it ran.
        cause: Cause,
        /// Who waits for the result.
        requests: Vec<RequestId>,
        /// Why it did not succeed.
        result: Result<(), String>,
        /// Whether the same failure was reported before, so that it is not logged again.
        is_repeat: bool,
    },
    /// Show an alert from now on; `None` removes it.
    Alert(AlertScope, Option<String>),
    /// Nothing runs any more: end the process.
    Stop,
}

/// What the last job led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No job has come to its end yet.
    Idle,
    /// The newest rules are published, or the newest generation is loaded.
    Published,
    /// The newest rules have errors; the generation before stays.
    Rejected,
    /// A job failed and runs again at [`Supervisor::due`]; the generation before stays.
    WaitingToRetry,
}

/// Keeps a dial plan published.
///
/// ```
/// use std::time::Duration;
/// use adr_watcher::supervisor::{Action, Cause, Input, Job, Origin, Outcome, State, Supervisor};
///
/// let now = Duration::ZERO;
/// let mut supervisor = Supervisor::new(Origin::WatchedSources, None);
/// assert_eq!(supervisor.handle(Input::Start, now), []);
/// let read = Input::Snapshot { sources: "rules", reads: 0 };
/// let job = Job::Publish { sources: Some("rules"), is_retry: false };
/// assert_eq!(supervisor.handle(read, now), [Action::Run(job, Cause::Start)]);
/// supervisor.handle(Input::Finished(Outcome::Done), now);
/// assert_eq!(supervisor.state(), State::Published);
/// ```
#[derive(Debug)]
pub struct Supervisor<S> {
    origin: Origin,
    renew_every: Option<Duration>,
    next_renewal: Option<Duration>,
    /// When to retry what failed, by scope.
    retries: [Option<Duration>; 2],
    alerts: [Option<String>; 2],
    /// Why the last renewal failed.
    renewal_failure: Option<String>,
    /// Reads that the watch was asked for.
    reads: u64,
    /// Reloads that wait for a read, oldest first.
    pending: VecDeque<Pending>,
    publish: Option<Publish<S>>,
    load_folder: Option<Ticket>,
    renew: bool,
    running: Option<Running>,
    is_started: bool,
    is_stopping: bool,
    state: State,
}

/// A reload that waits for a read of the sources.
#[derive(Debug)]
struct Pending {
    /// The number of the read.
    read: u64,
    cause: Cause,
    request: Option<RequestId>,
}

/// Why a job waits, and who waits for it.
#[derive(Debug)]
struct Ticket {
    cause: Cause,
    requests: Vec<RequestId>,
}

/// Sources that wait to be published.
#[derive(Debug)]
struct Publish<S> {
    sources: Option<S>,
    ticket: Ticket,
}

#[derive(Debug)]
struct Running {
    /// `None` for a renewal.
    scope: Option<AlertScope>,
    ticket: Ticket,
}

impl<S> Supervisor<S> {
    /// Nothing has happened yet. Signatures are looked at every `renew_every`, from the start on.
    #[must_use]
    pub fn new(origin: Origin, renew_every: Option<Duration>) -> Self {
        Self {
            origin,
            renew_every,
            next_renewal: None,
            retries: [None; 2],
            alerts: [None, None],
            renewal_failure: None,
            reads: 0,
            pending: VecDeque::new(),
            publish: None,
            load_folder: None,
            renew: false,
            running: None,
            is_started: false,
            is_stopping: false,
            state: State::Idle,
        }
    }

    /// What the last job led to.
    #[must_use]
    pub fn state(&self) -> State {
        match self.retries {
            [None, None] => self.state,
            _ => State::WaitingToRetry,
        }
    }

    /// When the next [`Input::Tick`] is due, on the clock of `now`; `None` for never.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        if self.is_stopping || self.running.is_some() {
            return None;
        }
        self.retries.into_iter().chain([self.next_renewal]).flatten().min()
    }

    /// Takes in what happened at a time, and says what to do, in order.
    pub fn handle(&mut self, input: Input<S>, now: Duration) -> Vec<Action<S>> {
        let mut actions = Vec::new();
        match input {
            Input::Start => self.start(now),
            Input::Snapshot { sources, reads } => self.snapshot(sources, reads),
            Input::Reload { cause, request } => actions.extend(self.reload(cause, request)),
            Input::FolderChanged => self.queue_folder(Cause::Folder, None),
            Input::Tick => actions.extend(self.tick(now)),
            Input::Finished(outcome) => self.finished(outcome, now, &mut actions),
            Input::Shutdown => self.is_stopping = true,
        }
        actions.extend(self.next());
        actions
    }

    fn start(&mut self, now: Duration) {
        self.next_renewal = self.renew_every.map(|_| now);
        match self.origin {
            Origin::WatchedSources => {}
            Origin::Sources => self.queue_publish(None, Cause::Start, None),
            Origin::PublishedFolder => self.queue_folder(Cause::Start, None),
        }
    }

    fn snapshot(&mut self, sources: S, reads: u64) {
        let answered = self.pending.partition_point(|pending| pending.read <= reads);
        let answered: Vec<_> = self.pending.drain(..answered).collect();
        let unasked = if self.is_started { Cause::Files } else { Cause::Start };
        let cause = answered.first().map_or(unasked, |pending| pending.cause);
        let requests = answered.into_iter().filter_map(|pending| pending.request);
        self.queue_publish(Some(sources), cause, requests);
    }

    /// A watch reads before anything is published, so that a save is never read in the middle, and
    /// nothing old is published after something newer.
    fn reload(&mut self, cause: Cause, request: Option<RequestId>) -> Option<Action<S>> {
        match self.origin {
            Origin::WatchedSources => {
                self.reads += 1;
                self.pending.push_back(Pending { read: self.reads, cause, request });
                Some(Action::Read)
            }
            Origin::Sources => {
                self.queue_publish(None, cause, request);
                None
            }
            Origin::PublishedFolder => {
                self.queue_folder(cause, request);
                None
            }
        }
    }

    fn tick(&mut self, now: Duration) -> Option<Action<S>> {
        let is_due = |at: Option<Duration>| at.is_some_and(|at| at <= now);
        if is_due(self.next_renewal) {
            self.next_renewal = self.renew_every.map(|time| now + time);
            self.renew = true;
        }
        if is_due(self.retries[AlertScope::Folder as usize]) {
            self.retries[AlertScope::Folder as usize] = None;
            self.queue_folder(Cause::Retry, None);
        }
        if is_due(self.retries[AlertScope::Rules as usize]) {
            self.retries[AlertScope::Rules as usize] = None;
            return self.reload(Cause::Retry, None);
        }
        None
    }

    fn queue_publish(
        &mut self,
        sources: Option<S>,
        cause: Cause,
        requests: impl IntoIterator<Item = RequestId>,
    ) {
        let earlier = self.publish.take().map(|earlier| earlier.ticket);
        let ticket = Ticket::joined(earlier, cause, requests);
        self.publish = Some(Publish { sources, ticket });
    }

    fn queue_folder(&mut self, cause: Cause, requests: impl IntoIterator<Item = RequestId>) {
        let earlier = self.load_folder.take();
        self.load_folder = Some(Ticket::joined(earlier, cause, requests));
    }

    /// The next job, if nothing runs.
    fn next(&mut self) -> Option<Action<S>> {
        if self.running.is_some() {
            return None;
        }
        if self.is_stopping {
            return Some(Action::Stop);
        }
        let (job, scope, ticket) = if let Some(publish) = self.publish.take() {
            let is_retry = publish.ticket.cause == Cause::Retry;
            let job = Job::Publish { sources: publish.sources, is_retry };
            (job, Some(AlertScope::Rules), publish.ticket)
        } else if let Some(ticket) = self.load_folder.take() {
            (Job::LoadFolder, Some(AlertScope::Folder), ticket)
        } else if self.renew && self.is_started {
            self.renew = false;
            (Job::Renew, None, Ticket::joined(None, Cause::Renewal, None))
        } else {
            return None;
        };
        self.is_started = true;
        let cause = ticket.cause;
        self.running = Some(Running { scope, ticket });
        Some(Action::Run(job, cause))
    }

    fn finished(&mut self, outcome: Outcome, now: Duration, actions: &mut Vec<Action<S>>) {
        let Some(Running { scope, ticket: Ticket { cause, requests } }) = self.running.take()
        else {
            return;
        };
        let result = match &outcome {
            Outcome::Done => Ok(()),
            Outcome::Rejected(reason) | Outcome::Failed(reason) => Err(reason.clone()),
        };
        let known = match scope {
            Some(scope) => &mut self.alerts[scope as usize],
            None => &mut self.renewal_failure,
        };
        let repeats = matches!(cause, Cause::Retry | Cause::Folder | Cause::Renewal);
        let is_repeat = repeats && result.is_err() && known.as_ref() == result.as_ref().err();
        *known = result.as_ref().err().cloned();
        actions.push(Action::Completed { cause, requests, result: result.clone(), is_repeat });
        if let Some(scope) = scope {
            self.settle(scope, &outcome, now);
            actions.push(Action::Alert(scope, result.err()));
            if scope == AlertScope::Rules && outcome == Outcome::Done {
                // what is published here is what lies in the folder
                self.alerts[AlertScope::Folder as usize] = None;
                self.retries[AlertScope::Folder as usize] = None;
                actions.push(Action::Alert(AlertScope::Folder, None));
            }
        }
    }

    fn settle(&mut self, scope: AlertScope, outcome: &Outcome, now: Duration) {
        let is_failed = matches!(outcome, Outcome::Failed(_));
        self.retries[scope as usize] = is_failed.then_some(now + RETRY_AFTER);
        self.state = match outcome {
            Outcome::Rejected(_) => State::Rejected,
            // another process published: that says nothing about the rules
            Outcome::Done if self.alerts[AlertScope::Rules as usize].is_some() => self.state,
            Outcome::Done => State::Published,
            Outcome::Failed(_) => self.state,
        };
    }
}

impl Ticket {
    /// A ticket that also answers those of an earlier one that has not run.
    fn joined(
        earlier: Option<Self>,
        cause: Cause,
        requests: impl IntoIterator<Item = RequestId>,
    ) -> Self {
        let mut joined = earlier.unwrap_or(Self { cause, requests: Vec::new() });
        // what changed counts more than that an attempt is due
        if joined.cause == Cause::Retry {
            joined.cause = cause;
        }
        joined.requests.extend(requests);
        joined
    }
}
