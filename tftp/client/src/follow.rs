//! How a core follows a server: by events, else by long polls, else by polls. A state machine
//! without a socket and without a clock.

use std::time::Duration;

use serde::Serialize;

use crate::schedule::{MAX_BACKOFF, Rng, backoff, jitter};

/// After this many long polls or polls the core tries events again.
const POLLS_BEFORE_EVENTS: u32 = 20;

/// A stream that ended after this time was a working one: the next retry delay is short again.
pub const WORKING_STREAM: Duration = Duration::from_secs(30);

/// How a core learns of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// A stream of server-sent events.
    Events,
    /// A request that the server answers when something changes.
    LongPoll,
    /// A request for the manifest in regular intervals.
    Poll,
}

impl Transport {
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

/// How an attempt to follow a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptResult {
    /// A long poll was answered.
    Answered {
        /// Whether the answer has a later generation than the request.
        is_new: bool,
    },
    /// A poll is done.
    Polled,
    /// The server does not offer this transport.
    Unsupported,
    /// The response headers came, but no event: a proxy buffers the stream.
    Buffered,
    /// A stream with at least one event ended, or went silent.
    Disconnected,
    /// The server asked its cores to move to another one, or it is behind.
    Moving,
    /// No connection, or an error.
    Failed,
    /// The server has no capacity; try again after this delay.
    Busy(Duration),
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The transport to use.
    pub transport: Transport,
    /// The index of the server, from 0.
    pub server: usize,
    /// The delay before the attempt.
    pub delay: Duration,
}

/// Follows one server at a time, and moves on to the next when it fails.
#[derive(Clone, Debug)]
pub struct Follower {
    /// How many servers can announce changes.
    servers: usize,
    poll_interval: Duration,
    transport: Transport,
    /// The index of the server that is followed.
    server: usize,
    /// Failures in a row.
    failures: u32,
    /// Failures in a row without a response, each of another server until all have had their turn.
    silences: usize,
    /// Moves to another server in a row, each after a short time.
    moves: usize,
    /// Long polls and polls since events were tried last.
    polls: u32,
    /// The delay after the first failure, as the server set it last.
    retry_delay: Duration,
    /// Shortest time between the beginnings of two attempts.
    min_gap: Duration,
}

impl Follower {
    /// A follower of `servers` servers that can announce changes; with 0 servers it polls.
    /// `retry_delay` is the delay after the first failure until a server sets another one.
    /// `min_gap` is the shortest time between the beginnings of two attempts, whatever servers
    /// answer.
    #[must_use]
    pub fn new(
        servers: usize,
        poll_interval: Duration,
        retry_delay: Duration,
        min_gap: Duration,
    ) -> Self {
        let mut follower = Self {
            servers,
            poll_interval,
            transport: Transport::Poll,
            server: 0,
            failures: 0,
            silences: 0,
            moves: 0,
            polls: 0,
            retry_delay,
            min_gap,
        };
        follower.start_over();
        follower
    }

    /// The first attempt.
    #[must_use]
    pub fn first(&self) -> Attempt {
        self.attempt_after(Duration::ZERO)
    }

    /// Records that the server announced a state and, where it did, the retry delay that it set, in
    /// bounds.
    pub fn on_state(&mut self, retry_delay: Option<Duration>) {
        self.silences = 0;
        let retry_delay = retry_delay.unwrap_or(self.retry_delay);
        self.retry_delay = retry_delay.clamp(self.min_gap, MAX_BACKOFF.max(self.min_gap));
    }

    /// The next attempt, after one that ended with this result and took this long.
    pub fn next(&mut self, result: AttemptResult, lasted: Duration, rng: &mut Rng) -> Attempt {
        let mut next = self.after(result, lasted, rng);
        next.delay = next.delay.max(self.min_gap.saturating_sub(lasted));
        next
    }

    /// The next attempt, after the server asked its cores to move, or because it is behind. It is
    /// at the server with the index `to`, else at the next one, and at once, unless every server
    /// has moved the core on within a short time.
    pub fn move_on(&mut self, to: Option<usize>, lasted: Duration, rng: &mut Rng) -> Attempt {
        let to = to.filter(|to| *to < self.servers && *to != self.server);
        self.server = to.unwrap_or((self.server + 1) % self.servers.max(1));
        self.start_over();
        self.silences = 0;
        if lasted >= WORKING_STREAM {
            self.moves = 0;
            self.failures = 0;
        }
        self.moves += 1;
        let mut next = if self.moves < self.servers {
            self.attempt_after(Duration::ZERO)
        } else {
            self.retry(rng)
        };
        next.delay = next.delay.max(self.min_gap.saturating_sub(lasted));
        next
    }

