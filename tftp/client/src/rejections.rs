//! Which rejections a core shows. A rejection of a generation that is newer than the running one
//! counts although another server has what runs. No socket and no clock: times are durations since
//! any fixed point.

use std::time::Duration;

use crate::rejection::Rejection;
use crate::server::Server;

/// What a server answered in a round.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) server: Server,
    /// Why the core rejects a newer generation of this server; `None` if the server offers none
    /// that it rejects. The generation is `None` if it is not known.
    pub(crate) newer: Option<Rejection>,
}

/// The generation that a server says it has, on a stream that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) server: Server,
    pub(crate) generation: u64,
}

/// The rejections that count.
#[derive(Clone, Debug)]
pub(crate) struct Rejections {
    /// Of newer generations, at most one of each server.
    newer: Vec<Newer>,
    /// Of the last round, if no server had what runs.
    round: Option<Rejection>,
    /// Of the disk, if the running rules were not saved.
    copy: Option<Rejection>,
    /// What the followed server announced last.
    followed: Option<Offer>,
    /// What the standby server announced last.
    standby: Option<Offer>,
    /// How long a server that does not answer counts.
    patience: Duration,
}

#[derive(Clone, Debug)]
struct Newer {
    server: Server,
    rejection: Rejection,
    /// When the server last offered it.
    offered: Duration,
}

impl Newer {
    /// A generation that is not known may be newer.
    fn is_newer_than(&self, running: u64) -> bool {
        self.rejection.generation.is_none_or(|generation| generation > running)
    }
}

impl Rejections {
    /// No rejections. The rejection of a server that does not answer for `patience` is dropped.
    pub(crate) fn new(patience: Duration) -> Self {
        Self { newer: Vec::new(), round: None, copy: None, followed: None, standby: None, patience }
    }

    /// The rejection to show: of the newest generation that was rejected, else of the last round,
    /// else of the disk.
    pub(crate) fn shown(&self) -> Option<&Rejection> {
        self.newest().or(self.round.as_ref()).or(self.copy.as_ref())
    }

    /// The rejection of the newest of the generations that are newer than the running one.
    pub(crate) fn newest(&self) -> Option<&Rejection> {
        newest(self.newer.iter().map(|newer| &newer.rejection))
    }

    /// The servers whose newer generation was rejected: every round asks them, also if another
    /// server has what runs.
    pub(crate) fn servers(&self) -> Vec<Server> {
        self.newer.iter().map(|newer| newer.server.clone()).collect()
    }

    /// What the servers that the core listens to announced last.
    pub(crate) fn offers(&self) -> Vec<Offer> {
        self.followed.iter().chain(&self.standby).cloned().collect()
    }

    /// Records what servers answered in a round, while `running` runs.
    pub(crate) fn answered(&mut self, now: Duration, running: u64, verdicts: Vec<Verdict>) {
        for Verdict { server, newer } in verdicts {
            let known = self.newer.iter().position(|known| known.server == server);
            // the server that does not say which generation it has is likely to have the same one
            let before = known.and_then(|known| self.newer[known].rejection.generation);
            let newer = newer.map(|rejection| {
                let generation = rejection.generation.or(before);
                Newer { server, rejection: rejection.with_generation(generation), offered: now }
            });
            let is_newer = |newer: &Newer| newer.is_newer_than(running);
            match (known, newer.filter(is_newer)) {
                (Some(known), Some(newer)) => self.newer[known] = newer,
                (None, Some(newer)) => self.newer.push(newer),
                (Some(known), None) => {
                    self.newer.remove(known);
                }
                (None, None) => {}
            }
        }
    }

    /// Records the rejection with which a round ended; `None` if a server had what runs.
    pub(crate) fn round_ended(&mut self, rejection: Option<Rejection>) {
        self.round = rejection;
    }

    /// Records whether the running rules were saved.
    pub(crate) fn saved(&mut self, saved: Result<(), Rejection>) {
        self.copy = saved.err();
    }

