//! The task that replaces the rules: it runs rounds on request and applies their outcome.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use adr_protocol::{Reason, State};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::follow_task::{FollowTask, Signal};
use super::report::{self, OutgoingReport};
use super::request::RefreshRequest;
use crate::cache::Cache;
use crate::clock;
use crate::fetch::enclosed::EnclosedFiles;
use crate::fetch::network::Network;
use crate::fetch::{Outcome, RoundInput, run_round};
use crate::follow::Transport;
use crate::handle::{Command, ReloadResult, Reloaded, Shared};
use crate::rejection::{Rejection, RejectionCause};
use crate::rules::Rules;
use crate::schedule::{Rng, backoff};
use crate::server::Server;
use crate::settings::Settings;
use crate::status::Status;

/// Longest first retry delay of a core without rules.
const FIRST_DELAY_WITHOUT_RULES: Duration = Duration::from_millis(500);

/// A timer that is not set fires after this time, and then has nothing to do.
const UNSET_TIMER: Duration = Duration::from_secs(24 * 60 * 60);

/// How many signals the task that follows servers may send ahead.
const SIGNAL_CAPACITY: usize = 16;

/// The callers that wait for the result of a round.
type Replies = Vec<oneshot::Sender<ReloadResult>>;

/// What the task works with.
pub(crate) struct Refresher {
    shared: Arc<Shared>,
    network: Network,
    settings: Settings,
    /// Where accepted snapshots are saved.
    cache: Option<Cache>,
    rng: Rng,
    /// The callers that asked for a reload after the round in flight began.
    waiting: Replies,
    /// What the next round is to check; `None` while no round is needed.
    next: Option<RefreshRequest>,
    /// A request that becomes due at a later time.
    deferred: Option<(Instant, RefreshRequest)>,
    /// Rejections in a row.
    failures: u32,
    /// The server that is followed, which receives the reports.
    followed: Option<Server>,
    /// When the next regular report is due.
    report_due: Instant,
    /// The latest report, for the task that sends it.
    outbox: watch::Sender<Option<OutgoingReport>>,
}

/// A round that is running.
struct InFlight {
    task: JoinHandle<Outcome>,
    request: RefreshRequest,
    replies: Replies,
}

impl Refresher {
    pub(crate) fn new(
        shared: Arc<Shared>,
        network: Network,
        settings: Settings,
        cache: Option<Cache>,
        rng: Rng,
    ) -> Self {
        Self {
            shared,
            network,
            settings,
            cache,
            rng,
            waiting: Vec::new(),
            next: Some(RefreshRequest { compare_files: true, ..RefreshRequest::default() }),
            deferred: None,
            failures: 0,
            followed: None,
            report_due: Instant::now(),
            outbox: watch::Sender::new(None),
        }
    }

