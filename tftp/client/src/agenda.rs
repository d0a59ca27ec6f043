//! What a core does next: verify files that came with an event, ask the servers, save a copy. A
//! state machine without I/O and without a clock.
//!
//! An announcement is a hint. It decides when the core asks the servers and never what the core
//! accepts, so a forged or lost one delays a generation at most until the next regular check.

mod hints;

use std::time::Duration;

use adr_protocol::State;

use crate::schedule::{Rng, backoff, jitter};

use self::hints::{Announced, Hints};

/// Longest window over which a server can spread the fetches of its cores.
pub const MAX_WINDOW: Duration = Duration::from_secs(60 * 60);

/// How many rounds an announced state causes while no server has a generation that is as new. Then
/// it is forgotten.
pub const ROUNDS_PER_STATE: u32 = 8;

/// Shortest time that the followed server has to announce what the standby server has announced.
pub const GRACE: Duration = Duration::from_millis(500);

/// Longest time beyond [`GRACE`]. The place of a core within it depends on its name.
pub const GRACE_SPREAD: Duration = Duration::from_millis(500);

/// Over which time cores spread their fetches if an application announces a state without a window:
/// what carries states to many applications at once does not know the window of the servers.
pub const APPLICATION_WINDOW: Duration = Duration::from_secs(10);

/// Longest first retry delay of a core without rules.
const FIRST_DELAY_WITHOUT_RULES: Duration = Duration::from_secs(1);

/// How fast a core asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Delay after the first failure; doubled with each further one, up to 5 minutes.
    pub retry_delay: Duration,
    /// Shortest time from a round that brought no rules to the next one.
    pub min_gap: Duration,
    /// Time from a round to the next one if nothing is announced, times a random factor between
    /// 0.75 and 1.25.
    pub check_interval: Duration,
}

/// What to do next. The files of an event have the type `F`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action<F> {
    /// Verify the files that came with this state; end with [`Agenda::judged`].
    Judge(State, F),
    /// Ask the servers; end with [`Agenda::finished`].
    Round(Round),
    /// Save a copy of the running rules; end with [`Agenda::saved`].
    Save,
}

/// A round of requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// The announced state that is the reason for the round.
    pub hint: Option<State>,
    /// The server that announced it, which is asked first.
    pub announced_by: Announcer,
    /// Whether to fetch and compare the files even if the generation is the one that is running.
    pub compare_files: bool,
}

/// Which server announced a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Announcer {
    /// The server that the core follows.
    #[default]
    Followed,
    /// The server that the core also listens to, in case the followed one hangs.
    Standby,
    /// The application that the core is part of, which heard it elsewhere.
    Application,
}

/// How a round ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundEnd {
    /// A server had rules that were accepted.
    Accepted,
    /// A server had what is running.
    Unchanged,
    /// No server had anything that could be accepted.
    Rejected,
    /// A server is behind what runs, and no other one has it.
    Behind,
}

/// Decides what a core does next. All times are durations since any fixed point.
///
/// ```
/// use std::time::Duration;
/// use adr_client::agenda::{Action, Agenda, Pace, RoundEnd};
/// use adr_client::schedule::Rng;
///
/// let second = Duration::from_secs(1);
/// let pace = Pace { retry_delay: 5 * second, min_gap: second, check_interval: 600 * second };
/// let mut agenda: Agenda<()> = Agenda::new("core-00000001".to_owned(), pace, Some(6));
/// // a core starts with a round, and asks again 10 minutes later, give or take a quarter
/// assert!(matches!(agenda.next(Duration::ZERO), Some(Action::Round(_))));
/// agenda.finished(second, RoundEnd::Unchanged, &mut Rng::new(1));
/// assert_eq!(agenda.next(second), None);
/// assert!(agenda.due().is_some_and(|due| due < 800 * second));
/// ```
#[derive(Clone, Debug)]
pub struct Agenda<F> {
    /// The name of the core, which decides its place in a window.
    client: String,
    pace: Pace,
    /// The generation that is running; `None` without rules.
    running: Option<u64>,
    /// How many states were announced, to tell the later one of two.
    announcements: u64,
    /// The latest state that came with files, which are not yet verified.
    offered: Option<(Announced, F)>,
    /// The state whose files are being verified.
    judging: Option<Announced>,
    /// The latest states that were announced and that no server has sent yet.
    hints: Hints,
    /// Whether a round was requested.
    is_requested: bool,
    /// Whether the next round is to compare files.
    compare_files: bool,
    /// The round in flight.
    round: Option<Round>,
    /// Rejected rounds in a row.
    failures: u32,
    /// Whether the last round found only servers that are behind.
    is_ahead: bool,
    /// When a comparison of files, the request for the first rules, or a question to servers that
    /// are behind is repeated.
    retry_at: Duration,
    /// No round starts before this time.
    earliest: Duration,
    /// When the servers are asked although nothing was announced.
    check_at: Duration,
    /// The copy that is still to be saved.
    copy: Option<PendingSave>,
    /// Failed attempts before the attempt to save that is running.
    saving: Option<u32>,
}

