//! The order in which a round asks the servers. No socket and no clock.

use std::time::Duration;

use crate::agenda::Announcer;
use crate::server::Server;

/// How long a server that did not answer is asked after all others.
pub(crate) const PASS_OVER: Duration = Duration::from_secs(30);

/// The servers of a core, and which of them are silent.
#[derive(Clone, Debug)]
pub(crate) struct ServerOrder {
    /// In the order of the settings, each with the time until which it is passed over.
    servers: Vec<(Server, Duration)>,
    /// The standby server that announced a state last.
    standby: Option<Server>,
}

impl ServerOrder {
    pub(crate) fn new(servers: &[Server]) -> Self {
        let servers = servers.iter().map(|server| (server.clone(), Duration::ZERO));
        Self { servers: servers.collect(), standby: None }
    }

    /// The servers for a round: the one whose announcement caused it, the followed one, then the
    /// others in the order of the settings. Those that were silent during the last [`PASS_OVER`]
    /// come last.
    pub(crate) fn order(
        &self,
        now: Duration,
        announced_by: Announcer,
        followed: Option<&Server>,
    ) -> Vec<Server> {
        let standby = self.standby.as_ref().filter(|_| announced_by == Announcer::Standby);
        let mut servers: Vec<_> = self.servers.iter().collect();
        servers.sort_by_key(|(server, until)| {
            (*until > now, standby != Some(server), followed != Some(server))
        });
        servers.into_iter().map(|(server, _)| server.clone()).collect()
    }

    /// Records that the standby server announced a state.
    pub(crate) fn standby_announced(&mut self, server: Server) {
        self.answered(&server);
        self.standby = Some(server);
    }

    /// Records that a server did not answer.
    pub(crate) fn silent(&mut self, now: Duration, silent: &Server) {
        for (_, until) in self.servers.iter_mut().filter(|(server, _)| server == silent) {
            *until = now + PASS_OVER;
        }
    }

    /// Records that a server answered.
    pub(crate) fn answered(&mut self, answered: &Server) {
        for (_, until) in self.servers.iter_mut().filter(|(server, _)| server == answered) {
            *until = Duration::ZERO;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(name: &str) -> Server {
        Server::parse(&format!("http://{name}")).unwrap()
    }

    #[test]
    fn followed_server_is_first_and_silent_ones_are_last() {
        let [a, b, c] = ["a", "b", "c"].map(server);
        let mut order = ServerOrder::new(&[a.clone(), b.clone(), c.clone()]);
        let now = Duration::from_secs(100);
        let by_followed =
            |order: &ServerOrder, now, followed| order.order(now, Announcer::Followed, followed);
        assert_eq!(by_followed(&order, now, None), [a.clone(), b.clone(), c.clone()]);
        assert_eq!(by_followed(&order, now, Some(&c)), [c.clone(), a.clone(), b.clone()]);
        order.silent(now, &a);
        assert_eq!(by_followed(&order, now, None), [b.clone(), c.clone(), a.clone()]);
        order.silent(now, &c);
        assert_eq!(by_followed(&order, now, Some(&c)), [b.clone(), c.clone(), a.clone()]);
        order.answered(&a);
        assert_eq!(by_followed(&order, now, None), [a.clone(), b.clone(), c.clone()]);
        assert_eq!(by_followed(&order, now + PASS_OVER, Some(&c)), [c, a, b]);
    }

    #[test]
    fn standby_server_is_first_for_what_it_announced() {
        let [a, b, c] = ["a", "b", "c"].map(server);
        let mut order = ServerOrder::new(&[a.clone(), b.clone(), c.clone()]);
        let now = Duration::from_secs(100);
        order.silent(now, &c);
        order.standby_announced(c.clone());
        let asked = order.order(now, Announcer::Standby, Some(&b));
        assert_eq!(asked, [c.clone(), b.clone(), a.clone()]);
        assert_eq!(order.order(now, Announcer::Followed, Some(&b)), [b, a, c]);
    }
}
