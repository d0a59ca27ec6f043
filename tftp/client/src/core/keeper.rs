//! The one task that changes rules: asks servers when it is told to, and swaps what it may take.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use adr_protocol::State;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::listen::{self, Signal};
use super::reports::{self, Letter};
use super::{Command, Done, Reloaded, Settings, Shared};
use crate::cache::Cache;
use crate::fetch::enclosed::Enclosed;
use crate::fetch::wire::Wire;
use crate::fetch::{Round, Wanted, round};
use crate::follow::Way;
use crate::refusal::{Reason, Refusal};
use crate::rules::Rules;
use crate::schedule::{Chance, pause};
use crate::server::Server;

/// First pause of a core that has no rules at all.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Whoever waits for a round.
type Replies = Vec<oneshot::Sender<Reloaded>>;

/// The task and what it knows.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    wire: Wire,
    settings: Settings,
    cache: Option<Cache>,
    chance: Chance,
    /// Those who asked after the round in flight had begun.
    waiting: Replies,
    /// What the next round is to look at, if there is to be one.
    next: Option<Look>,
    /// A round that is to begin later.
    due: Option<(Instant, Look)>,
    failures: u32,
    /// The server that is followed, for reports.
    followed: Option<Server>,
    report_due: Instant,
    /// The latest report, for the task that posts.
    letters: watch::Sender<Option<Letter>>,
}

/// What a round looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Look {
    told: Option<State>,
    /// What came along with that state.
    enclosed: Option<Arc<Enclosed>>,
    is_thorough: bool,
}

impl Look {
    /// Looks at what either would: of two states, at the later one.
    fn add(&mut self, other: Self) {
        self.is_thorough |= other.is_thorough;
        let generation = |told: &Option<State>| told.as_ref().map(|told| told.generation);
        if generation(&other.told) >= generation(&self.told) {
            self.told = other.told;
            self.enclosed = other.enclosed;
        }
    }
}

/// A round that runs.
struct Flight {
    task: JoinHandle<Round>,
    look: Look,
    replies: Replies,
}

impl Keeper {
    pub(super) fn new(
        (shared, wire): (Arc<Shared>, Wire),
        settings: Settings,
        cache: Option<Cache>,
        chance: Chance,
    ) -> Self {
        Self {
            shared,
            wire,
            settings,
            cache,
            chance,
            waiting: Vec::new(),
            next: Some(Look { is_thorough: true, ..Look::default() }),
            due: None,
            failures: 0,
            followed: None,
            report_due: Instant::now(),
            letters: watch::Sender::new(None),
        }
    }

