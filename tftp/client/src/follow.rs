//! How a core follows a server: events, else long polls, else polls; no socket and no clock here.

use std::time::Duration;

use crate::schedule::{Chance, about, pause};

/// Long polls and polls after which events are tried again.
const TRY_EVENTS_AFTER: u32 = 20;

/// Ways of being told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// A stream of server-sent events.
    Events,
    /// A request that is answered when something changes.
    LongPoll,
    /// Asking for the manifest now and then.
    Poll,
}

impl Way {
    /// The word for it, in kebab case.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::LongPoll => "long-poll",
            Self::Poll => "poll",
        }
    }
}

/// How a try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// A long poll was answered; whether with something new.
    Answered {
        /// Whether the generation was greater than the one asked for.
        is_new: bool,
    },
    /// The manifest was asked for.
    Polled,
    /// The server does not know this way.
    NotOffered,
    /// The head of an answer came and no event behind it: a proxy holds it back.
    HeldBack,
    /// A stream that told something ended, or fell silent.
    Ended,
    /// No connection, or an error.
    Failed,
    /// No room for one more; try again after this time.
    Full(Duration),
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// By which way.
    pub way: Way,
    /// Position of the server, from 0.
    pub server: usize,
    /// After how long.
    pub wait: Duration,
}

/// Follows one server at a time, and goes on to the next one when it fails.
#[derive(Clone, Debug)]
pub struct Follower {
    servers: usize,
    period: Duration,
    way: Way,
    server: usize,
    failures: u32,
    rounds: u32,
    retry: Duration,
}

impl Follower {
    /// Follows so many servers that can tell of changes; without any of them it polls. `period` is
    /// that of polling, `retry` the first pause after a failure until a server names another one.
    #[must_use]
    pub fn new(servers: usize, period: Duration, retry: Duration) -> Self {
        let mut follower =
            Self { servers, period, way: Way::Poll, server: 0, failures: 0, rounds: 0, retry };
        follower.begin();
        follower
    }

    /// The first thing to do.
    #[must_use]
    pub fn first(&self) -> Next {
        self.after(Duration::ZERO)
    }

    /// A server told something, and how long it wants to be left alone for after an end.
    pub fn told(&mut self, retry: Option<Duration>) {
        self.failures = 0;
        self.retry = retry.unwrap_or(self.retry).max(Duration::from_millis(10));
    }

    /// What to do after a try ended.
    pub fn next(&mut self, end: End, chance: &mut Chance) -> Next {
        match end {
            End::Answered { is_new } => {
                self.failures = 0;
                let wait = if is_new { Duration::ZERO } else { Duration::from_secs(1) };
                self.count_round();
                self.after(wait)
            }
            End::Polled => {
                self.count_round();
                let wait = about(self.period, chance);
                self.after(wait)
            }
            End::NotOffered | End::HeldBack => self.go_down(chance),
            End::Ended | End::Failed => {
                self.failures = self.failures.saturating_add(1);
                if end == End::Failed {
                    self.server = (self.server + 1) % self.servers.max(1);
                    self.begin();
                }
                self.after(pause(self.retry, self.failures, chance))
            }
            End::Full(wait) => self.poll_for(wait.max(self.retry), chance),
        }
    }

    fn begin(&mut self) {
        self.way = if self.servers > 0 { Way::Events } else { Way::Poll };
        self.rounds = 0;
    }

    fn go_down(&mut self, chance: &mut Chance) -> Next {
        self.rounds = 0;
        match self.way {
            Way::Events => {
                self.way = Way::LongPoll;
                self.after(Duration::ZERO)
            }
            Way::LongPoll | Way::Poll => {
                self.way = Way::Poll;
                let wait = about(self.period, chance);
                self.after(wait)
            }
        }
    }

    /// Polls for as long as a server has no room, then begins again.
    fn poll_for(&mut self, wait: Duration, chance: &mut Chance) -> Next {
        let period = about(self.period, chance);
        let polls = wait.as_millis() / period.as_millis().max(1);
        let polls = u32::try_from(polls).unwrap_or(u32::MAX).min(TRY_EVENTS_AFTER - 1) + 1;
        self.way = Way::Poll;
        self.rounds = TRY_EVENTS_AFTER - polls;
        self.after(wait.min(period))
    }

