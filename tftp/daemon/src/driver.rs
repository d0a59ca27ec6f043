//! Feeds the supervisor with events, and performs its actions.

use std::collections::HashMap;
use std::future::pending;
use std::sync::mpsc as jobs;
use std::time::Duration;

use adr_bundle::disk::{IO_TIME_LIMIT, TimeLimit};
use adr_cucm_sync::live::{Former, LiveEvent, LiveSource, Silent};
use adr_server::{Generation, Part, Reload, ReloadError, Reloaded};
use adr_watcher::supervisor::{
    Action, AlertScope, Cause, Input, Job, JobError, Origin, Outcome, RequestId, Supervisor,
};
use adr_watcher::watch::{SourceWatch, Sources, Timing, WatchEvent};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::event::{Event, channel};
use crate::generation_source::{GenerationSource, JobEnd};
use crate::nodes::follow::NodesEvent;
use crate::progress::Progress;
use crate::signals::{self, StopSignals};
use crate::source::Source;
use crate::writing::{Deadline, Writing};
use crate::{Error, cluster};

#[cfg(test)]
mod tests;

/// How long the end of the process waits for a job that reads or checks. For one that publishes, it
/// waits longer, see [`Deadline`]. In tests it is longer than an end takes that does not wait.
const JOB_TIMEOUT: Duration = Duration::from_secs(if cfg!(test) { 120 } else { 5 });

/// The same for the first job, which may wait for a drive that hangs: nothing is served yet.
const FIRST_JOB_TIMEOUT: Duration = Duration::from_millis(500);

/// The part that differs between `adrc watch` and `adrc serve`: what to do with the results of
/// jobs.
pub(crate) trait Handler {
    /// A reload was requested.
    fn reload_requested(&mut self) {}

    /// This generation of the folder is to be served until the first job has ended; `None` if there
    /// is none. Only nodes of a cluster get this. An error ends the daemon.
    fn kept(&mut self, _generation: Option<Generation>) -> Result<(), Error> {
        Ok(())
    }

    /// A job starts for this cause.
    fn started(&mut self, _cause: Cause) {}

    /// A job has ended. An error or `false` ends the daemon.
    fn finished(&mut self, end: JobEnd) -> Result<bool, Error>;

    /// The supervisor has processed the result of a job. `is_repeat` is true if the same failure
    /// was reported before.
    fn completed(&mut self, cause: Cause, result: &Result<(), JobError>, is_repeat: bool);

    /// The error that requesters of the last job get.
    fn reload_error(&self, error: JobError) -> ReloadError {
        ReloadError::new(error)
    }

    /// Sets an alert, or clears it if `reason` is `None`.
    fn alert(&mut self, _scope: AlertScope, _reason: Option<JobError>) {}

    /// The watch receives no change events for a folder, and polls it.
    fn polling_only(&mut self, folder: &str, reason: &str);

    /// Something is known about the cluster of this node.
    fn nodes(&mut self, _event: &NodesEvent) {}

    /// The CUCM whose rules are part of the dial plan has reported something.
    fn cluster(&mut self, _event: &LiveEvent) {}

    /// A reload has been running for this long: from the request to read the sources until the end
    /// of the job. Called once a second, and with `None` at its end.
    fn reload_running(&mut self, _time: Option<Duration>) {}

    /// A part of the process panicked, and was started again.
    fn restarted(&mut self, _part: Part) {}

    /// All actions that follow an event have been performed.
    fn settled(&mut self) {}

    /// The generation that is served, for the answer to a reload.
    fn generation(&self) -> u64;

    /// Why a rollback blocks the present rules; `None` if it does not.
    fn blocked(&self) -> Option<String> {
        None
    }
}

/// The supervisor, with the channel of events, the watch and the worker.
pub(crate) struct Driver {
    supervisor: Supervisor<Sources>,
    began: Instant,
    sender: mpsc::Sender<Event>,
    events: mpsc::Receiver<Event>,
    stops: StopSignals,
    jobs: jobs::Sender<(Job<Sources>, Cause)>,
    watch: Option<SourceWatch>,
    /// The CUCM whose rules are part of the dial plan.
    cluster: Option<LiveSource>,
    /// Whether CUCM's rules were read.
    has_text: bool,
    /// Whether there is a generation that can be served while CUCM has never answered.
    has_fallback: bool,
    progress: Progress,
    /// Reloads that wait for their results.
    waiting: HashMap<RequestId, Reload>,
    next_request: RequestId,
    /// How long the end of the process waits for a job that is running.
    job_timeout: Duration,
    /// When the process ends; `None` before a signal asked it to end.
    ends: Option<Deadline>,
    /// Whether a generation is being written.
    writing: Writing,
    /// What follows from the last event, beside it.
    next: Option<Input<Sources>>,
}