    /// Runs until it is told to stop, or nobody is left who could.
    pub(super) async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let (signals, mut told) = mpsc::channel(16);
        self.report_due = Instant::now() + self.settings.times.report;
        let listening = listen::Listener::new(
            Arc::clone(&self.shared),
            self.wire.clone(),
            &self.settings,
            self.chance.bits(),
        );
        let mut listening = std::pin::pin!(listening.run(signals));
        tokio::spawn(reports::run(
            self.wire.clone(),
            self.letters.subscribe(),
            self.settings.times.retry,
            Chance::new(self.chance.bits()),
        ));
        let mut flight: Option<Flight> = None;
        loop {
            if flight.is_none() {
                flight = self.begin();
            }
            let due = self.due.as_ref().map_or_else(far, |(at, _)| *at);
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Reload(reply)) => self.reload(reply),
                    Some(Command::Stop) | None => return,
                },
                Some(signal) = told.recv() => self.on_signal(signal, flight.as_ref()),
                round = landed(&mut flight) => self.finish(round).await,
                () = tokio::time::sleep_until(due) => self.want_what_is_due(),
                () = tokio::time::sleep_until(self.report_due) => self.report(),
                () = &mut listening => {}
            }
        }
    }

    fn reload(&mut self, reply: oneshot::Sender<Reloaded>) {
        self.waiting.push(reply);
        self.look(true);
    }

    /// Whoever wants the files to be compared has a reason to think that they can be had now.
    fn look(&mut self, is_thorough: bool) {
        if is_thorough {
            self.failures = 0;
        }
        self.want(Look { is_thorough, ..Look::default() });
    }

    /// The next round is to look at this as well.
    fn want(&mut self, look: Look) {
        self.next.get_or_insert_default().add(look);
    }

    /// A later round is to look at this, and at what was put off before, which does not get later
    /// by it.
    fn put_off(&mut self, at: Instant, look: Look) {
        let (due, all) = self.due.get_or_insert_with(|| (at, Look::default()));
        *due = at.min(*due);
        all.add(look);
    }

    fn on_signal(&mut self, signal: Signal, flight: Option<&Flight>) {
        match signal {
            Signal::Follows { server, way } => self.follows(server, way),
            Signal::Look { is_thorough } => self.look(is_thorough),
            Signal::Told(state, enclosed) => self.told((state, enclosed), flight),
        }
    }

    /// Whoever has just begun to tell does not know yet what runs here.
    fn follows(&mut self, server: Option<Server>, way: Way) {
        let is_other = self.followed != server || self.shared.status.borrow().way != way.word();
        self.followed = server;
        self.show(|status| status.follows(way));
        if is_other || way == Way::Events {
            self.report();
        }
    }

    /// A state that is no step forward is no reason to ask; neither is one that is being looked at.
    fn told(&mut self, (state, enclosed): (State, Option<Arc<Enclosed>>), flight: Option<&Flight>) {
        let known = |look: &Look| {
            look.told.as_ref().is_some_and(|told| told.generation >= state.generation)
        };
        let running = self.shared.rules.load().generation();
        let is_known = flight.is_some_and(|flight| known(&flight.look))
            || self.next.as_ref().is_some_and(known)
            || self.due.as_ref().is_some_and(|(_, look)| known(look));
        if state.generation <= running || is_known {
            return;
        }
        self.failures = 0;
        let client = self.shared.status.borrow().client.clone();
        let delay = if self.shared.rules.load().copy().is_none() {
            Duration::ZERO
        } else {
            state.delay(&client)
        };
        let look = Look { told: Some(state), enclosed, is_thorough: false };
        // a state that was told before is replaced, but files that were to be compared still are
        self.due.take_if(|(_, due)| !due.is_thorough);
        if delay.is_zero() {
            self.want(look);
            self.want_what_is_due();
        } else {
            self.put_off(Instant::now() + delay, look);
        }
    }

    fn want_what_is_due(&mut self) {
        if let Some((_, look)) = self.due.take() {
            self.want(look);
        }
    }

    /// Begins the round that is wanted; whoever waits by now is answered by it.
    fn begin(&mut self) -> Option<Flight> {
        let look = self.next.take()?;
        let running = self.shared.rules.load().generation();
        let told = look.told.as_ref();
        let has_come = told.is_some_and(|told| told.generation <= running);
        if has_come && !look.is_thorough && self.waiting.is_empty() {
            // the round before, which nobody had told of it, has brought it
            return None;
        }
        let wanted = Wanted {
            held: self.shared.rules.load().copy().cloned(),
            key: self.settings.key.clone(),
            now: super::now(),
            told: look.told.as_ref().map(|state| (state.generation, state.sha256.clone())),
            enclosed: look.enclosed.clone(),
            is_thorough: look.is_thorough,
        };
        let (wire, servers) = (self.wire.clone(), self.settings.servers.clone());
        let task = tokio::spawn(async move { round(&wire, &servers, &wanted).await });
        Some(Flight { task, look, replies: std::mem::take(&mut self.waiting) })
    }

    async fn finish(&mut self, (round, look, replies): (Round, Look, Replies)) {
        let reloaded = match round {
            Round::Taken(rules) => Ok(self.take(rules).await),
            Round::Same => Ok(self.confirm().await),
            Round::Refused(refusal) => {
                self.refuse(&refusal, look);
                Err(refusal)
            }
        };
        for reply in replies {
            // whoever stopped waiting does not need it
            let _ = reply.send(reloaded.clone());
        }
    }

    /// Swaps and says so first, since a call may be waiting; then keeps the copy and reports.
    async fn take(&mut self, rules: Arc<Rules>) -> Done {
        self.failures = 0;
        self.shared.rules.store(Arc::clone(&rules));
        self.show(|status| {
            status.runs(&rules);
            status.from_cache = false;
            status.refused = None;
        });
        if let Err(refusal) = self.keep(&rules).await {
            self.show(|status| status.refuses(&refusal));
        }
        self.report();
        Done { generation: rules.generation(), changed: true }
    }

    /// What runs is what is offered; a copy that could not be kept is tried to keep again.
    async fn confirm(&mut self) -> Done {
        self.failures = 0;
        let rules = Arc::clone(&self.shared.rules.load());
        let refused = self.shared.status.borrow().refused.clone();
        let is_unkept = refused.is_some_and(|refused| refused.reason == Reason::Disk);
        let kept = if is_unkept { self.keep(&rules).await } else { Ok(()) };
        self.show(|status| {
            status.from_cache = false;
            status.refused = None;
            if let Err(refusal) = &kept {
                status.refuses(refusal);
            }
        });
        Done { generation: rules.generation(), changed: false }
    }

    async fn keep(&self, rules: &Arc<Rules>) -> Result<(), Refusal> {
        let (Some(cache), rules) = (self.cache.clone(), Arc::clone(rules)) else {
            return Ok(());
        };
        let stored = tokio::task::spawn_blocking(move || {
            rules.copy().map_or(Ok(()), |copy| cache.store(copy))
        });
        let refusal = |detail: String| Refusal::new(Reason::Disk, "", detail);
        match stored.await {
            Ok(stored) => {
                stored.map_err(|error| refusal(format!("{error}; it runs, but was not kept")))
            }
            Err(_) => Err(refusal("keeping the copy failed".to_owned())),
        }
    }

    /// What was announced, files that were to be compared, and what a core without rules needs are
    /// looked at again, later each time.
    fn refuse(&mut self, refusal: &Refusal, look: Look) {
        self.failures = self.failures.saturating_add(1);
        let has_rules = self.shared.rules.load().copy().is_some();
        let is_needed = look.told.is_some() || !has_rules;
        if look.is_thorough || (is_needed && self.due.is_none()) {
            let first = if has_rules {
                self.settings.times.retry
            } else {
                FIRST_PAUSE.min(self.settings.times.retry)
            };
            let at = Instant::now() + pause(first, self.failures, &mut self.chance);
            self.put_off(at, look);
        }
        let before = self.shared.status.borrow().refused.clone();
        self.show(|status| status.refuses(refusal));
        if self.shared.status.borrow().refused != before {
            self.report();
        }
    }

    /// Changes the status, and tells subscribers when it is another one.
    fn show(&self, change: impl FnOnce(&mut crate::status::Status)) {
        self.shared.status.send_if_modified(|status| {
            let before = status.clone();
            change(status);
            *status != before
        });
    }

    /// Tells the followed server what runs, where it may want to hear it.
    fn report(&mut self) {
        self.report_due = Instant::now() + self.settings.times.report;
        let status = self.shared.status.borrow();
        let is_heard = status.way != Way::Poll.word() || status.generation > 0;
        if let (Some(server), true) = (&self.followed, is_heard) {
            let (server, report) = (server.clone(), status.report());
            self.letters.send_replace(Some(Letter { server, report }));
        }
    }
}

/// The round in flight, once it has landed; never, while there is none.
async fn landed(flight: &mut Option<Flight>) -> (Round, Look, Replies) {
    let Some(running) = flight else {
        return std::future::pending().await;
    };
    let round = Pin::new(&mut running.task).await;
    let failed = || Round::Refused(Refusal::new(Reason::Other, "", "asking the servers failed"));
    let (look, replies) =
        flight.take().map(|flight| (flight.look, flight.replies)).unwrap_or_default();
    (round.unwrap_or_else(|_| failed()), look, replies)
}

fn far() -> Instant {
    Instant::now() + Duration::from_secs(24 * 60 * 60)
}