    /// Runs until a command stops the task, or the last handle is dropped.
    pub(crate) async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let (signals, mut received) = mpsc::channel(SIGNAL_CAPACITY);
        self.report_due = Instant::now() + self.settings.timing.report_interval;
        let mut following = std::pin::pin!(self.follow_task(signals).run());
        self.spawn_report_task();
        let mut in_flight: Option<InFlight> = None;
        loop {
            if in_flight.is_none() {
                in_flight = self.start_round();
            }
            let due = self.deferred.as_ref().map(|(due, _)| *due);
            let due = due.unwrap_or_else(|| Instant::now() + UNSET_TIMER);
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Reload(reply)) => self.on_reload(reply),
                    Some(Command::Stop) | None => return,
                },
                Some(signal) = received.recv() => self.on_signal(signal, in_flight.as_ref()),
                (outcome, finished) = join(&mut in_flight) => {
                    self.on_outcome(outcome, finished).await;
                }
                () = tokio::time::sleep_until(due) => self.enqueue_deferred(),
                () = tokio::time::sleep_until(self.report_due) => self.queue_report(),
                () = &mut following => {}
            }
        }
    }

    fn follow_task(&mut self, signals: mpsc::Sender<Signal>) -> FollowTask {
        let shared = Arc::clone(&self.shared);
        let rng = Rng::new(self.rng.next_u64());
        FollowTask::new(shared, self.network.clone(), &self.settings, rng, signals)
    }

    fn spawn_report_task(&mut self) {
        let retry_delay = self.settings.timing.retry_delay;
        let rng = Rng::new(self.rng.next_u64());
        let reports = self.outbox.subscribe();
        tokio::spawn(report::run(self.network.clone(), reports, retry_delay, rng));
    }

    fn on_reload(&mut self, reply: oneshot::Sender<ReloadResult>) {
        self.waiting.push(reply);
        self.request_refresh(true);
    }

    fn on_signal(&mut self, signal: Signal, in_flight: Option<&InFlight>) {
        match signal {
            Signal::Following { server, transport } => self.on_following(server, transport),
            Signal::Refresh { compare_files } => self.request_refresh(compare_files),
            Signal::Announced(state, enclosed) => self.on_state(state, enclosed, in_flight),
        }
    }

    /// Reports to a server as soon as it is followed: it does not know yet what is running here.
    fn on_following(&mut self, server: Option<Server>, transport: Transport) {
        let is_other =
            self.followed != server || self.shared.status.borrow().transport != Some(transport);
        self.followed = server;
        self.update_status(|status| status.transport = Some(transport));
        if is_other || transport == Transport::Events {
            self.queue_report();
        }
    }

    /// Asks for a generation that a server announced, unless it is running or being fetched.
    fn on_state(
        &mut self,
        state: State,
        enclosed: Option<Arc<EnclosedFiles>>,
        in_flight: Option<&InFlight>,
    ) {
        let covers = |request: &RefreshRequest| request.covers(state.generation);
        let is_requested = in_flight.is_some_and(|in_flight| covers(&in_flight.request))
            || self.next.as_ref().is_some_and(covers)
            || self.deferred.as_ref().is_some_and(|(_, request)| covers(request));
        if state.generation <= self.shared.rules.load().generation() || is_requested {
            return;
        }
        self.failures = 0;
        let delay = if self.has_rules() {
            state.delay(&self.shared.status.borrow().client)
        } else {
            Duration::ZERO
        };
        let request = RefreshRequest { announced: Some(state), enclosed, compare_files: false };
        // the new state replaces a deferred one, but a deferred comparison of files stays
        self.deferred.take_if(|(_, deferred)| !deferred.compare_files);
        if delay.is_zero() {
            self.enqueue(request);
            self.enqueue_deferred();
        } else {
            self.defer(Instant::now() + delay, request);
        }
    }

    /// Requests a round now. A request to compare files resets the retry delay: there is a reason
    /// to expect that the files are available now.
    fn request_refresh(&mut self, compare_files: bool) {
        if compare_files {
            self.failures = 0;
        }
        self.enqueue(RefreshRequest { compare_files, ..RefreshRequest::default() });
    }

    fn enqueue(&mut self, request: RefreshRequest) {
        self.next.get_or_insert_default().merge(request);
    }

    fn enqueue_deferred(&mut self) {
        if let Some((_, request)) = self.deferred.take() {
            self.enqueue(request);
        }
    }

    /// Defers a request to a later time. Deferred requests are merged and become due at the
    /// earliest of their times.
    fn defer(&mut self, at: Instant, request: RefreshRequest) {
        let (due, all) = self.deferred.get_or_insert_with(|| (at, RefreshRequest::default()));
        *due = at.min(*due);
        all.merge(request);
    }

    /// Starts the next round, if one is needed. It answers all callers that are waiting by now.
    fn start_round(&mut self) -> Option<InFlight> {
        let request = self.next.take()?;
        let running = self.shared.rules.load();
        let is_running = request.generation().is_some_and(|it| it <= running.generation());
        if is_running && !request.compare_files && self.waiting.is_empty() {
            // an earlier round has already fetched what was announced
            return None;
        }
        let input = RoundInput {
            running: running.snapshot().cloned(),
            key: self.settings.key.clone(),
            now: clock::unix_seconds(),
            announced: request.announced.clone(),
            enclosed: request.enclosed.clone(),
            compare_files: request.compare_files,
        };
        let (network, servers) = (self.network.clone(), self.settings.servers.clone());
        let task = tokio::spawn(async move { run_round(&network, &servers, &input).await });
        Some(InFlight { task, request, replies: std::mem::take(&mut self.waiting) })
    }

    async fn on_outcome(&mut self, outcome: Outcome, finished: Finished) {
        let result = match outcome {
            Outcome::Accepted(rules) => Ok(self.apply(rules).await),
            Outcome::Unchanged => Ok(self.confirm().await),
            Outcome::Rejected(rejection) => {
                self.on_rejection(&rejection, finished.request);
                Err(rejection)
            }
        };
        for reply in finished.replies {
            // fails if the caller stopped waiting
            let _ = reply.send(result.clone());
        }
    }

    /// Replaces the rules first, because a call may be waiting; then saves and reports them.
    async fn apply(&mut self, rules: Arc<Rules>) -> Reloaded {
        self.failures = 0;
        self.shared.rules.store(Arc::clone(&rules));
        self.update_status(|status| {
            status.set_rules(&rules);
            status.from_cache = false;
            status.refused = None;
        });
        if let Err(rejection) = self.save(&rules).await {
            self.update_status(|status| status.set_rejection(&rejection));
        }
        self.queue_report();
        Reloaded { generation: rules.generation(), changed: true }
    }

    /// Records that a server has what is running; saves a snapshot that could not be saved before.
    async fn confirm(&mut self) -> Reloaded {
        self.failures = 0;
        let rules = Arc::clone(&self.shared.rules.load());
        let refused = self.shared.status.borrow().refused.clone();
        let is_unsaved = refused.is_some_and(|refusal| refusal.reason == Reason::Disk);
        let saved = if is_unsaved { self.save(&rules).await } else { Ok(()) };
        self.update_status(|status| {
            status.from_cache = false;
            status.refused = None;
            if let Err(rejection) = &saved {
                status.set_rejection(rejection);
            }
        });
        Reloaded { generation: rules.generation(), changed: false }
    }

    async fn save(&self, rules: &Arc<Rules>) -> Result<(), Rejection> {
        let (Some(cache), rules) = (self.cache.clone(), Arc::clone(rules)) else {
            return Ok(());
        };
        let saved = tokio::task::spawn_blocking(move || {
            rules.snapshot().map_or(Ok(()), |snapshot| cache.store(snapshot))
        });
        let cause = match saved.await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => RejectionCause::NotSaved(error.into()),
            Err(_) => RejectionCause::TaskFailed { task: "saving the rules" },
        };
        Err(Rejection::local(cause))
    }

    /// Defers another attempt at what was announced, at a comparison of files, and at the first
    /// rules; each time with a longer delay.
    fn on_rejection(&mut self, rejection: &Rejection, request: RefreshRequest) {
        self.failures = self.failures.saturating_add(1);
        let has_rules = self.has_rules();
        let is_needed = request.announced.is_some() || !has_rules;
        if request.compare_files || (is_needed && self.deferred.is_none()) {
            let retry_delay = self.settings.timing.retry_delay;
            let first =
                if has_rules { retry_delay } else { retry_delay.min(FIRST_DELAY_WITHOUT_RULES) };
            let at = Instant::now() + backoff(first, self.failures, &mut self.rng);
            self.defer(at, request);
        }
        let before = self.shared.status.borrow().refused.clone();
        self.update_status(|status| status.set_rejection(rejection));
        if self.shared.status.borrow().refused != before {
            self.queue_report();
        }
    }

    fn has_rules(&self) -> bool {
        self.shared.rules.load().snapshot().is_some()
    }

    /// Changes the status; subscribers are notified only if it differs.
    fn update_status(&self, change: impl FnOnce(&mut Status)) {
        self.shared.status.send_if_modified(|status| {
            let before = status.clone();
            change(status);
            *status != before
        });
    }

    /// Queues a report for the followed server. A server that is polled and has no manifest is not
    /// an adrc server, and gets no reports.
    fn queue_report(&mut self) {
        self.report_due = Instant::now() + self.settings.timing.report_interval;
        let status = self.shared.status.borrow();
        let is_wanted = status.transport != Some(Transport::Poll) || status.generation > 0;
        if let (Some(server), true) = (&self.followed, is_wanted) {
            let (server, report) = (server.clone(), status.report());
            self.outbox.send_replace(Some(OutgoingReport { server, report }));
        }
    }
}

/// What a round was started for.
#[derive(Default)]
struct Finished {
    request: RefreshRequest,
    replies: Replies,
}

/// Waits for the round in flight and takes it; waits forever while there is none.
async fn join(in_flight: &mut Option<InFlight>) -> (Outcome, Finished) {
    let Some(running) = in_flight else {
        return std::future::pending().await;
    };
    let outcome = Pin::new(&mut running.task).await.unwrap_or_else(|_| {
        let cause = RejectionCause::TaskFailed { task: "asking the servers" };
        Outcome::Rejected(Rejection::local(cause))
    });
    let finished = in_flight.take();
    let finished = finished.map(|it| Finished { request: it.request, replies: it.replies });
    (outcome, finished.unwrap_or_default())
}