    fn after(&mut self, result: AttemptResult, lasted: Duration, rng: &mut Rng) -> Attempt {
        if result != AttemptResult::Failed {
            self.silences = 0;
        }
        match result {
            AttemptResult::Answered { is_new } => {
                self.failures = 0;
                let delay = if is_new { Duration::ZERO } else { Duration::from_secs(1) };
                self.count_poll();
                self.attempt_after(delay)
            }
            AttemptResult::Polled => {
                self.count_poll();
                let delay = jitter(self.poll_interval, rng);
                self.attempt_after(delay)
            }
            AttemptResult::Unsupported | AttemptResult::Buffered => self.fall_back(rng),
            AttemptResult::Disconnected => {
                if lasted >= WORKING_STREAM {
                    self.failures = 0;
                }
                self.retry(rng)
            }
            AttemptResult::Moving => self.move_on(None, lasted, rng),
            AttemptResult::Failed => self.next_server(rng),
            AttemptResult::Busy(delay) => self.poll_while_busy(delay.max(self.retry_delay), rng),
        }
    }

    /// Moves on to the next server soon, because it may work; after the last one with the retry
    /// delay.
    fn next_server(&mut self, rng: &mut Rng) -> Attempt {
        self.server = (self.server + 1) % self.servers.max(1);
        self.start_over();
        self.silences += 1;
        if self.silences < self.servers {
            let delay = backoff(self.min_gap, 1, rng);
            return self.attempt_after(delay);
        }
        self.silences = 0;
        self.retry(rng)
    }

    fn start_over(&mut self) {
        self.transport = if self.servers > 0 { Transport::Events } else { Transport::Poll };
        self.polls = 0;
    }

    fn retry(&mut self, rng: &mut Rng) -> Attempt {
        self.failures = self.failures.saturating_add(1);
        self.attempt_after(backoff(self.retry_delay, self.failures, rng))
    }

    fn fall_back(&mut self, rng: &mut Rng) -> Attempt {
        self.polls = 0;
        match self.transport {
            Transport::Events => {
                self.transport = Transport::LongPoll;
                self.attempt_after(Duration::ZERO)
            }
            Transport::LongPoll | Transport::Poll => {
                self.transport = Transport::Poll;
                let delay = jitter(self.poll_interval, rng);
                self.attempt_after(delay)
            }
        }
    }

    /// Polls for as long as a server has no capacity, then tries events again.
    fn poll_while_busy(&mut self, busy: Duration, rng: &mut Rng) -> Attempt {
        let interval = jitter(self.poll_interval, rng);
        let polls = busy.as_millis() / interval.as_millis().max(1);
        let polls = u32::try_from(polls).unwrap_or(u32::MAX).min(POLLS_BEFORE_EVENTS - 1) + 1;
        self.transport = Transport::Poll;
        self.polls = POLLS_BEFORE_EVENTS - polls;
        self.attempt_after(busy.min(interval))
    }

    fn count_poll(&mut self) {
        self.polls += 1;
        if self.polls >= POLLS_BEFORE_EVENTS {
            self.start_over();
        }
    }

