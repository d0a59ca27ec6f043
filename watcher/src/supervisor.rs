//! Decides when to read, publish, load and retry, without a clock, a disk or a thread.
//!
//! `adrc watch` and `adrc serve` pass events to a [`Supervisor`] and carry out the actions that it
//! returns. At most one job runs at a time. Events that arrive meanwhile wait, and newer sources
//! replace older ones that wait.
//!
//! ```text
//!                 Input::Snapshot                   Action::Run(job)
//! SourceWatch ────────────────────▶ Supervisor ─────────────────────▶ job: check and publish
//!             ◀────────────────────            ◀─────────────────────
//!                 Action::Read                      Input::Finished
//! ```

use std::collections::VecDeque;
use std::time::Duration;

mod action;
mod input;

pub use action::{Action, AlertScope, Job};
pub use input::{Cause, Input, JobError, Outcome, RequestId};

/// Time from a failed job to its retry. A change of the sources or of the folder, or a requested
/// reload, runs a job earlier.
pub const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Where generations come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Rule sources that a watch reads.
    WatchedSources,
    /// Rule sources that are read at the start and for each requested reload.
    Sources,
    /// A folder into which another process publishes.
    PublishedFolder,
}

/// The result of the last jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No job has ended yet.
    Idle,
    /// The newest rules are published, or the newest generation is loaded.
    Published,
    /// The newest rules have errors. The previous generation stays current.
    Rejected,
    /// A job failed and is retried at [`Supervisor::due`]. The previous generation stays current.
    WaitingToRetry,
}

/// Keeps the published generation in step with the rules.
///
/// `S` is what the watch reads. Times are durations since any fixed point, such as the start of the
/// process.
///
/// ```
/// use std::time::Duration;
/// use adr_watcher::supervisor::{Action, Cause, Input, Job, Origin, Outcome, State, Supervisor};
///
/// let now = Duration::ZERO;
/// let mut supervisor = Supervisor::new(Origin::WatchedSources, None);
/// assert_eq!(supervisor.handle(Input::Start, now), []);
/// let read = Input::Snapshot { sources: "rules", is_changed: true, reads: 0 };
/// let job = Job::Publish { sources: Some("rules"), is_retry: false };
/// assert_eq!(supervisor.handle(read, now), [Action::Run(job, Cause::Start)]);
/// supervisor.handle(Input::Finished(Outcome::Done), now);
/// assert_eq!(supervisor.state(), State::Published);
/// ```
#[derive(Debug)]
pub struct Supervisor<S> {
    origin: Origin,
    /// Time between two renewal jobs; `None` if signatures are never renewed.
    renew_every: Option<Duration>,
    /// When the next renewal job is due; `None` before the start.
    next_renewal: Option<Duration>,
    /// When a failed job is due again, by [`AlertScope`].
    retries: [Option<Duration>; 2],
    /// The failure that was reported last, by [`AlertScope`]; `None` after a success.
    alerts: [Option<JobError>; 2],
    /// Why the last renewal failed; `None` after a success.
    renewal_failure: Option<JobError>,
    /// How many reads were requested from the watch.
    reads: u64,
    /// Reloads that wait for a read, oldest first.
    pending: VecDeque<PendingReload>,
    /// Sources that wait for the running job.
    queued_publish: Option<QueuedPublish<S>>,
    /// A load of the folder that waits for the running job.
    queued_load: Option<Trigger>,
    /// Whether a renewal waits for the running job.
    is_renewal_queued: bool,
    running: Option<Running>,
    /// Whether a job was run.
    is_started: bool,
    is_stopping: bool,
    state: State,
}

/// A reload that waits for a read of the sources.
#[derive(Debug)]
struct PendingReload {
    /// Which read: the number of reads that were requested up to this one.
    read: u64,
    cause: Cause,
    request: Option<RequestId>,
}

/// Why a job runs, and which requests its result answers.
#[derive(Debug)]
struct Trigger {
    cause: Cause,
    requests: Vec<RequestId>,
}

/// Sources that wait to be published.
#[derive(Debug)]
struct QueuedPublish<S> {
    /// `None` to read the sources as part of the job.
    sources: Option<S>,
    trigger: Trigger,
}

/// The job that runs.
#[derive(Debug)]
struct Running {
    /// `None` for a renewal.
    scope: Option<AlertScope>,
    trigger: Trigger,
}

