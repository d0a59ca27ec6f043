//! What a core knows about its servers: which are silent, behind, or have the running rules under
//! another identity. No socket and no clock: times are durations since any fixed point.

use std::time::Duration;

use adr_protocol::State;

use crate::agenda::Announcer;
use crate::follow::Transport;
use crate::lag::{LagWatch, Lagging};
use crate::server::Server;
use crate::server_order::ServerOrder;
use crate::verify::Identity;

/// What a round showed about the servers that were asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// What ran when the round began.
    pub(crate) running: Option<Identity>,
    /// The servers that answered.
    pub(crate) answered: Vec<Server>,
    /// The servers that did not.
    pub(crate) silent: Vec<Server>,
    /// The servers that answered and are behind what runs.
    pub(crate) behind: Vec<Server>,
    /// The servers that have the running rules under another identity.
    pub(crate) same_rules: Vec<(Server, Identity)>,
}

/// What a core knows about its servers.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// What runs; `None` without rules, or where the server has no manifest.
    running: Option<Identity>,
    order: ServerOrder,
    /// Whether the followed server is behind, and the standby server.
    lag: LagWatch,
    /// The servers that have the running rules under another identity.
    same_rules: Vec<(Server, Identity)>,
    /// Whether the next state is the first one of the server that is followed now.
    is_first_state: bool,
    /// The server that is followed.
    followed: Option<Server>,
}

impl Standing {
    /// `lag_patience` as in [`Timing`](crate::Timing).
    pub(crate) fn new(
        servers: &[Server],
        running: Option<Identity>,
        lag_patience: Duration,
    ) -> Self {
        let announcing = servers.iter().filter(|server| server.can_announce()).count();
        Self {
            running,
            order: ServerOrder::new(servers),
            lag: LagWatch::new(lag_patience, announcing),
            same_rules: Vec::new(),
            is_first_state: false,
            followed: None,
        }
    }

    /// The servers for a round; see [`ServerOrder::order`].
    pub(crate) fn order(
        &self,
        now: Duration,
        announced_by: Announcer,
        followed: Option<&Server>,
    ) -> Vec<Server> {
        self.order.order(now, announced_by, followed)
    }

    /// Records what runs now.
    pub(crate) fn now_running(&mut self, now: Duration, running: Option<Identity>) {
        if self.running != running {
            self.running = running;
            self.same_rules.clear();
        }
        self.update_lag(now);
    }

    /// Records that a server is followed.
    pub(crate) fn following(&mut self, server: Option<&Server>, transport: Transport) {
        // every answer to a long poll says again who is followed
        let is_same = self.followed.is_some() && self.followed.as_ref() == server;
        self.is_first_state |= transport != Transport::LongPoll || !is_same;
        self.followed = server.cloned();
        server.into_iter().for_each(|server| self.order.answered(server));
    }

    /// Records a state of the followed server. Whether its manifest should be requested: a server
    /// that begins with another identity than the running one may have the same rules.
    pub(crate) fn announced(
        &mut self,
        now: Duration,
        followed: Option<&Server>,
        state: &State,
    ) -> bool {
        let is_first = std::mem::take(&mut self.is_first_state);
        let is_behind = self.is_behind(state);
        if let Some(server) = followed {
            self.order.answered(server);
            if !is_behind {
                self.order.caught_up(server);
            }
        }
        self.lag.followed(Some(state.clone()));
        self.update_lag(now);
        is_first && is_behind
    }

    /// Records a state of the standby server.
    pub(crate) fn standby_announced(&mut self, now: Duration, server: Server, state: &State) {
        self.order.standby_announced(server);
        self.lag.standby(Some(state.clone()));
        self.update_lag(now);
    }

    /// Records that the stream of the standby server ended.
    pub(crate) fn standby_lost(&mut self, now: Duration) {
        self.lag.standby(None);
        self.update_lag(now);
    }

    /// Records that the followed server is no longer followed. One that did not answer, or is about
    /// to stop, is asked last for a while.
    pub(crate) fn left(&mut self, now: Duration, server: &Server, is_silent: bool) {
        if is_silent {
            self.order.silent(now, server);
        }
        self.followed = None;
        self.lag.followed(None);
        self.update_lag(now);
    }

    /// Records what a round showed. Whether the identity that a report names may be another one
    /// now.
    pub(crate) fn seen(&mut self, now: Duration, seen: Seen) -> bool {
        seen.answered.iter().for_each(|server| self.order.answered(server));
        seen.silent.iter().for_each(|server| self.order.silent(now, server));
        if seen.running != self.running {
            // the servers were compared with rules that do not run any more
            return false;
        }
        seen.behind.iter().for_each(|server| self.order.behind(now, server));
        let before = self.same_rules.clone();
        for (server, identity) in seen.same_rules {
            self.order.caught_up(&server);
            self.same_rules.retain(|(known, _)| *known != server);
            self.same_rules.push((server, identity));
        }
        self.update_lag(now);
        self.same_rules != before
    }