    fn count_round(&mut self) {
        self.rounds += 1;
        if self.rounds >= TRY_EVENTS_AFTER {
            self.begin();
        }
    }

    fn after(&self, wait: Duration) -> Next {
        Next { way: self.way, server: self.server, wait }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const RETRY: Duration = Duration::from_secs(5);

    fn follower(servers: usize) -> Follower {
        Follower::new(servers, MINUTE, RETRY)
    }

    fn end() -> impl Strategy<Value = End> {
        prop_oneof![
            any::<bool>().prop_map(|is_new| End::Answered { is_new }),
            Just(End::Polled),
            Just(End::NotOffered),
            Just(End::HeldBack),
            Just(End::Ended),
            Just(End::Failed),
            (0_u64..100_000).prop_map(|seconds| End::Full(Duration::from_secs(seconds))),
        ]
    }

    proptest! {
        /// Whatever happens, a core neither spins nor falls asleep, and asks a server that is
        /// there.
        #[test]
        fn never_too_soon_and_never_too_late(
            servers in 0..4_usize,
            ends in prop::collection::vec(end(), 1..60),
            seed: u64,
        ) {
            let mut follower = follower(servers);
            let mut chance = Chance::new(seed);
            let mut idle = 0;
            for end in ends {
                let next = follower.next(end, &mut chance);
                prop_assert!(next.server < servers.max(1));
                prop_assert!(next.wait <= Duration::from_secs(450));
                prop_assert!(servers > 0 || next.way == Way::Poll);
                let is_news = end == End::Answered { is_new: true };
                idle = if next.wait.is_zero() && !is_news { idle + 1 } else { 0 };
                prop_assert!(idle <= 1, "spins");
            }
        }
    }

    #[test]
    fn a_server_without_ways_is_polled_and_asked_again_later() {
        let mut follower = follower(1);
        let mut chance = Chance::new(0);
        assert_eq!(follower.first().way, Way::Events);
        assert_eq!(follower.next(End::NotOffered, &mut chance).way, Way::LongPoll);
        assert_eq!(follower.next(End::NotOffered, &mut chance).way, Way::Poll);
        let ways: Vec<Way> =
            (0..TRY_EVENTS_AFTER).map(|_| follower.next(End::Polled, &mut chance).way).collect();
        assert_eq!(ways.last(), Some(&Way::Events));
        assert!(ways.iter().rev().skip(1).all(|way| *way == Way::Poll));
    }

    #[test]
    fn a_full_server_is_polled_until_it_has_room() {
        let mut follower = follower(1);
        let mut chance = Chance::new(0);
        let next = follower.next(End::Full(Duration::from_secs(7)), &mut chance);
        assert_eq!((next.way, next.wait), (Way::Poll, Duration::from_secs(7)));
        assert_eq!(follower.next(End::Polled, &mut chance).way, Way::Events);
        follower.next(End::Full(Duration::from_secs(300)), &mut chance);
        assert_eq!(follower.next(End::Polled, &mut chance).way, Way::Poll);
    }

    #[test]
    fn a_server_that_fails_gives_way_to_the_next() {
        let mut follower = follower(2);
        let mut chance = Chance::new(0);
        let next = follower.next(End::Failed, &mut chance);
        assert_eq!((next.server, next.way), (1, Way::Events));
        let next = follower.next(End::Failed, &mut chance);
        assert_eq!((next.server, next.way), (0, Way::Events));
    }

    #[test]
    fn an_end_stays_with_the_server_and_waits_longer_each_time() {
        let mut follower = follower(2);
        let mut chance = Chance::new(0);
        let waits: Vec<Duration> =
            (0..8).map(|_| follower.next(End::Ended, &mut chance).wait).collect();
        assert!(waits[7] > waits[0] * 8);
        follower.told(Some(Duration::from_secs(1)));
        let next = follower.next(End::Ended, &mut chance);
        assert!(next.wait <= Duration::from_millis(1500) && next.server == 0);
    }
}
