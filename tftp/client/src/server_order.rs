//! The order in which a round asks the servers. No socket and no clock.

use std::time::Duration;

use crate::agenda::Announcer;
use crate::server::Server;

/// How long a server that did not answer, or that is behind, is asked after all others.
pub(crate) const PASS_OVER: Duration = Duration::from_secs(30);

/// The servers of a core, and which of them are silent or behind.
#[derive(Clone, Debug)]
pub(crate) struct ServerOrder {
    /// In the order of the settings.
    servers: Vec<Entry>,
    /// The standby server that announced a state last.
    standby: Option<Server>,
}

#[derive(Clone, Debug)]
struct Entry {
    server: Server,
    /// It did not answer, and is passed over until this time.
    silent_until: Duration,
    /// It has older rules than those that run, and is passed over until this time.
    behind_until: Duration,
}

impl ServerOrder {
    pub(crate) fn new(servers: &[Server]) -> Self {
        let servers = servers.iter().map(|server| Entry {
            server: server.clone(),
            silent_until: Duration::ZERO,
            behind_until: Duration::ZERO,
        });
        Self { servers: servers.collect(), standby: None }
    }

    /// The servers for a round: the one whose announcement caused it, the followed one, then the
    /// others in the order of the settings. Those that were behind during the last [`PASS_OVER`]
    /// come after them, and those that were silent come last.
    pub(crate) fn order(
        &self,
        now: Duration,
        announced_by: Announcer,
        followed: Option<&Server>,
    ) -> Vec<Server> {
        let standby = self.standby.as_ref().filter(|_| announced_by == Announcer::Standby);
        let mut servers: Vec<_> = self.servers.iter().collect();
        servers.sort_by_key(|entry| {
            let Entry { server, silent_until, behind_until } = entry;
            let is_passed_over = (*silent_until > now, *behind_until > now);
            (is_passed_over, standby != Some(server), followed != Some(server))
        });
        servers.into_iter().map(|entry| entry.server.clone()).collect()
    }

    /// Records that the standby server announced a state.
    pub(crate) fn standby_announced(&mut self, server: Server) {
        self.answered(&server);
        self.standby = Some(server);
    }

    /// Records that a server did not answer, or is about to stop.
    pub(crate) fn silent(&mut self, now: Duration, server: &Server) {
        self.entries(server).for_each(|entry| entry.silent_until = now + PASS_OVER);
    }

    /// Records that a server answered.
    pub(crate) fn answered(&mut self, server: &Server) {
        self.entries(server).for_each(|entry| entry.silent_until = Duration::ZERO);
    }

    /// Records that a server has older rules than those that run.
    pub(crate) fn behind(&mut self, now: Duration, server: &Server) {
        self.entries(server).for_each(|entry| entry.behind_until = now + PASS_OVER);
    }

    /// Records that a server announced what runs, or a later generation.
    pub(crate) fn caught_up(&mut self, server: &Server) {
        self.entries(server).for_each(|entry| entry.behind_until = Duration::ZERO);
    }

    fn entries(&mut self, server: &Server) -> impl Iterator<Item = &mut Entry> {
        self.servers.iter_mut().filter(move |entry| entry.server == *server)
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
    fn server_that_is_behind_is_asked_before_the_silent_ones() {
        let [a, b, c] = ["a", "b", "c"].map(server);
        let mut order = ServerOrder::new(&[a.clone(), b.clone(), c.clone()]);
        let now = Duration::from_secs(100);
        let at = |order: &ServerOrder, now| order.order(now, Announcer::Followed, Some(&a));
        order.behind(now, &a);
        assert_eq!(at(&order, now), [b.clone(), c.clone(), a.clone()]);
        order.silent(now, &b);
        order.answered(&a);
        assert_eq!(at(&order, now), [c.clone(), a.clone(), b.clone()]);
        assert_eq!(at(&order, now + PASS_OVER), [a.clone(), b.clone(), c.clone()], "asked again");
        order.caught_up(&a);
        assert_eq!(at(&order, now), [a.clone(), c, b]);
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
