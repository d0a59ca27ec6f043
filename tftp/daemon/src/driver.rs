//! Feeds the supervisor with events, and performs its actions.

use std::collections::HashMap;
use std::future::pending;
use std::sync::mpsc as jobs;
use std::time::Duration;

use adr_cucm_sync::live::{Former, LiveEvent, LiveSource, Settings, Silent};
use adr_server::{Reload, ReloadError};
use adr_watcher::supervisor::{
    Action, AlertScope, Cause, Input, Job, JobError, Origin, RequestId, Supervisor,
};
use adr_watcher::watch::{SourceWatch, Sources, Timing, WatchEvent};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::event::{Event, channel};
use crate::generation_source::{GenerationSource, JobEnd};
use crate::source::Source;
use crate::{Error, cluster, signals};

/// The part that differs between `adrc watch` and `adrc serve`: what to do with the results of
/// jobs.
pub(crate) trait Handler {
    /// A reload was requested.
    fn reload_requested(&mut self) {}

    /// A job starts for this cause.
    fn started(&mut self, _cause: Cause) {}

    /// A job has ended. An error or `false` ends the daemon.
    fn finished(&mut self, end: JobEnd) -> Result<bool, Error>;

    /// The supervisor has processed the result of a job. `is_repeat` is true if the same failure
    /// was reported before.
    fn completed(&mut self, cause: Cause, result: &Result<(), JobError>, is_repeat: bool);

    /// Sets an alert, or clears it if `reason` is `None`.
    fn alert(&mut self, _scope: AlertScope, _reason: Option<JobError>) {}

    /// The watch receives no change events for a folder, and polls it.
    fn polling_only(&mut self, folder: &str, reason: &str);

    /// The CUCM whose rules are part of the dial plan has reported something.
    fn cluster(&mut self, _event: &LiveEvent) {}

    /// Whether there is a generation that can be served while CUCM has never answered.
    fn has_fallback(&self) -> bool {
        false
    }

    /// All actions that follow an event have been performed.
    fn settled(&mut self) {}

    /// The generation that is served, for the answer to a reload.
    fn generation(&self) -> u64;
}

/// The supervisor, with the channel of events, the watch and the worker.
pub(crate) struct Driver {
    supervisor: Supervisor<Sources>,
    began: Instant,
    sender: mpsc::Sender<Event>,
    events: mpsc::Receiver<Event>,
    jobs: jobs::Sender<(Job<Sources>, Cause)>,
    watch: Option<SourceWatch>,
    /// The CUCM whose rules are part of the dial plan.
    cluster: Option<LiveSource>,
    /// Whether CUCM's rules were read.
    has_text: bool,
    /// Reloads that wait for their results.
    waiting: HashMap<RequestId, Reload>,
    next_request: RequestId,
    /// Whether a signal asked the process to end.
    is_stopping: bool,
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
        signals::listen(&sender)?;
        let (jobs, receiver) = jobs::channel();
        let watched = source.source().watched().zip(timing);
        let watch = watched.map(|(watched, timing)| {
            let sender = sender.clone();
            // the receiver is gone once the daemon has ended
            let report = move |event| drop(sender.blocking_send(Event::Watch(event)));
            SourceWatch::start(watched, timing, report).map_err(Error::Watch)
        });
        let cluster = source.source().cluster().map(|cluster| {
            let sender = sender.clone();
            let report = move |event| drop(sender.blocking_send(Event::Cluster(event)));
            let former = former(source.source(), cluster);
            let started = LiveSource::start(cluster.clone(), former, report);
            started.map_err(|error| Error::of_cluster(cluster, &error))
        });
        let cluster = cluster.transpose()?;
        source.work(receiver, sender.clone())?;
        Ok(Self {
            supervisor: Supervisor::new(origin, renew_every),
            began: Instant::now(),
            sender,
            events,
            jobs,
            watch: watch.transpose()?,
            cluster,
            has_text: false,
            waiting: HashMap::new(),
            next_request: 0,
            is_stopping: false,
        })
    }

    /// A sender for events.
    pub(crate) fn sender(&self) -> &mpsc::Sender<Event> {
        &self.sender
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
            let event = tokio::select! {
                event = self.events.recv() => event,
                () = sleep_until(self.supervisor.due().map(|due| self.began + due)) => None,
            };
            input = match event {
                None => Some(Input::Tick),
                Some(Event::Stop) if self.is_stopping => return Ok(()),
                Some(Event::Finished(end)) => {
                    let outcome = end.outcome();
                    if !handler.finished(*end)? {
                        return Ok(());
                    }
                    Some(Input::Finished(outcome))
                }
                Some(event) => self.input(event, handler),
            };
        }
    }

    fn input(&mut self, event: Event, handler: &mut impl Handler) -> Option<Input<Sources>> {
        match event {
            Event::Watch(WatchEvent::Sources { sources, is_changed, reads }) => {
                Some(Input::Snapshot { sources, is_changed, reads })
            }
            Event::Watch(WatchEvent::PollingOnly { folder, reason }) => {
                handler.polling_only(&folder.display().to_string(), &reason);
                None
            }
            Event::Cluster(event) => {
                self.cluster(&event, handler);
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
                self.is_stopping = true;
                Some(Input::Shutdown)
            }
            Event::Finished(_) => None,
        }
    }

    /// Gives the rules of CUCM to the watch. Without any rules so far, a failure is one of the
    /// rules if nothing but a person can end it, or if an older generation can be served meanwhile.
    fn cluster(&mut self, event: &LiveEvent, handler: &mut impl Handler) {
        let has_text = self.has_text;
        let is_fatal = |silent: &Silent| !has_text && (silent.is_stopped || handler.has_fallback());
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
                }
            }
            Action::Run(job, cause) => {
                handler.started(cause);
                // the worker lives as long as this sender
                let _ = self.jobs.send((job, cause));
            }
            Action::Completed { cause, requests, result, is_repeat } => {
                handler.completed(cause, &result, is_repeat);
                for request in requests {
                    if let Some(answer) = self.waiting.remove(&request) {
                        let result = result.clone().map(|()| handler.generation());
                        // the requester may have stopped waiting
                        let _ = answer.send(result.map_err(ReloadError::new));
                    }
                }
            }
            Action::Alert(scope, reason) => handler.alert(scope, reason),
            Action::Stop => return true,
        }
        false
    }
}

/// The rules of the cluster that an earlier run published.
fn former(source: &Source, cluster: &Settings) -> Option<Former> {
    let view = cluster.profile().ok()?.view;
    Former::in_folder(source.publishes_into()?, view.as_deref())
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => pending().await,
    }
}