/// A copy to save.
#[derive(Clone, Copy, Debug)]
struct PendingSave {
    due: Duration,
    /// Failed attempts in a row.
    failures: u32,
}

impl<F> Agenda<F> {
    /// The agenda of a core that has just started; `running` is the generation from its cache, and
    /// `None` without one. The first action is a round that compares files.
    #[must_use]
    pub fn new(client: String, pace: Pace, running: Option<u64>) -> Self {
        Self {
            client,
            pace,
            running,
            announcements: 0,
            offered: None,
            judging: None,
            hints: Hints::default(),
            is_requested: true,
            compare_files: true,
            round: None,
            failures: 0,
            is_ahead: false,
            retry_at: Duration::ZERO,
            earliest: Duration::ZERO,
            check_at: Duration::ZERO,
            copy: None,
            saving: None,
        }
    }

    /// Records an announced state, with the files that came along. A state that is not newer than
    /// the running generation changes nothing; any other one replaces the one before.
    pub fn announced(&mut self, now: Duration, state: State, files: Option<F>) {
        if !self.is_newer(&state) {
            return;
        }
        let announced = self.place(state);
        match files {
            Some(files) => self.offered = Some((announced, files)),
            None => self.add_hint(now, announced),
        }
    }

    /// Records a state that the standby server announced. It causes a round only if the followed
    /// server does not announce it as well, within [`GRACE`] and a part of [`GRACE_SPREAD`]. It
    /// neither replaces nor delays what the followed server announced.
    pub fn announced_by_standby(&mut self, now: Duration, state: State) {
        self.announced_beside(now, Announcer::Standby, state);
    }

    /// Records a state that an application heard elsewhere. It counts as one of the standby server
    /// does, and neither of the two replaces or delays the other. Without a window, it has
    /// [`APPLICATION_WINDOW`].
    pub fn announced_by_application(&mut self, now: Duration, state: State) {
        self.announced_beside(now, Announcer::Application, state);
    }

    fn announced_beside(&mut self, now: Duration, by: Announcer, state: State) {
        if self.is_newer(&state) {
            let window = milliseconds(GRACE_SPREAD);
            let grace = State { window, ..state.clone() }.delay(&self.client) + GRACE;
            let spread = match (by, state.window) {
                (Announcer::Application, 0) => milliseconds(APPLICATION_WINDOW),
                (_, window) => window,
            };
            let due = now + self.delay(&State { window: spread, ..state.clone() }) + grace;
            let announced = self.place(state);
            self.hints.add(by, due, announced);
        }
    }

    /// Requests a round. A request to compare files begins with a short retry delay again: there is
    /// a reason to expect that the files are available now.
    pub fn request(&mut self, compare_files: bool) {
        self.is_requested = true;
        if compare_files {
            self.compare_files = true;
            self.failures = 0;
        }
    }

    /// Records that the rules of a generation are running now, and are to be saved.
    pub fn now_running(&mut self, now: Duration, generation: u64) {
        self.running = Some(generation);
        self.failures = 0;
        self.is_ahead = false;
        self.copy = Some(PendingSave { due: now, failures: 0 });
        self.hints.forget(generation);
        self.offered.take_if(|(offered, _)| offered.state.generation <= generation);
    }

    /// The next action; `None` while there is nothing to do before [`due`](Self::due). There is at
    /// most one action of each kind at a time.
    pub fn next(&mut self, now: Duration) -> Option<Action<F>> {
        if self.judging.is_none()
            && let Some((announced, files)) = self.offered.take()
        {
            let state = announced.state.clone();
            self.judging = Some(announced);
            return Some(Action::Judge(state, files));
        }
        if self.round.is_none() && self.round_due() <= now {
            return Some(Action::Round(self.start_round(now)));
        }
        if self.saving.is_none()
            && let Some(copy) = self.copy.take_if(|copy| copy.due <= now)
        {
            self.saving = Some(copy.failures);
            return Some(Action::Save);
        }
        None
    }