    /// Records that a server had rules that run now: rejections of this generation and of older
    /// ones are over. One of a generation that is not known ends when its server is asked again.
    pub(crate) fn now_running(&mut self, generation: u64) {
        self.newer.retain(|newer| newer.is_newer_than(generation));
        self.round = None;
    }

    /// Records what the followed server announced, while `running` runs.
    pub(crate) fn announced(&mut self, now: Duration, running: u64, offer: Offer) {
        self.heard(now, running, &offer);
        self.followed = Some(offer);
    }

    /// Records what the standby server announced, while `running` runs.
    pub(crate) fn announced_by_standby(&mut self, now: Duration, running: u64, offer: Offer) {
        self.heard(now, running, &offer);
        self.standby = Some(offer);
    }

    /// Records that the core no longer listens to the server that it followed.
    pub(crate) fn left(&mut self, server: &Server) {
        self.followed.take_if(|offer| offer.server == *server);
    }

    /// Records that the stream of the standby server ended.
    pub(crate) fn standby_lost(&mut self) {
        self.standby = None;
    }

    /// Drops the rejections of servers that have not answered for too long.
    pub(crate) fn expire(&mut self, now: Duration) {
        let patience = self.patience;
        self.newer.retain(|newer| now.saturating_sub(newer.offered) < patience);
    }

    /// A server that has nothing newer than what runs no longer offers what was rejected.
    fn heard(&mut self, now: Duration, running: u64, offer: &Offer) {
        self.newer.retain(|newer| newer.server != offer.server || offer.generation > running);
        let same = self.newer.iter_mut().filter(|newer| newer.server == offer.server);
        same.for_each(|newer| newer.offered = now);
    }
}

