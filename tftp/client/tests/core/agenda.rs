//! The agenda of a core: whatever was announced, lost or forged before, a core that is offered a
//! newer generation runs it within a bounded time, and it never asks more often than once a second.

use std::time::Duration;

use adr_client::agenda::{
    Action, Agenda, Announcer, GRACE, GRACE_SPREAD, MAX_WINDOW, Pace, ROUNDS_PER_STATE, Round,
    RoundEnd,
};
use adr_client::schedule::{MAX_BACKOFF, Rng};
use adr_protocol::State;
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

const PACE: Pace = Pace {
    retry_delay: Duration::from_secs(5),
    min_gap: SECOND,
    check_interval: Duration::from_secs(600),
};

/// How long a round takes in these tests.
const ROUND: Duration = Duration::from_millis(100);

/// The longest time from an offer to the round that accepts it: the check, its jitter, the longest
/// window, and the round in flight.
const BOUND: Duration = Duration::from_secs(600 * 5 / 4 + 3600 + 2);

fn state(generation: u64, sha256: &str, window: u64) -> State {
    State { generation, sha256: sha256.to_owned(), window }
}

/// What happens to a core from outside.
#[derive(Clone, Debug)]
enum Happening {
    /// A state is announced, true or forged; with files that do not verify, or without files.
    Announced { generation: u64, sha256: u8, window: u64, files: bool },
    /// The same by the standby server, without files.
    AnnouncedByStandby { generation: u64, sha256: u8, window: u64 },
    /// A user or the follower requests a round.
    Requested { compare_files: bool },
    /// Time passes.
    Passes(Duration),
}

fn happening() -> impl Strategy<Value = Happening> {
    let generation = prop_oneof![0..12_u64, Just(u64::MAX), Just(u64::MAX - 1), any::<u64>()];
    let window = prop_oneof![Just(0), 0..10_000_u64, Just(u64::MAX)];
    prop_oneof![
        2 => (generation.clone(), 0..3_u8, window.clone()).prop_map(
            |(generation, sha256, window)| Happening::AnnouncedByStandby {
                generation,
                sha256,
                window,
            }
        ),
        4 => (generation, 0..3_u8, window, any::<bool>()).prop_map(
            |(generation, sha256, window, files)| Happening::Announced {
                generation,
                sha256,
                window,
                files,
            }
        ),
        1 => any::<bool>().prop_map(|compare_files| Happening::Requested { compare_files }),
        4 => (0..2_000_000_u64).prop_map(|passed| Happening::Passes(Duration::from_millis(passed))),
        2 => (0..3_000_u64).prop_map(|passed| Happening::Passes(Duration::from_millis(passed))),
    ]
}

/// A core with its agenda, and a server whose newest generation is `offered`.
struct World {
    agenda: Agenda<()>,
    rng: Rng,
    now: Duration,
    running: Option<u64>,
    offered: u64,
    /// Whether servers answer.
    is_reachable: bool,
    round_ends: Option<Duration>,
    /// Beginnings of rounds, and whether the round before brought rules.
    rounds: Vec<(Duration, bool)>,
    brought_rules: bool,
}

impl World {
    fn new(running: Option<u64>, seed: u64) -> Self {
        Self {
            agenda: Agenda::new("core-00000001".to_owned(), PACE, running),
            rng: Rng::new(seed),
            now: Duration::ZERO,
            running,
            offered: running.unwrap_or(0),
            is_reachable: true,
            round_ends: None,
            rounds: Vec::new(),
            brought_rules: true,
        }
    }

    /// Lets everything happen that is due until a time.
    fn run_until(&mut self, end: Duration) {
        loop {
            while let Some(action) = self.agenda.next(self.now) {
                self.start(&action);
            }
            let due = self.agenda.due().into_iter().chain(self.round_ends).min();
            let Some(due) = due.filter(|due| *due <= end) else { break };
            self.now = self.now.max(due);
            if self.round_ends.is_some_and(|ends| ends <= self.now) {
                self.end_round();
            }
        }
        self.now = end;
    }

