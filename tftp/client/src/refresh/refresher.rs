//! The task that replaces the rules: it does what the agenda says and applies the outcome.

mod outcome;
mod signals;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;

use super::follow_task::{FollowTask, Signal};
use super::report::{self, OutgoingReport};
use super::standby_task::StandbyTask;
use super::tasks::{Finished, Tasks};
use crate::agenda::{Action, Agenda, Announcer, Pace, Round};
use crate::cache::Cache;
use crate::clock;
use crate::fetch::enclosed::EnclosedFiles;
use crate::fetch::network::Network;
use crate::fetch::{RoundInput, judge_enclosed, run_round};
use crate::follow::Transport;
use crate::freshness::Evidence;
use crate::handle::{Command, Reply, Shared};
use crate::rejections::Rejections;
use crate::schedule::Rng;
use crate::server::Server;
use crate::settings::Settings;
use crate::snapshot::RuleSnapshot;
use crate::standing::Standing;
use crate::status::Status;

/// While a server is followed, the servers are asked for the manifest every this many poll
/// intervals, in case an announcement was lost.
const POLLS_PER_CHECK: u32 = 10;

/// How often the core looks for signs that newer rules are held back.
const FRESHNESS_INTERVAL: Duration = Duration::from_secs(60);

/// A timer that is not set fires after this time, and then has nothing to do.
const UNSET_TIMER: Duration = Duration::from_secs(24 * 60 * 60);

/// How many signals the task that follows servers may send ahead.
const SIGNAL_CAPACITY: usize = 16;

/// What the task works with.
pub(crate) struct Refresher {
    shared: Arc<Shared>,
    network: Network,
    settings: Settings,
    /// Where accepted snapshots are saved.
    cache: Option<Cache>,
    rng: Rng,
    /// What is to be done. Its times count from `began`.
    agenda: Agenda<Arc<EnclosedFiles>>,
    began: Instant,
    standing: Standing,
    rejections: Rejections,
    /// Whether the core has left the server that was followed last, and follows no other one yet.
    has_left: bool,
    /// The callers that wait for the result of the round in flight.
    answering: Vec<Reply>,
    /// The callers that asked for a reload after the round in flight began.
    waiting: Vec<Reply>,
    /// The server that is followed, which receives the reports.
    followed: Option<Server>,
    /// Whose announcement caused the round in flight.
    announced_by: Announcer,
    /// Notified if the followed server may hang.
    doubts: Arc<Notify>,
    /// Servers that are behind, for the task that follows one.
    lagging: mpsc::Sender<Server>,
    /// Notified if the standby server is behind, for the task that listens to it.
    standby_lagging: watch::Sender<()>,
    /// When a server confirmed what runs, in seconds since 1970; at first, when the core started.
    confirmed: u64,
    /// When the next regular report is due.
    report_due: Instant,
    /// The latest report, for the task that sends it.
    outbox: watch::Sender<Option<OutgoingReport>>,
}

impl Refresher {
    pub(crate) fn new(
        shared: Arc<Shared>,
        network: Network,
        settings: Settings,
        cache: Option<Cache>,
        rng: Rng,
    ) -> Self {
        let check_interval = settings.poll_interval.saturating_mul(POLLS_PER_CHECK);
        let pace = Pace {
            retry_delay: settings.timing.retry_delay,
            min_gap: settings.timing.min_gap,
            check_interval,
        };
        let max_silence = Duration::from_secs(Evidence::max_silence(check_interval));
        let client = shared.status.borrow().client.clone();
        let rules = shared.rules.load();
        let running = rules.snapshot().map(|_| rules.generation());
        let identity = rules.snapshot().and_then(RuleSnapshot::identity);
        Self {
            agenda: Agenda::new(client, pace, running),
            standing: Standing::new(&settings.servers, identity, settings.timing.lag_patience),
            rejections: Rejections::new(max_silence),
            has_left: false,
            shared,
            network,
            settings,
            cache,
            rng,
            began: Instant::now(),
            answering: Vec::new(),
            waiting: Vec::new(),
            followed: None,
            announced_by: Announcer::default(),
            doubts: Arc::default(),
            lagging: mpsc::channel(1).0,
            standby_lagging: watch::Sender::new(()),
            confirmed: clock::unix_seconds(),
            report_due: Instant::now(),
            outbox: watch::Sender::new(None),
        }
    }