    fn attempt_after(&self, delay: Duration) -> Attempt {
        Attempt { transport: self.transport, server: self.server, delay }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::schedule::Rng;

    const MINUTE: Duration = Duration::from_secs(60);
    const RETRY: Duration = Duration::from_secs(5);
    const SECOND: Duration = Duration::from_secs(1);

    fn follower(servers: usize) -> Follower {
        Follower::new(servers, MINUTE, RETRY, SECOND)
    }

    fn result() -> impl Strategy<Value = AttemptResult> {
        prop_oneof![
            any::<bool>().prop_map(|is_new| AttemptResult::Answered { is_new }),
            Just(AttemptResult::Polled),
            Just(AttemptResult::Unsupported),
            Just(AttemptResult::Buffered),
            Just(AttemptResult::Disconnected),
            Just(AttemptResult::Moving),
            Just(AttemptResult::Failed),
            (0_u64..100_000).prop_map(|seconds| AttemptResult::Busy(Duration::from_secs(seconds))),
        ]
    }

    fn retry_field() -> impl Strategy<Value = Option<Duration>> {
        prop::option::of(prop_oneof![Just(Duration::ZERO), Just(Duration::MAX), Just(RETRY)])
    }

    proptest! {
        /// A core neither spins nor stops asking, and always names a server that is there. Whatever
        /// a server answers, two attempts begin at least a second apart.
        #[test]
        fn any_results_keep_delays_within_bounds(
            servers in 0..4_usize,
            results in prop::collection::vec((result(), 0..90_000_u64, retry_field()), 1..60),
            seed: u64,
        ) {
            let mut follower = follower(servers);
            let mut rng = Rng::new(seed);
            for (result, lasted, retry) in results {
                let lasted = Duration::from_millis(lasted);
                if let Some(retry) = retry {
                    follower.on_state(Some(retry));
                }
                let next = follower.next(result, lasted, &mut rng);
                prop_assert!(next.server < servers.max(1));
                prop_assert!(next.delay <= Duration::from_secs(450));
                prop_assert!(servers > 0 || next.transport == Transport::Poll);
                prop_assert!(lasted + next.delay >= SECOND, "spins");
            }
        }
    }

    #[test]
    fn server_without_events_is_polled_and_events_are_tried_again() {
        let mut follower = follower(1);
        let mut rng = Rng::new(0);
        assert_eq!(follower.first().transport, Transport::Events);
        let unsupported = AttemptResult::Unsupported;
        assert_eq!(follower.next(unsupported, SECOND, &mut rng).transport, Transport::LongPoll);
        assert_eq!(follower.next(unsupported, SECOND, &mut rng).transport, Transport::Poll);
        let mut poll = || follower.next(AttemptResult::Polled, SECOND, &mut rng).transport;
        let transports: Vec<Transport> = (0..POLLS_BEFORE_EVENTS).map(|_| poll()).collect();
        assert_eq!(transports.last(), Some(&Transport::Events));
        let earlier = &mut transports.iter().rev().skip(1);
        assert!(earlier.all(|transport| *transport == Transport::Poll));
    }

    #[test]
    fn busy_server_is_polled_until_its_delay_is_over() {
        let mut follower = follower(1);
        let mut rng = Rng::new(0);
        let next = follower.next(AttemptResult::Busy(Duration::from_secs(7)), SECOND, &mut rng);
        assert_eq!((next.transport, next.delay), (Transport::Poll, Duration::from_secs(7)));
        assert_eq!(
            follower.next(AttemptResult::Polled, SECOND, &mut rng).transport,
            Transport::Events
        );
        follower.next(AttemptResult::Busy(Duration::from_secs(300)), SECOND, &mut rng);
        assert_eq!(
            follower.next(AttemptResult::Polled, SECOND, &mut rng).transport,
            Transport::Poll
        );
    }

    #[test]
    fn failed_server_is_followed_by_the_next_one_soon() {
        let mut follower = follower(2);
        let mut rng = Rng::new(0);
        let next = follower.next(AttemptResult::Failed, SECOND, &mut rng);
        assert_eq!((next.server, next.transport), (1, Transport::Events));
        assert!(next.delay <= SECOND * 2);
        let next = follower.next(AttemptResult::Failed, SECOND, &mut rng);
        assert_eq!((next.server, next.transport), (0, Transport::Events));
        assert!(next.delay >= RETRY / 2, "all servers failed");
    }

    #[test]
    fn core_moves_at_once_and_not_in_circles() {
        let mut follower = follower(3);
        let mut rng = Rng::new(0);
        let next = follower.move_on(Some(2), WORKING_STREAM, &mut rng);
        assert_eq!((next.server, next.delay), (2, Duration::ZERO), "the standby server");
        assert_eq!(next.transport, Transport::Events);
        let next = follower.move_on(Some(2), SECOND, &mut rng);
        assert_eq!((next.server, next.delay), (0, Duration::ZERO), "2 is the one that moves");
        let next = follower.move_on(Some(9), SECOND, &mut rng);
        assert_eq!(next.server, 1);
        assert!(next.delay >= RETRY / 2, "each server has moved the core on");
        let next = follower.move_on(None, WORKING_STREAM, &mut rng);
        assert_eq!((next.server, next.delay), (2, Duration::ZERO));
        let mut only = Follower::new(1, MINUTE, RETRY, SECOND);
        let next = only.move_on(None, WORKING_STREAM, &mut rng);
        assert!(next.server == 0 && next.delay >= RETRY / 2, "a stop takes time");
    }

    #[test]
    fn disconnect_keeps_the_server_and_waits_longer_each_time() {
        let mut follower = follower(2);
        let mut rng = Rng::new(0);
        let mut disconnect = |lasted| {
            follower.on_state(Some(SECOND));
            follower.next(AttemptResult::Disconnected, lasted, &mut rng)
        };
        let delays: Vec<Duration> = (0..8).map(|_| disconnect(SECOND).delay).collect();
        assert!(delays[7] > delays[0] * 8, "a state alone does not reset the delay: {delays:?}");
        let next = disconnect(WORKING_STREAM);
        assert!(next.delay <= Duration::from_millis(1500) && next.server == 0);
    }
}
