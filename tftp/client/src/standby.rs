//! Which second server a core listens to, in case the followed one hangs. A state machine without a
//! socket and without a clock.

use std::time::Duration;

use crate::follow::WORKING_STREAM;
use crate::schedule::{MAX_BACKOFF, Rng, backoff};

/// Chooses the standby server: the next one after the followed server, or a later one while that
/// one fails or is behind.
#[derive(Clone, Debug)]
pub struct Standby {
    /// How many servers can announce changes.
    servers: usize,
    /// The delay after the first failure.
    retry_delay: Duration,
    /// How far behind the followed server the standby server is, less 1.
    offset: usize,
    /// Streams in a row that did not live.
    failures: u32,
}

impl Standby {
    /// Chooses among `servers` servers that can announce changes.
    #[must_use]
    pub fn new(servers: usize, retry_delay: Duration) -> Self {
        Self { servers, retry_delay, offset: 0, failures: 0 }
    }

    /// The index of the standby server while the server with this index is followed; `None` if
    /// there is no other one.
    #[must_use]
    pub fn server(&self, followed: usize) -> Option<usize> {
        let others = self.servers.checked_sub(1).filter(|others| *others > 0)?;
        Some((followed + 1 + self.offset % others) % self.servers)
    }

    /// Records that the standby server is about to stop or is behind, and returns the delay before
    /// the stream of another one.
    pub fn moved(&mut self, rng: &mut Rng) -> Duration {
        self.offset = self.offset.wrapping_add(1);
        backoff(self.retry_delay, 1, rng)
    }

    /// Records that a stream ended after this time, and returns the delay before the next one. A
    /// server may ask for a longer one.
    pub fn ended(&mut self, lasted: Duration, busy: Option<Duration>, rng: &mut Rng) -> Duration {
        if lasted >= WORKING_STREAM {
            self.failures = 0;
        } else {
            self.offset = self.offset.wrapping_add(1);
        }
        self.failures = self.failures.saturating_add(1);
        let delay = backoff(self.retry_delay, self.failures, rng);
        delay.max(busy.unwrap_or_default().min(MAX_BACKOFF))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn standby_is_another_server_and_each_one_has_its_turn() {
        let mut rng = Rng::new(1);
        assert_eq!(Standby::new(0, SECOND).server(0), None);
        assert_eq!(Standby::new(1, SECOND).server(0), None);
        let mut standby = Standby::new(2, SECOND);
        for _ in 0..3 {
            assert_eq!([0, 1].map(|followed| standby.server(followed)), [Some(1), Some(0)]);
            standby.ended(SECOND, None, &mut rng);
        }
        let mut standby = Standby::new(3, SECOND);
        let mut turn = || {
            let server = standby.server(1);
            standby.ended(SECOND, None, &mut rng);
            server
        };
        assert_eq!([turn(), turn(), turn()], [Some(2), Some(0), Some(2)]);
    }

    #[test]
    fn standby_server_that_stops_is_replaced() {
        let (mut rng, mut standby) = (Rng::new(1), Standby::new(3, SECOND));
        assert_eq!(standby.server(0), Some(1));
        assert!(standby.moved(&mut rng) <= SECOND * 3 / 2);
        assert_eq!(standby.server(0), Some(2));
    }

    #[test]
    fn delay_grows_until_a_stream_lives() {
        let (mut rng, mut standby) = (Rng::new(1), Standby::new(2, SECOND));
        let mut ended = |lasted, busy| standby.ended(lasted, busy, &mut rng);
        let delays: Vec<_> = (0..8).map(|_| ended(SECOND, None)).collect();
        assert!(delays[7] > delays[0] * 8, "{delays:?}");
        assert!(ended(WORKING_STREAM, None) <= SECOND * 3 / 2);
        assert_eq!(ended(WORKING_STREAM, Some(40 * SECOND)), 40 * SECOND);
        assert_eq!(ended(WORKING_STREAM, Some(Duration::MAX)), MAX_BACKOFF);
    }
}