    fn start(&mut self, action: &Action<()>) {
        match action {
            Action::Judge(..) => self.agenda.judged(self.now, false),
            Action::Save => self.agenda.saved(self.now, true, &mut self.rng),
            Action::Round(_) => {
                self.rounds.push((self.now, self.brought_rules));
                self.round_ends = Some(self.now + ROUND);
            }
        }
    }

    fn end_round(&mut self) {
        self.round_ends = None;
        let is_newer = self.offered > self.running.unwrap_or(0);
        let end = match (self.is_reachable, is_newer) {
            (false, _) => RoundEnd::Rejected,
            (true, false) => RoundEnd::Unchanged,
            (true, true) => {
                self.running = Some(self.offered);
                self.agenda.now_running(self.now, self.offered);
                RoundEnd::Accepted
            }
        };
        self.brought_rules = end == RoundEnd::Accepted;
        self.agenda.finished(self.now, end, &mut self.rng);
    }

    fn happen(&mut self, happening: &Happening) {
        match happening {
            Happening::Announced { generation, sha256, window, files } => {
                let state = state(*generation, &sha256.to_string(), *window);
                self.agenda.announced(self.now, state, files.then_some(()));
            }
            Happening::AnnouncedByStandby { generation, sha256, window } => {
                let state = state(*generation, &sha256.to_string(), *window);
                self.agenda.announced_by_standby(self.now, state);
            }
            Happening::Requested { compare_files } => self.agenda.request(*compare_files),
            Happening::Passes(passed) => self.run_until(self.now + *passed),
        }
    }
}

proptest! {
    /// Nothing is announced after the offer.
    #[test]
    fn offered_generation_runs_within_a_bounded_time(
        running in prop::option::of(1..5_u64),
        before in prop::collection::vec((happening(), any::<bool>()), 0..40),
        seed: u64,
    ) {
        let mut world = World::new(running, seed);
        for (happening, is_reachable) in &before {
            world.is_reachable = *is_reachable;
            world.happen(happening);
        }
        world.is_reachable = true;
        world.offered = 5;
        world.run_until(world.now + BOUND);
        prop_assert_eq!(world.running, Some(5));
    }

    /// Forged states arrive every second for hours, each with the longest window.
    #[test]
    fn endless_forged_states_do_not_delay_the_check_further(seed: u64, generations: u64) {
        let mut world = World::new(Some(1), seed);
        world.run_until(SECOND);
        world.offered = 2;
        let mut generations = Rng::new(generations);
        for _ in 0..BOUND.as_secs() {
            let forged = state(generations.next_u64(), "forged", u64::MAX);
            world.agenda.announced(world.now, forged, None);
            world.run_until(world.now + SECOND);
        }
        prop_assert_eq!(world.running, Some(2));
    }

    /// An announcement of what is offered needs no check: the core asks within its window.
    #[test]
    fn announced_generation_runs_after_its_window_whatever_was_forged(
        before in prop::collection::vec(happening(), 0..40),
        window in 0..7_200_000_u64,
        seed: u64,
    ) {
        let mut world = World::new(Some(1), seed);
        for happening in &before {
            world.happen(happening);
        }
        world.offered = 5;
        world.agenda.announced(world.now, state(5, "true", window), None);
        let window = Duration::from_millis(window).min(MAX_WINDOW);
        world.run_until(world.now + window + SECOND + 2 * ROUND);
        prop_assert_eq!(world.running, Some(5));
    }

    /// The followed server hangs: it announces nothing. Whatever was forged before, the core asks
    /// after the window and the grace.
    #[test]
    fn generation_that_only_the_standby_server_announced_runs_after_its_window(
        before in prop::collection::vec(happening(), 0..40),
        window in 0..7_200_000_u64,
        seed: u64,
    ) {
        let mut world = World::new(Some(1), seed);
        for happening in &before {
            world.happen(happening);
        }
        world.offered = 5;
        world.agenda.announced_by_standby(world.now, state(5, "true", window));
        let window = Duration::from_millis(window).min(MAX_WINDOW);
        world.run_until(world.now + window + GRACE + GRACE_SPREAD + SECOND + 2 * ROUND);
        prop_assert_eq!(world.running, Some(5));
    }

    /// States that the standby server announces, forged ones included, neither replace nor delay
    /// what the followed server announced.
    #[test]
    fn standby_server_delays_nothing_of_the_followed_one(
        forged in prop::collection::vec((any::<u64>(), 0..100_u64), 0..200),
        seed: u64,
    ) {
        let mut world = World::new(Some(1), seed);
        world.run_until(SECOND);
        world.offered = 5;
        world.agenda.announced(world.now, state(5, "true", 0), None);
        let end = world.now + 2 * SECOND + 2 * ROUND;
        for (generation, passed) in forged {
            world.agenda.announced_by_standby(world.now, state(generation, "forged", u64::MAX));
            world.run_until(end.min(world.now + Duration::from_millis(passed)));
        }
        world.run_until(end);
        prop_assert_eq!(world.running, Some(5));
    }

    /// A core asks at most once a second, except right after it got new rules.
    #[test]
    fn rounds_are_at_least_a_second_apart(
        happenings in prop::collection::vec((happening(), any::<bool>(), 0..6_u64), 0..60),
        seed: u64,
    ) {
        let mut world = World::new(None, seed);
        for (happening, is_reachable, offered) in &happenings {
            world.is_reachable = *is_reachable;
            world.offered = world.offered.max(*offered);
            world.happen(happening);
        }
        for pair in world.rounds.windows(2) {
            let ((earlier, _), (later, brought_rules)) = (pair[0], pair[1]);
            prop_assert!(brought_rules || later >= earlier + SECOND, "{:?}", world.rounds);
        }
    }
}

