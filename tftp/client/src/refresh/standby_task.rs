//! The task that listens to a second server, in case the followed one hangs: one stream of events
//! without files.

use std::convert::Infallible;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::event_stream::{EventStream, ServerEvent};
use super::follow_task::Signal;
use crate::fetch::PATIENCE_WITH_OTHERS;
use crate::fetch::network::Network;
use crate::follow::AttemptResult;
use crate::schedule::{Rng, jitter};
use crate::server::Server;
use crate::settings::{Settings, Timing};
use crate::standby::Standby;

/// Listens to a second server until it is dropped.
pub(super) struct StandbyTask {
    network: Network,
    /// The servers that can announce changes.
    servers: Vec<Server>,
    timing: Timing,
    standby: Standby,
    rng: Rng,
    signals: mpsc::Sender<Signal>,
    /// The index of the server that is followed, or tried next.
    followed: watch::Receiver<usize>,
    /// The index of the server that has announced a state on the stream that is open.
    listening: watch::Sender<Option<usize>>,
    /// Changes when the standby server is behind, and is to be passed over.
    lagging: watch::Receiver<()>,
}

impl StandbyTask {
    pub(super) fn new(
        network: Network,
        settings: &Settings,
        rng: Rng,
        signals: mpsc::Sender<Signal>,
        followed: watch::Receiver<usize>,
    ) -> Self {
        let servers = settings.servers.iter().filter(|server| server.can_announce());
        let servers: Vec<Server> = servers.cloned().collect();
        let standby = Standby::new(servers.len(), settings.timing.retry_delay);
        let (timing, listening) = (settings.timing, watch::Sender::new(None));
        let lagging = watch::Sender::new(()).subscribe();
        Self { network, servers, timing, standby, rng, signals, followed, listening, lagging }
    }

    /// Notify this if the standby server is behind and is to be passed over.
    pub(super) fn lagging(&mut self) -> watch::Sender<()> {
        let lagging = watch::Sender::new(());
        self.lagging = lagging.subscribe();
        lagging
    }

    /// The index of the standby server while its stream is open.
    pub(super) fn listening(&self) -> watch::Receiver<Option<usize>> {
        self.listening.subscribe()
    }

    /// Ends at once if there is no second server.
    pub(super) async fn run(mut self) {
        // the server that is followed comes first
        let mut delay = jitter(self.timing.retry_delay, &mut self.rng);
        loop {
            tokio::time::sleep(delay).await;
            let followed = *self.followed.borrow_and_update();
            let Some(index) = self.standby.server(followed) else { return };
            let mut changes = self.followed.clone();
            // what was said about an earlier stream
            self.lagging.mark_unchanged();
            let mut lagging = self.lagging.clone();
            let began = Instant::now();
            let end = tokio::select! {
                Err(end) = self.listen(index) => Some(end),
                // a server has one stream of a core, and needs the place for the one that follows
                changed = changes.wait_for(|followed| *followed == index) => {
                    if changed.is_err() {
                        return;
                    }
                    None
                }
                Ok(()) = lagging.changed() => Some(AttemptResult::Moving),
            };
            self.listening.send_replace(None);
            // fails while the core is closing
            let _ = self.signals.send(Signal::StandbyLost).await;
            delay = match end {
                None => self.timing.min_gap,
                Some(AttemptResult::Moving) => self.standby.moved(&mut self.rng),
                Some(AttemptResult::Busy(busy)) => {
                    self.standby.ended(began.elapsed(), Some(busy), &mut self.rng)
                }
                Some(_) => self.standby.ended(began.elapsed(), None, &mut self.rng),
            };
            delay = delay.max(self.timing.min_gap);
        }
    }

    async fn listen(&self, index: usize) -> Result<Infallible, AttemptResult> {
        let server = &self.servers[index];
        let mut url = server.url_of("-/events");
        url.query_pairs_mut().append_pair("standby", "1");
        let patience = self.timing.idle_timeout.min(PATIENCE_WITH_OTHERS);
        let request = self.network.http.get(url);
        let mut stream = EventStream::open(request, patience, self.timing).await?;
        loop {
            for event in stream.next().await? {
                let ServerEvent::Announced(announcement) = event else {
                    return Err(AttemptResult::Moving);
                };
                self.listening.send_replace(Some(index));
                let (server, state) = (server.clone(), announcement.state);
                // fails while the core is closing
                let _ = self.signals.send(Signal::AnnouncedByStandby { server, state }).await;
            }
        }
    }
}