    /// Runs until a command stops the task, or the last handle is dropped.
    pub(crate) async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let (signals, mut received) = mpsc::channel(SIGNAL_CAPACITY);
        self.report_due = Instant::now() + self.settings.timing.report_interval;
        let follow_task = self.follow_task(signals);
        let mut following = std::pin::pin!(follow_task.run());
        self.spawn_report_task();
        let mut announced = self.shared.announced.subscribe();
        let mut tasks = Tasks::default();
        let mut freshness_check = tokio::time::interval(FRESHNESS_INTERVAL);
        loop {
            while let Some(action) = self.agenda.next(self.now()) {
                self.start(action, &mut tasks);
            }
            let due = self.agenda.due().map(|due| self.began + due);
            let due = due.unwrap_or_else(|| Instant::now() + UNSET_TIMER);
            let lag_due = self.standing.pass_over_at(&self.shared.status.borrow().client);
            let lag_due = lag_due.map_or(due + UNSET_TIMER, |at| self.began + at);
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Reload(reply)) => self.on_reload(reply),
                    Some(Command::Stop) | None => return,
                },
                Some(signal) = received.recv() => self.on_signal(signal),
                Ok(()) = announced.changed() => {
                    if let Some(state) = announced.borrow_and_update().clone() {
                        self.agenda.announced_by_application(self.now(), state);
                    }
                }
                finished = tasks.next() => self.on_finished(finished),
                () = tokio::time::sleep_until(due) => {}
                () = tokio::time::sleep_until(lag_due) => self.pass_over_lagging(),
                _ = freshness_check.tick() => self.check_silence(),
                () = tokio::time::sleep_until(self.report_due) => self.queue_report(),
                () = &mut following => {}
            }
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// The task that follows servers; the task of the standby stream is started.
    fn follow_task(&mut self, signals: mpsc::Sender<Signal>) -> FollowTask {
        let (network, settings) = (self.network.clone(), &self.settings);
        let [rng, standby_rng] = [(); 2].map(|()| Rng::new(self.rng.next_u64()));
        let (shared, standby_signals) = (Arc::clone(&self.shared), signals.clone());
        let mut task = FollowTask::new(shared, network.clone(), settings, rng, signals);
        self.lagging = task.lagging();
        self.doubts = task.doubts();
        let tried = task.tried();
        let mut standby = StandbyTask::new(network, settings, standby_rng, standby_signals, tried);
        self.standby_lagging = standby.lagging();
        task.set_standby(standby.listening());
        tokio::spawn(standby.run());
        task
    }

    fn spawn_report_task(&mut self) {
        let retry_delay = self.settings.timing.retry_delay;
        let rng = Rng::new(self.rng.next_u64());
        let reports = self.outbox.subscribe();
        tokio::spawn(report::run(self.network.clone(), reports, retry_delay, rng));
    }

    fn on_reload(&mut self, reply: Reply) {
        // callers whose time ran out do not pile up during a slow round
        self.waiting.retain(|reply| !reply.is_abandoned());
        self.waiting.push(reply);
        self.agenda.request(true);
    }

    fn start(&mut self, action: Action<Arc<EnclosedFiles>>, tasks: &mut Tasks) {
        match action {
            Action::Round(round) => {
                self.announced_by = round.announced_by;
                let followed = self.followed.as_ref();
                let servers = self.standing.order(self.now(), round.announced_by, followed);
                let input = self.round_input(round);
                let network = self.network.clone();
                self.answering.append(&mut self.waiting);
                tasks.round =
                    Some(tokio::spawn(async move { run_round(&network, &servers, &input).await }));
            }
            Action::Judge(state, files) => {
                let input = self.round_input(Round::default());
                let judging = async move { judge_enclosed(&files, &state, &input).await };
                tasks.judge = Some(tokio::spawn(judging));
            }
            Action::Save => {
                let (cache, rules) = (self.cache.clone(), Arc::clone(&self.shared.rules.load()));
                tasks.save =
                    Some(tokio::task::spawn_blocking(move || match (cache, rules.snapshot()) {
                        (Some(cache), Some(snapshot)) => cache.store(snapshot),
                        _ => Ok(()),
                    }));
            }
        }
    }

    fn round_input(&self, round: Round) -> RoundInput {
        RoundInput {
            running: self.shared.rules.load().snapshot().cloned(),
            key: self.settings.key.clone(),
            folder: self.settings.folder.clone(),
            now: clock::unix_seconds(),
            hint: round.hint,
            offers: self.rejections.offers(),
            doubted: self.rejections.servers(),
            compare_files: round.compare_files,
            is_only_server: self.settings.servers.len() == 1,
            first_answer: self.settings.timing.first_answer_timeout,
            timeout: self.settings.timing.round_timeout,
        }
    }

    fn on_finished(&mut self, finished: Finished) {
        match finished {
            Finished::Round(report) => self.on_round(report),
            Finished::Judge(rules) => {
                let is_accepted = rules.is_some_and(|rules| self.apply(&rules));
                self.agenda.judged(self.now(), is_accepted);
            }
            Finished::Save(saved) => self.on_saved(saved),
        }
    }

    /// Records that a server sent or confirmed what is running.
    fn on_confirmed(&mut self) {
        self.confirmed = clock::unix_seconds();
        self.check_freshness();
    }

    /// Looks for what changes while no server answers.
    fn check_silence(&mut self) {
        self.check_freshness();
        self.rejections.expire(self.now());
        self.show_rejection();
    }

    /// Looks for signs that newer rules are held back. A change goes to subscribers of the status
    /// and into a report.
    fn check_freshness(&mut self) {
        let rules = self.shared.rules.load();
        let Some(snapshot) = rules.snapshot() else { return };
        let check_interval = self.settings.poll_interval.saturating_mul(POLLS_PER_CHECK);
        let evidence = Evidence {
            confirmed: self.confirmed,
            signed: snapshot.signed(),
            expires: snapshot.expires(),
            max_silence: Evidence::max_silence(check_interval),
        };
        let freshness = evidence.freshness(clock::unix_seconds());
        if self.shared.status.borrow().freshness != freshness {
            self.update_status(|status| status.freshness = freshness);
            self.queue_report();
        }
    }

    /// Shows the rejection that counts. A change goes to subscribers of the status and into a
    /// report.
    fn show_rejection(&mut self) {
        let before = self.shared.status.borrow().refused.clone();
        self.update_status(|status| status.set_rejection(self.rejections.shown()));
        if self.shared.status.borrow().refused != before {
            self.queue_report();
        }
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
            let (server, mut report) = (server.clone(), status.report());
            // the server knows its own identity for the running rules
            if let Some(own) = self.standing.own_identity(&server) {
                (report.generation, report.sha256) = (own.generation, own.sha256.clone());
            }
            self.outbox.send_replace(Some(OutgoingReport { server, report }));
        }
    }
}