    /// When [`next`](Self::next) has another action even if nothing happens before; `None` while it
    /// waits for the end of an action.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        let round = self.round.is_none().then(|| self.round_due());
        let copy = self.copy.filter(|_| self.saving.is_none()).map(|copy| copy.due);
        round.into_iter().chain(copy).min()
    }

    /// Records whether the files of an event were accepted. If not, the servers are asked for them.
    pub fn judged(&mut self, now: Duration, is_accepted: bool) {
        let Some(announced) = self.judging.take() else { return };
        if !is_accepted && self.is_newer(&announced.state) {
            self.add_hint(now, announced);
        }
    }

    /// Records the end of the round in flight. If rules were accepted,
    /// [`now_running`](Self::now_running) comes first.
    pub fn finished(&mut self, now: Duration, end: RoundEnd, rng: &mut Rng) {
        let Some(round) = self.round.take() else { return };
        self.check_at = now + jitter(self.pace.check_interval, rng);
        self.earliest = now;
        self.is_ahead = end == RoundEnd::Behind;
        match end {
            RoundEnd::Accepted => self.failures = 0,
            RoundEnd::Unchanged => {
                self.failures = 0;
                self.earliest = now + self.pace.min_gap;
            }
            RoundEnd::Rejected | RoundEnd::Behind => {
                self.failures = self.failures.saturating_add(1);
                self.compare_files |= round.compare_files;
                self.retry_at = now + backoff(self.first_delay(), self.failures, rng);
                self.earliest = now + self.pace.min_gap;
            }
        }
        if let Some(state) = &round.hint {
            let first = self.first_delay();
            let delay = |rounds| backoff(first, rounds, rng);
            self.hints.count(round.announced_by, state, now, delay);
        }
    }

    /// Records whether the copy was saved. If not, it is saved again later.
    pub fn saved(&mut self, now: Duration, is_saved: bool, rng: &mut Rng) {
        let Some(failures) = self.saving.take() else { return };
        // rules that were accepted meanwhile are saved anyway
        if !is_saved && self.copy.is_none() {
            let failures = failures.saturating_add(1);
            let due = now + backoff(self.pace.retry_delay, failures, rng);
            self.copy = Some(PendingSave { due, failures });
        }
    }

    fn is_newer(&self, state: &State) -> bool {
        state.generation > self.running.unwrap_or(0)
    }

    fn place(&mut self, state: State) -> Announced {
        self.announcements += 1;
        Announced { state, place: self.announcements }
    }

    fn add_hint(&mut self, now: Duration, announced: Announced) {
        let due = now + self.delay(&announced.state);
        self.hints.add(Announcer::Followed, due, announced);
    }

    /// How long this core waits before it fetches; less than [`MAX_WINDOW`].
    fn delay(&self, state: &State) -> Duration {
        if self.running.is_none() {
            return Duration::ZERO;
        }
        let longest = milliseconds(MAX_WINDOW);
        State { window: state.window.min(longest), ..state.clone() }.delay(&self.client)
    }

    /// When the next round starts.
    fn round_due(&self) -> Duration {
        if self.is_requested {
            return self.earliest;
        }
        // the check leaves time for the window, but not for an endless row of windows
        let window = if self.hints.are_in_window() { MAX_WINDOW } else { Duration::ZERO };
        let mut due = self.hints.due().into_iter().fold(self.check_at + window, Duration::min);
        if self.compare_files || self.running.is_none() || self.is_ahead {
            due = due.min(self.retry_at);
        }
        due.max(self.earliest)
    }

    fn start_round(&mut self, now: Duration) -> Round {
        self.is_requested = false;
        let (announced_by, hint) = self.hints.reason(now).unzip();
        let round = Round {
            hint,
            announced_by: announced_by.unwrap_or_default(),
            compare_files: std::mem::take(&mut self.compare_files),
        };
        self.round = Some(round.clone());
        round
    }

    fn first_delay(&self) -> Duration {
        match self.running {
            Some(_) => self.pace.retry_delay,
            None => self.pace.retry_delay.min(FIRST_DELAY_WITHOUT_RULES),
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