impl Driver {
    /// Starts the worker, a watch if there is a `timing` for it, and the live source if the rules
    /// are those of a cluster as well. Must be called within a runtime.
    pub(crate) fn start(
        origin: Origin,
        renew_every: Option<Duration>,
        timing: Option<Timing>,
        source: GenerationSource,
    ) -> Result<Self, Error> {
        let (sender, events) = channel();
        let writing = source.writing.clone();
        let stops = signals::listen(&sender, writing.clone())?;
        let (jobs, receiver) = jobs::channel();
        let watched = source.source().watched().zip(timing);
        let watch = watched.map(|(watched, timing)| {
            let sender = sender.clone();
            // the receiver is gone once the daemon has ended
            let report = move |event| drop(sender.blocking_send(Event::Watch(event)));
            SourceWatch::start(watched, timing, report).map_err(Error::Watch)
        });
        let Published { former, is_intact } = Published::before(source.source());
        let mut former = former;
        let cluster = source.source().cluster().map(|cluster| {
            let sender = sender.clone();
            let report = move |event| drop(sender.blocking_send(Event::Cluster(event)));
            let started = LiveSource::start(cluster.clone(), former.take(), report);
            started.map_err(|error| Error::of_cluster(cluster, &error))
        });
        let cluster = cluster.transpose()?;
        source.work(receiver, sender.clone())?;
        Ok(Self {
            supervisor: Supervisor::new(origin, renew_every),
            began: Instant::now(),
            sender,
            events,
            stops,
            jobs,
            watch: watch.transpose()?,
            cluster,
            has_text: false,
            has_fallback: is_intact,
            progress: Progress::default(),
            waiting: HashMap::new(),
            next_request: 0,
            job_timeout: FIRST_JOB_TIMEOUT,
            ends: None,
            writing,
            next: None,
        })
    }

    /// A sender for events.
    pub(crate) fn sender(&self) -> &mpsc::Sender<Event> {
        &self.sender
    }

    /// The signals that ask the process to end.
    pub(crate) fn stops(&self) -> StopSignals {
        self.stops.clone()
    }

    /// Whether a generation is being written. The end of the process would interrupt that.
    pub(crate) fn is_publishing(&self) -> bool {
        self.writing.is_running()
    }

    /// Runs until the process should end and no job is running, or until the handler or a second
    /// signal ends it.
    pub(crate) async fn run(&mut self, handler: &mut impl Handler) -> Result<(), Error> {
        let mut input = Some(Input::Start);
        loop {
            if let Some(input) = input.take() {
                let now = self.began.elapsed();
                for action in self.supervisor.handle(input, now) {
                    if self.perform(action, handler) {
                        return Ok(());
                    }
                }
                handler.settled();
            }
            input = self.next.take();
            if input.is_some() {
                continue;
            }
            let event = tokio::select! {
                event = self.events.recv() => event,
                () = sleep_until(self.supervisor.due().map(|due| self.began + due)) => None,
                () = sleep_until(self.progress.next_report()) => {
                    handler.reload_running(self.progress.report());
                    continue;
                }
                () = sleep_until(self.ends.as_ref().map(|ends| ends.at)) => {
                    match self.ends.as_mut().is_none_or(Deadline::is_over) {
                        // the thread of a job that still runs ends with the process
                        true => return Ok(()),
                        false => continue,
                    }
                }
            };
            input = match event {
                None => Some(Input::Tick),
                Some(Event::Stop) if self.ends.is_some() => return Ok(()),
                Some(Event::Kept(generation)) => {
                    let is_served = generation.is_some();
                    handler.kept(generation.map(|generation| *generation))?;
                    if is_served {
                        self.serves();
                    }
                    None
                }
                Some(Event::Finished(end)) => {
                    let outcome = self.job_ended(&end, handler);
                    if !handler.finished(*end)? {
                        return Ok(());
                    }
                    self.serves();
                    Some(Input::Finished(outcome))
                }
                Some(event) => self.input(event, handler),
            };
        }
    }

    /// There may be transfers to wait for at the end from now on.
    fn serves(&mut self) {
        self.job_timeout = JOB_TIMEOUT;
        self.stops.started();
    }