impl<S> Supervisor<S> {
    /// A supervisor that has not received [`Input::Start`]. It runs a renewal job at the start and
    /// then every `renew_every`; `None` for no renewals.
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
            queued_publish: None,
            queued_load: None,
            is_renewal_queued: false,
            running: None,
            is_started: false,
            is_stopping: false,
            state: State::Idle,
        }
    }

    /// The result of the last jobs.
    #[must_use]
    pub fn state(&self) -> State {
        match self.retries {
            [None, None] => self.state,
            _ => State::WaitingToRetry,
        }
    }

    /// When the next [`Input::Tick`] is due; `None` if time alone leads to no action.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        if self.is_stopping || self.running.is_some() {
            return None;
        }
        self.retries.into_iter().chain([self.next_renewal]).flatten().min()
    }

    /// Handles an event at the time `now`; returns the actions that follow from it, in order.
    pub fn handle(&mut self, input: Input<S>, now: Duration) -> Vec<Action<S>> {
        let mut actions = Vec::new();
        match input {
            Input::Start => self.start(now),
            Input::Snapshot { sources, is_changed, reads } => {
                self.snapshot(sources, is_changed, reads);
            }
            Input::Reload { cause, request } => actions.extend(self.reload(cause, request)),
            Input::FolderChanged => self.queue_folder(Cause::Folder, None),
            Input::Tick => actions.extend(self.tick(now)),
            Input::Finished(outcome) => self.finish(&outcome, now, &mut actions),
            Input::Shutdown => self.is_stopping = true,
        }
        actions.extend(self.start_next());
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

    fn snapshot(&mut self, sources: S, is_changed: bool, reads: u64) {
        let answered = self.pending.partition_point(|pending| pending.read <= reads);
        let answered: Vec<_> = self.pending.drain(..answered).collect();
        let unrequested = if self.is_started { Cause::Files } else { Cause::Start };
        let cause = answered.first().map_or(unrequested, |pending| pending.cause);
        let cause = if is_changed && cause == Cause::Retry { Cause::Files } else { cause };
        let requests = answered.into_iter().filter_map(|pending| pending.request);
        self.queue_publish(Some(sources), cause, requests);
    }

    /// With a watch, only the watch reads sources: it never reads a file in the middle of a save,
    /// and its snapshots arrive in order.
    fn reload(&mut self, cause: Cause, request: Option<RequestId>) -> Option<Action<S>> {
        match self.origin {
            Origin::WatchedSources => {
                self.reads += 1;
                self.pending.push_back(PendingReload { read: self.reads, cause, request });
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
            self.is_renewal_queued = true;
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

    /// Queues sources; replaces older ones that wait.
    fn queue_publish(
        &mut self,
        sources: Option<S>,
        cause: Cause,
        requests: impl IntoIterator<Item = RequestId>,
    ) {
        let earlier = self.queued_publish.take().map(|earlier| earlier.trigger);
        let trigger = Trigger::merged(earlier, cause, requests);
        self.queued_publish = Some(QueuedPublish { sources, trigger });
    }

    fn queue_folder(&mut self, cause: Cause, requests: impl IntoIterator<Item = RequestId>) {
        let earlier = self.queued_load.take();
        self.queued_load = Some(Trigger::merged(earlier, cause, requests));
    }

    /// Starts the next job, unless one is running.
    fn start_next(&mut self) -> Option<Action<S>> {
        if self.running.is_some() {
            return None;
        }
        if self.is_stopping {
            return Some(Action::Stop);
        }
        let (job, scope, trigger) = if let Some(queued) = self.queued_publish.take() {
            let is_retry = queued.trigger.cause == Cause::Retry;
            let job = Job::Publish { sources: queued.sources, is_retry };
            (job, Some(AlertScope::Rules), queued.trigger)
        } else if let Some(trigger) = self.queued_load.take() {
            (Job::LoadFolder, Some(AlertScope::Folder), trigger)
        } else if self.is_renewal_queued && self.is_started {
            self.is_renewal_queued = false;
            (Job::Renew, None, Trigger::merged(None, Cause::Renewal, None))
        } else {
            return None;
        };
        self.is_started = true;
        let cause = trigger.cause;
        self.running = Some(Running { scope, trigger });
        Some(Action::Run(job, cause))
    }

    fn finish(&mut self, outcome: &Outcome, now: Duration, actions: &mut Vec<Action<S>>) {
        let Some(Running { scope, trigger: Trigger { cause, requests } }) = self.running.take()
        else {
            return;
        };
        let result = outcome.result();
        let reported = match scope {
            Some(scope) => &mut self.alerts[scope as usize],
            None => &mut self.renewal_failure,
        };
        let is_automatic = matches!(cause, Cause::Retry | Cause::Folder | Cause::Renewal);
        let is_known = result.is_err() && reported.as_ref() == result.as_ref().err();
        let is_repeat = is_automatic && is_known;
        *reported = result.as_ref().err().cloned();
        // before the result is logged and answered: who reads it finds the alerts that belong to it
        if let Some(scope) = scope {
            self.update_state(scope, outcome, now);
            actions.push(Action::Alert(scope, result.clone().err()));
            if scope == AlertScope::Rules && *outcome == Outcome::Done {
                // the folder now contains what this process published
                self.alerts[AlertScope::Folder as usize] = None;
                self.retries[AlertScope::Folder as usize] = None;
                actions.push(Action::Alert(AlertScope::Folder, None));
            }
        }
        actions.push(Action::Completed { cause, requests, result, is_repeat });
    }

    fn update_state(&mut self, scope: AlertScope, outcome: &Outcome, now: Duration) {
        let is_failed = matches!(outcome, Outcome::Failed(_));
        self.retries[scope as usize] = is_failed.then_some(now + RETRY_AFTER);
        self.state = match outcome {
            Outcome::Rejected(_) => State::Rejected,
            // a generation of another process does not correct the rules of this one
            Outcome::Done if self.alerts[AlertScope::Rules as usize].is_some() => self.state,
            Outcome::Done => State::Published,
            Outcome::Failed(_) => self.state,
        };
    }
}

impl Trigger {
    /// Merges a trigger with that of an earlier job that has not run, so that one job answers the
    /// requests of both.
    fn merged(
        earlier: Option<Self>,
        cause: Cause,
        requests: impl IntoIterator<Item = RequestId>,
    ) -> Self {
        let mut merged = earlier.unwrap_or(Self { cause, requests: Vec::new() });
        // a change is reported in preference to a retry
        if merged.cause == Cause::Retry {
            merged.cause = cause;
        }
        merged.requests.extend(requests);
        merged
    }
}