    /// The identity under which a server has the running rules, if it is another one.
    pub(crate) fn own_identity(&self, server: &Server) -> Option<&Identity> {
        self.same_rules.iter().find(|(known, _)| known == server).map(|(_, identity)| identity)
    }

    /// When the core passes over the followed server, or the standby server, because it is behind.
    pub(crate) fn pass_over_at(&self, client: &str) -> Option<Duration> {
        self.lag.due(client)
    }

    /// Passes over the server that is behind, and returns which one it is. The core leaves a
    /// followed server, and asks it last for a while.
    pub(crate) fn pass_over(&mut self, now: Duration) -> Option<Lagging> {
        let lagging = self.lag.lagging()?;
        match lagging {
            Lagging::Followed => {
                self.followed.iter().for_each(|server| self.order.behind(now, server));
                self.lag.followed(None);
            }
            Lagging::Standby => self.lag.standby_passed_over(),
        }
        self.update_lag(now);
        Some(lagging)
    }

    /// Whether a server that announced this state has neither what runs, nor the same rules under
    /// another identity, nor a later generation.
    fn is_behind(&self, state: &State) -> bool {
        is_behind(self.running.as_ref(), &self.same_rules, state)
    }

    fn update_lag(&mut self, now: Duration) {
        let (running, same_rules) = (self.running.as_ref(), &self.same_rules);
        self.lag.update(now, |state| is_behind(running, same_rules, state));
    }
}

fn is_behind(running: Option<&Identity>, same_rules: &[(Server, Identity)], state: &State) -> bool {
    let Some(running) = running else { return false };
    let offered = Identity::from(state);
    offered.generation <= running.generation
        && !offered.is(running)
        && !same_rules.iter().any(|(_, identity)| identity.is(&offered))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);
    const SECOND: Duration = Duration::from_secs(1);
    const CLIENT: &str = "core-00000001";

    fn server(name: &str) -> Server {
        Server::parse(&format!("http://{name}")).unwrap()
    }

    fn identity(generation: u64, sha256: &str) -> Identity {
        Identity { generation, sha256: sha256.to_owned() }
    }

    fn state(generation: u64, sha256: &str) -> State {
        State { generation, sha256: sha256.to_owned(), window: 0 }
    }

    /// A core that runs generation 7 and follows the first of two servers.
    fn standing() -> (Standing, [Server; 2]) {
        let servers = ["a", "b"].map(server);
        let mut standing = Standing::new(&servers, Some(identity(7, "seven")), 10 * SECOND);
        standing.following(Some(&servers[0]), Transport::Events);
        (standing, servers)
    }

    #[test]
    fn server_with_the_same_rules_under_another_identity_is_not_behind() {
        let (mut standing, [a, b]) = standing();
        assert!(standing.announced(NOW, Some(&a), &state(5, "five")), "its manifest is requested");
        assert!(!standing.announced(NOW, Some(&a), &state(5, "five")), "once");
        standing.standby_announced(NOW, b.clone(), &state(7, "seven"));
        assert!(standing.pass_over_at(CLIENT).is_some());
        let same_rules = vec![(a.clone(), identity(5, "five"))];
        let seen = |generation, name| Seen {
            running: Some(identity(generation, name)),
            same_rules: same_rules.clone(),
            ..Seen::default()
        };
        assert!(!standing.seen(NOW, seen(6, "six")), "compared with what ran before");
        assert!(standing.seen(NOW, seen(7, "seven")));
        assert_eq!(standing.pass_over_at(CLIENT), None);
        assert_eq!(standing.own_identity(&a), Some(&identity(5, "five")));
        assert!(!standing.seen(NOW, seen(7, "seven")), "known already");
        standing.now_running(NOW, Some(identity(8, "eight")));
        assert_eq!(standing.own_identity(&a), None);
        standing.standby_announced(NOW, b, &state(8, "eight"));
        assert!(standing.pass_over_at(CLIENT).is_some(), "5 is behind 8");
    }

    #[test]
    fn server_that_is_behind_is_left_and_asked_last() {
        let (mut standing, [a, b]) = standing();
        standing.announced(NOW, Some(&a), &state(6, "six"));
        standing.standby_announced(NOW, b.clone(), &state(8, "eight"));
        let due = standing.pass_over_at(CLIENT).unwrap();
        assert_eq!(standing.pass_over(due), Some(Lagging::Followed));
        assert_eq!(standing.pass_over_at(CLIENT), None);
        assert_eq!(standing.order(due, Announcer::Followed, Some(&a)), [b.clone(), a.clone()]);
        standing.announced(due, Some(&a), &state(8, "eight"));
        assert_eq!(standing.order(due, Announcer::Followed, Some(&a)), [a, b], "it caught up");
    }

    #[test]
    fn other_rules_under_the_running_number_are_behind() {
        let (mut standing, [a, b]) = standing();
        standing.announced(NOW, Some(&a), &state(7, "other"));
        standing.standby_announced(NOW, b, &state(7, "seven"));
        assert!(standing.pass_over_at(CLIENT).is_some());
        standing.standby_lost(NOW);
        assert_eq!(standing.pass_over_at(CLIENT), None, "no other server is known to have it");
    }
}