    /// Takes note of the end of a job, before the handler does.
    fn job_ended(&mut self, end: &JobEnd, handler: &mut impl Handler) -> Outcome {
        self.progress.job_ended();
        handler.reload_running(self.progress.report());
        if end.is_panic() {
            handler.restarted(Part::Reload);
        }
        // rules that wait are tried again, and their findings were shown before
        self.next = matches!(end, JobEnd::Loaded { is_worth_reading: true, .. })
            .then_some(Input::Reload { cause: Cause::Retry, request: None });
        end.outcome()
    }

    fn input(&mut self, event: Event, handler: &mut impl Handler) -> Option<Input<Sources>> {
        match event {
            Event::Watch(WatchEvent::Sources { sources, is_changed, reads }) => {
                self.progress.sources_read(reads);
                Some(Input::Snapshot { sources, is_changed, reads })
            }
            Event::Watch(WatchEvent::PollingOnly { folder, reason }) => {
                handler.polling_only(&folder.display().to_string(), &reason);
                None
            }
            Event::Watch(WatchEvent::Restarted) => {
                handler.restarted(Part::Watch);
                None
            }
            Event::Restarted(part) => {
                handler.restarted(part);
                None
            }
            Event::Cluster(LiveEvent::Restarted) => {
                handler.restarted(Part::Cluster);
                None
            }
            Event::Cluster(event) => {
                self.cluster(&event, handler);
                None
            }
            Event::Nodes(event) => {
                handler.nodes(&event);
                None
            }
            Event::Reload(cause, answer) => {
                handler.reload_requested();
                if let Some(cluster) = &self.cluster {
                    cluster.reload();
                }
                let request = answer.map(|answer| {
                    self.next_request += 1;
                    self.waiting.insert(self.next_request, answer);
                    self.next_request
                });
                Some(Input::Reload { cause, request })
            }
            Event::FolderChanged => Some(Input::FolderChanged),
            Event::Stop => {
                (self.watch, self.cluster) = (None, None);
                self.ends = Some(Deadline::after(self.job_timeout, self.writing.clone()));
                Some(Input::Shutdown)
            }
            Event::Finished(_) | Event::Kept(_) => None,
        }
    }

    /// Gives the rules of CUCM to the watch. Without any rules so far, a failure is one of the
    /// rules if nothing but a person can end it, or if an older generation can be served meanwhile.
    fn cluster(&mut self, event: &LiveEvent, handler: &mut impl Handler) {
        let (has_text, has_fallback) = (self.has_text, self.has_fallback);
        let is_fatal = |silent: &Silent| !has_text && (silent.is_stopped || has_fallback);
        if let (Some(watch), Some(text)) = (&self.watch, cluster::text(event, is_fatal)) {
            watch.set_text(text);
        }
        self.has_text |= matches!(event, LiveEvent::Rules(_));
        handler.cluster(event);
    }

    /// Returns true if the daemon should end.
    fn perform(&mut self, action: Action<Sources>, handler: &mut impl Handler) -> bool {
        match action {
            Action::Read => {
                if let Some(watch) = &self.watch {
                    watch.read();
                    self.progress.read_requested();
                }
            }
            Action::Run(job, cause) => {
                self.progress.job_started();
                handler.started(cause);
                // the worker lives as long as this sender
                let _ = self.jobs.send((job, cause));
            }
            Action::Completed { cause, requests, result, is_repeat } => {
                handler.completed(cause, &result, is_repeat);
                let done =
                    |()| Reloaded { generation: handler.generation(), blocked: handler.blocked() };
                for request in requests {
                    if let Some(answer) = self.waiting.remove(&request) {
                        let result = result.clone().map(done);
                        // the requester may have stopped waiting
                        let _ = answer.send(result.map_err(|error| handler.reload_error(error)));
                    }
                }
            }
            Action::Alert(scope, reason) => handler.alert(scope, reason),
            Action::Stop => return true,
        }
        false
    }
}

/// What an earlier run published.
#[derive(Default)]
struct Published {
    /// The rules of the cluster.
    former: Option<Former>,
    /// Whether the current generation can be served.
    is_intact: bool,
}

impl Published {
    /// Reads the published folder of a source that follows a cluster; nothing if the folder cannot
    /// be read in time.
    fn before(source: &Source) -> Self {
        let (Some(cluster), Some(folder)) = (source.cluster(), source.publishes_into()) else {
            return Self::default();
        };
        let (cluster, folder) = (cluster.clone(), folder.to_owned());
        let read = TimeLimit::new("disk", IO_TIME_LIMIT).run(move |_| {
            let view = cluster.profile().ok().map(|profile| profile.view);
            Self {
                former: view.and_then(|view| Former::in_folder(&folder, view.as_deref())),
                is_intact: adr_server::load(&folder).is_ok(),
            }
        });
        read.unwrap_or_default()
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => pending().await,
    }
}
