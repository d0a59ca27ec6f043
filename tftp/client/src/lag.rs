//! Whether the followed server is behind, and which of the two servers that a core listens to it
//! passes over for that. No socket and no clock: times are arguments.
//!
//! Being behind is a matter of seconds: a generation reaches the nodes of a cluster one after the
//! other, and the standby stream brings it meanwhile. Only a server that stays behind is left.

use std::time::Duration;

use adr_protocol::{State, moving_delay};

/// Longest time that both servers may be behind before the core listens to another standby server.
const MAX_PATIENCE: Duration = Duration::from_secs(60);

/// Which server is passed over while the followed server is behind what runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lagging {
    /// The followed server: the standby server is not behind.
    Followed,
    /// The standby server, which is behind as well: a third one may not be.
    Standby,
}

/// What the two servers announced last, compared with what runs.
#[derive(Clone, Debug)]
pub(crate) struct LagWatch {
    /// How long a server may be behind before it is passed over.
    patience: Duration,
    /// How many servers can be the standby server.
    others: usize,
    /// The state of the followed server; `None` while none is followed by events.
    followed: Option<State>,
    /// The state of the standby server.
    standby: Option<State>,
    /// Which server is to be passed over, and since when that is so.
    since: Option<(Lagging, Duration)>,
    /// How many standby servers in a row were passed over.
    passed_over: usize,
}

impl LagWatch {
    /// A watch over `servers` servers that can announce changes.
    pub(crate) fn new(patience: Duration, servers: usize) -> Self {
        Self {
            patience,
            others: servers.saturating_sub(1),
            followed: None,
            standby: None,
            since: None,
            passed_over: 0,
        }
    }

    /// Records the state of the followed server; `None` when it is no longer followed.
    pub(crate) fn followed(&mut self, state: Option<State>) {
        self.followed = state;
    }

    /// Records the state of the standby server; `None` when its stream ended.
    pub(crate) fn standby(&mut self, state: Option<State>) {
        self.standby = state;
    }

    /// Records that another standby server takes the place of the one that is behind.
    pub(crate) fn standby_passed_over(&mut self) {
        self.standby = None;
        self.passed_over = self.passed_over.saturating_add(1);
    }

    /// Compares both states with what runs: `is_behind` says whether a state is. Call it after
    /// every change.
    pub(crate) fn update(&mut self, now: Duration, is_behind: impl Fn(&State) -> bool) {
        let followed_is_behind = self.followed.as_ref().is_some_and(&is_behind);
        let standby_is_behind = self.standby.as_ref().map(is_behind);
        if standby_is_behind == Some(false) {
            self.passed_over = 0;
        }
        let lagging = match standby_is_behind.filter(|_| followed_is_behind) {
            Some(false) => Some(Lagging::Followed),
            Some(true) if self.others > 1 => Some(Lagging::Standby),
            _ => None,
        };
        let before = self.since.filter(|(before, _)| Some(*before) == lagging);
        self.since = before.or(lagging.map(|lagging| (lagging, now)));
    }

    /// The server that is to be passed over.
    pub(crate) fn lagging(&self) -> Option<Lagging> {
        self.since.map(|(lagging, _)| lagging)
    }

    /// When the core should pass over a server; `None` if the followed one is not behind. The cores
    /// of a server leave it one after the other.
    pub(crate) fn due(&self, client: &str) -> Option<Duration> {
        let (lagging, since) = self.since?;
        let (state, patience) = match lagging {
            Lagging::Followed => (&self.followed, self.patience),
            Lagging::Standby => (&self.standby, self.patience_with_standby()),
        };
        Some(since + patience + moving_delay(client, state.as_ref()?.generation))
    }

    /// Twice as long after each turn in which all other servers were behind, so that cores do not
    /// go around quickly among servers that lag together.
    fn patience_with_standby(&self) -> Duration {
        let turns = u32::try_from(self.passed_over / self.others.max(1)).unwrap_or(u32::MAX);
        let longer = self.patience.saturating_mul(1_u32.checked_shl(turns).unwrap_or(u32::MAX));
        longer.min(MAX_PATIENCE.max(self.patience))
    }
}

#[cfg(test)]
mod tests {
    use adr_protocol::MOVING_WINDOW;

    use super::*;

    const CLIENT: &str = "core-00000001";
    const SECOND: Duration = Duration::from_secs(1);
    const PATIENCE: Duration = Duration::from_secs(10);

    fn state(generation: u64) -> Option<State> {
        Some(State { generation, ..State::default() })
    }

    #[test]
    fn server_is_left_only_for_one_that_is_not_behind() {
        let mut lag = LagWatch::new(PATIENCE, 2);
        let is_behind = |state: &State| state.generation < 7;
        lag.followed(state(6));
        lag.update(SECOND, is_behind);
        assert_eq!(lag.due(CLIENT), None, "no other server is known");
        lag.standby(state(6));
        lag.update(SECOND, is_behind);
        assert_eq!(lag.due(CLIENT), None, "both are behind");
        lag.standby(state(7));
        lag.update(2 * SECOND, is_behind);
        let due = lag.due(CLIENT).unwrap();
        let bounds = 2 * SECOND + PATIENCE..2 * SECOND + PATIENCE + MOVING_WINDOW;
        assert!(bounds.contains(&due), "{due:?}");
        lag.update(5 * SECOND, is_behind);
        assert_eq!(lag.due(CLIENT), Some(due), "the time counts from its beginning");
        lag.followed(state(7));
        lag.update(6 * SECOND, is_behind);
        assert_eq!(lag.due(CLIENT), None, "it caught up");
        lag.followed(None);
        lag.update(7 * SECOND, is_behind);
        assert_eq!(lag.due(CLIENT), None);
    }

    #[test]
    fn standby_server_that_stays_behind_is_passed_over_and_ever_more_rarely() {
        let mut lag = LagWatch::new(PATIENCE, 3);
        let is_behind = |state: &State| state.generation < 7;
        let mut now = SECOND;
        let mut waits = Vec::new();
        lag.followed(state(6));
        for _ in 0..8 {
            lag.standby(state(6));
            lag.update(now, is_behind);
            assert_eq!(lag.lagging(), Some(Lagging::Standby));
            let due = lag.due(CLIENT).unwrap();
            waits.push((due - now - moving_delay(CLIENT, 6)).as_secs());
            now = due;
            lag.standby_passed_over();
            lag.update(now, is_behind);
            assert_eq!(lag.due(CLIENT), None, "the next one has not announced anything yet");
        }
        assert_eq!(waits, [10, 10, 20, 20, 40, 40, 60, 60], "two servers in each turn");
        lag.standby(state(7));
        lag.update(now, is_behind);
        assert_eq!(lag.lagging(), Some(Lagging::Followed));
        lag.standby(state(6));
        lag.update(now + SECOND, is_behind);
        let bounds = now + SECOND + PATIENCE..now + SECOND + PATIENCE + MOVING_WINDOW;
        assert!(lag.due(CLIENT).is_some_and(|due| bounds.contains(&due)), "it begins again");
        lag.followed(state(7));
        lag.update(now + SECOND, is_behind);
        assert_eq!(lag.lagging(), None, "the followed server brings what runs");
    }

    #[test]
    fn only_standby_server_is_kept() {
        let mut lag = LagWatch::new(PATIENCE, 2);
        lag.followed(state(6));
        lag.standby(state(6));
        lag.update(SECOND, |state| state.generation < 7);
        assert_eq!(lag.due(CLIENT), None);
    }
}