/// A core that has finished its first round and runs generation 1.
fn settled() -> (Agenda<&'static str>, Rng) {
    let mut agenda = Agenda::new("core-00000001".to_owned(), PACE, Some(1));
    let mut rng = Rng::new(3);
    assert_eq!(
        agenda.next(Duration::ZERO),
        Some(Action::Round(Round { compare_files: true, ..Round::default() }))
    );
    agenda.finished(Duration::ZERO, RoundEnd::Unchanged, &mut rng);
    (agenda, rng)
}

#[test]
fn state_that_no_server_has_is_forgotten() {
    let (mut agenda, mut rng) = settled();
    agenda.announced(SECOND, state(u64::MAX, "forged", 0), None);
    let mut rounds = 0;
    let mut now = SECOND;
    while let Some(Action::Round(Round { hint: Some(_), .. })) = agenda.next(now) {
        rounds += 1;
        agenda.finished(now, RoundEnd::Unchanged, &mut rng);
        now = agenda.due().unwrap();
        assert!(now <= SECOND + rounds * MAX_BACKOFF * 3 / 2);
    }
    assert!((1..=ROUNDS_PER_STATE).contains(&rounds), "{rounds}");
}

#[test]
fn latest_state_replaces_the_one_before() {
    let (mut agenda, _) = settled();
    agenda.announced(SECOND, state(u64::MAX, "forged", u64::MAX), None);
    assert_eq!(agenda.next(SECOND), None, "it waits for its window");
    let latest = state(2, "true", 0);
    agenda.announced(SECOND, latest.clone(), None);
    let round = Round { hint: Some(latest), ..Round::default() };
    assert_eq!(agenda.next(SECOND), Some(Action::Round(round)));
}