/// The rejection of the newest generation; of several, the first one. A generation that is not
/// known counts least.
pub(crate) fn newest<'r>(
    rejections: impl DoubleEndedIterator<Item = &'r Rejection>,
) -> Option<&'r Rejection> {
    rejections.rev().max_by_key(|rejection| rejection.generation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejection::RejectionCause;

    const NOW: Duration = Duration::from_secs(100);
    const PATIENCE: Duration = Duration::from_secs(3600);
    /// The generation that runs.
    const RUNNING: u64 = 7;

    fn server(name: &str) -> Server {
        Server::parse(&format!("http://{name}")).unwrap()
    }

    fn rejection(name: &str, generation: Option<u64>) -> Rejection {
        let server = server(name).to_string();
        Rejection::new(&server, RejectionCause::SignatureMissing).with_generation(generation)
    }

    fn rejecting(name: &str, generation: Option<u64>) -> Verdict {
        Verdict { server: server(name), newer: Some(rejection(name, generation)) }
    }

    fn harmless(name: &str) -> Verdict {
        Verdict { server: server(name), newer: None }
    }

    fn offer(name: &str, generation: u64) -> Offer {
        Offer { server: server(name), generation }
    }

    /// Server `a` offers generation 8, which was rejected, and `b` has what runs.
    fn rejections() -> Rejections {
        let mut rejections = Rejections::new(PATIENCE);
        rejections.answered(NOW, RUNNING, vec![rejecting("a", Some(8)), harmless("b")]);
        rejections.round_ended(None);
        rejections
    }

    fn shown(rejections: &Rejections) -> Option<(String, Option<u64>)> {
        rejections.shown().map(|it| (it.server.clone(), it.generation))
    }

    fn of(name: &str, generation: u64) -> Option<(String, Option<u64>)> {
        Some((server(name).to_string(), Some(generation)))
    }

    #[test]
    fn rejection_of_a_newer_generation_survives_a_server_that_has_what_runs() {
        let mut rejections = rejections();
        rejections.answered(NOW, RUNNING, vec![harmless("b")]);
        assert_eq!(shown(&rejections), of("a", 8));
        assert_eq!(rejections.servers(), [server("a")]);
        // also while no server has what runs, or the copy is not saved
        rejections.round_ended(Some(rejection("b", None)));
        rejections.saved(Err(rejection("disk", None)));
        assert_eq!(shown(&rejections), of("a", 8));
        rejections.answered(NOW, RUNNING, vec![harmless("a")]);
        assert_eq!(rejections.shown().unwrap().server, server("b").to_string());
        rejections.round_ended(None);
        assert_eq!(rejections.shown().unwrap().server, server("disk").to_string());
        rejections.saved(Ok(()));
        assert_eq!(shown(&rejections), None);
    }

    #[test]
    fn rejection_ends_when_its_generation_or_a_later_one_runs() {
        for (running, is_over) in [(7, false), (8, true), (9, true)] {
            let mut rejections = rejections();
            rejections.now_running(running);
            assert_eq!(shown(&rejections).is_none(), is_over, "{running}");
        }
        // the round began before generation 8 ran
        let mut rejections = Rejections::new(PATIENCE);
        rejections.answered(NOW, 8, vec![rejecting("a", Some(8))]);
        assert_eq!(shown(&rejections), None);
        rejections.answered(NOW, 8, vec![rejecting("a", None)]);
        assert!(shown(&rejections).is_some());
        rejections.now_running(9);
        assert!(shown(&rejections).is_some(), "its generation is not known");
        rejections.answered(NOW, 9, vec![harmless("a")]);
        assert_eq!(shown(&rejections), None);
    }

    #[test]
    fn rejection_ends_when_its_server_no_longer_offers_the_generation() {
        for (offer, is_over) in [
            (offer("a", 7), true),
            (offer("a", 6), true),
            (offer("a", 8), false),
            (offer("a", 9), false),
            (offer("b", 7), false),
        ] {
            let (mut followed, mut standby) = (rejections(), rejections());
            followed.announced(NOW, RUNNING, offer.clone());
            standby.announced_by_standby(NOW, RUNNING, offer.clone());
            assert_eq!([&followed, &standby].map(|it| shown(it).is_none()), [is_over; 2]);
            assert_eq!(followed.offers(), [offer]);
        }
    }

    #[test]
    fn rejection_ends_when_its_server_is_silent_for_too_long() {
        let mut rejections = rejections();
        let later = NOW + PATIENCE / 2;
        rejections.announced(later, RUNNING, offer("a", 8));
        rejections.expire(NOW + PATIENCE);
        assert_eq!(shown(&rejections), of("a", 8));
        rejections.expire(later + PATIENCE);
        assert_eq!(shown(&rejections), None);
    }

    #[test]
    fn newest_generation_is_shown() {
        let mut rejections = rejections();
        rejections.answered(NOW, RUNNING, vec![rejecting("b", Some(9)), rejecting("c", None)]);
        assert_eq!(shown(&rejections), of("b", 9));
        rejections.answered(NOW, RUNNING, vec![rejecting("a", Some(9))]);
        assert_eq!(shown(&rejections), of("a", 9), "the first one of two");
        rejections.answered(NOW, RUNNING, vec![rejecting("a", None)]);
        assert_eq!(shown(&rejections), of("a", 9), "the generation that was known before");
        rejections.now_running(9);
        let unknown = Some((server("c").to_string(), None));
        assert_eq!(shown(&rejections), unknown, "a generation that is not known counts least");
    }

    #[test]
    fn announced_generation_counts_while_the_stream_is_open() {
        let mut rejections = rejections();
        rejections.announced(NOW, RUNNING, offer("a", 8));
        rejections.announced_by_standby(NOW, RUNNING, offer("b", 7));
        assert_eq!(rejections.offers(), [offer("a", 8), offer("b", 7)]);
        rejections.left(&server("b"));
        rejections.standby_lost();
        assert_eq!(rejections.offers(), [offer("a", 8)]);
        rejections.left(&server("a"));
        assert_eq!(rejections.offers(), []);
    }
}
