//! Whether the followed server is behind a server that the core also listens to. No socket and no
//! clock: times are arguments.
//!
//! Being followed is a matter of seconds: a generation reaches the nodes of a cluster one after the
//! other, and the standby stream brings it meanwhile. Only a server that stays behind is left.

use std::time::Duration;

use adr_protocol::{State, moving_delay};

/// What the two servers announced last, compared with what runs.
#[derive(Clone, Debug)]
pub(crate) struct LagWatch {
    /// How long the followed server may be behind before the core follows the other one.
    patience: Duration,
    /// The state of the followed server; `None` while none is followed by events.
    followed: Option<State>,
    /// The state of the standby server.
    standby: Option<State>,
    /// Since when the followed server has been behind.
    since: Option<Duration>,
}

impl LagWatch {
    pub(crate) fn new(patience: Duration) -> Self {
        Self { patience, followed: None, standby: None, since: None }
    }

    /// Records the state of the followed server; `None` when it is no longer followed.
    pub(crate) fn followed(&mut self, state: Option<State>) {
        self.followed = state;
    }

    /// Records the state of the standby server; `None` when its stream ended.
    pub(crate) fn standby(&mut self, state: Option<State>) {
        self.standby = state;
    }

    /// Compares both states with what runs: `is_behind` says whether a state is. Call it after
    /// every change.
    pub(crate) fn update(&mut self, now: Duration, is_behind: impl Fn(&State) -> bool) {
        let followed_is_behind = self.followed.as_ref().is_some_and(&is_behind);
        let standby_is_not = self.standby.as_ref().is_some_and(|state| !is_behind(state));
        self.since = (followed_is_behind && standby_is_not).then(|| self.since.unwrap_or(now));
    }

    /// When the core should follow the standby server; `None` if the followed one is not behind.
    /// The cores of a server leave it one after the other.
    pub(crate) fn due(&self, client: &str) -> Option<Duration> {
        let generation = self.followed.as_ref()?.generation;
        self.since.map(|since| since + self.patience + moving_delay(client, generation))
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
        let mut lag = LagWatch::new(PATIENCE);
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
}