/// The grace differs from core to core, so that not all of them ask at the same moment.
#[test]
fn standby_server_is_asked_only_if_the_followed_one_announces_nothing() {
    let (mut agenda, _) = settled();
    agenda.announced_by_standby(SECOND, state(2, "a", 0));
    assert_eq!(agenda.next(SECOND), None);
    let due = agenda.due().unwrap();
    assert!((SECOND + GRACE..=SECOND + GRACE + GRACE_SPREAD).contains(&due), "{due:?}");
    let mut hung = agenda.clone();
    let (hint, announced_by) = (Some(state(2, "a", 0)), Announcer::Standby);
    let round = Round { hint, announced_by, compare_files: false };
    assert_eq!(hung.next(due), Some(Action::Round(round)));
    // the followed server announces it as well: at once with files, or for its window
    let mut in_time = agenda.clone();
    in_time.announced(SECOND, state(2, "a", 0), Some("two"));
    assert!(matches!(in_time.next(SECOND), Some(Action::Judge(..))));
    in_time.now_running(SECOND, 2);
    assert_eq!(in_time.next(SECOND), Some(Action::Save));
    in_time.judged(SECOND, true);
    assert_eq!(in_time.next(due), None);
    agenda.announced(SECOND, state(2, "a", 3_600_000), None);
    let window = agenda.due().unwrap();
    assert!(window > due, "the window of the followed server counts: {window:?}");
    let Some(Action::Round(round)) = agenda.next(window) else { panic!("no round") };
    assert_eq!(round.announced_by, Announcer::Followed);
}

#[test]
fn files_of_an_event_do_not_wait_for_the_round_in_flight() {
    let (mut agenda, mut rng) = settled();
    agenda.request(false);
    assert!(matches!(agenda.next(SECOND), Some(Action::Round(_))));
    agenda.announced(SECOND, state(2, "a", 0), Some("two"));
    assert_eq!(agenda.next(SECOND), Some(Action::Judge(state(2, "a", 0), "two")));
    // of files that arrive meanwhile, only the latest are kept
    agenda.announced(SECOND, state(3, "b", 0), Some("three"));
    agenda.announced(SECOND, state(4, "c", 0), Some("four"));
    assert_eq!(agenda.next(SECOND), None);
    agenda.now_running(SECOND, 2);
    agenda.judged(SECOND, true);
    assert_eq!(agenda.next(SECOND), Some(Action::Judge(state(4, "c", 0), "four")));
    assert_eq!(agenda.next(SECOND), Some(Action::Save));
    // files that were not accepted are a reason to ask the servers
    agenda.judged(SECOND, false);
    agenda.finished(SECOND, RoundEnd::Unchanged, &mut rng);
    let round = Round { hint: Some(state(4, "c", 0)), ..Round::default() };
    assert_eq!(agenda.next(2 * SECOND), Some(Action::Round(round)));
}

#[test]
fn copy_that_was_not_saved_is_saved_again() {
    let (mut agenda, mut rng) = settled();
    agenda.now_running(SECOND, 2);
    assert_eq!(agenda.next(SECOND), Some(Action::Save));
    agenda.saved(SECOND, false, &mut rng);
    assert_eq!(agenda.next(SECOND), None);
    let due = agenda.due().unwrap();
    assert!(due <= SECOND + PACE.retry_delay * 3 / 2, "{due:?}");
    assert_eq!(agenda.next(due), Some(Action::Save));
    // rules that are accepted while the copy is being written need another copy
    agenda.now_running(due, 3);
    agenda.saved(due, true, &mut rng);
    assert_eq!(agenda.next(due), Some(Action::Save));
    agenda.saved(due, true, &mut rng);
    assert_eq!(agenda.next(due), None);
}

#[test]
fn rejected_comparison_of_files_is_repeated() {
    let (mut agenda, mut rng) = settled();
    agenda.request(true);
    let now = 2 * SECOND;
    assert!(matches!(agenda.next(now), Some(Action::Round(_))));
    agenda.finished(now, RoundEnd::Rejected, &mut rng);
    let due = agenda.due().unwrap();
    assert!(due <= now + PACE.retry_delay * 3 / 2, "{due:?}");
    let round = Round { compare_files: true, ..Round::default() };
    assert_eq!(agenda.next(due), Some(Action::Round(round)));
}
