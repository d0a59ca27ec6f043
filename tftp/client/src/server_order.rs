//! The order in which a round asks the servers. No socket and no clock.

use std::time::Duration;

use crate::server::Server;

/// How long a server that did not answer is asked after all others.
pub(crate) const PASS_OVER: Duration = Duration::from_secs(30);

/// The servers of a core, and which of them are silent.
#[derive(Clone, Debug)]
pub(crate) struct ServerOrder {
    /// In the order of the settings, each with the time until which it is passed over.
    servers: Vec<(Server, Duration)>,
}

impl ServerOrder {
    pub(crate) fn new(servers: &[Server]) -> Self {
        let servers = servers.iter().map(|server| (server.clone(), Duration::ZERO));
        Self { servers: servers.collect() }
    }

    /// The servers for a round: the followed one first, then the others in the order of the
    /// settings. Those that were silent during the last [`PASS_OVER`] come last.
    pub(crate) fn order(&self, now: Duration, followed: Option<&Server>) -> Vec<Server> {
        let mut servers: Vec<_> = self.servers.iter().collect();
        servers.sort_by_key(|(server, until)| (*until > now, followed != Some(server)));
        servers.into_iter().map(|(server, _)| server.clone()).collect()
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
        assert_eq!(order.order(now, None), [a.clone(), b.clone(), c.clone()]);
        assert_eq!(order.order(now, Some(&c)), [c.clone(), a.clone(), b.clone()]);
        order.silent(now, &a);
        assert_eq!(order.order(now, None), [b.clone(), c.clone(), a.clone()]);
        order.silent(now, &c);
        assert_eq!(order.order(now, Some(&c)), [b.clone(), c.clone(), a.clone()]);
        order.answered(&a);
        assert_eq!(order.order(now, None), [a.clone(), b.clone(), c.clone()]);
        assert_eq!(order.order(now + PASS_OVER, Some(&c)), [c, a, b]);
    }
}
