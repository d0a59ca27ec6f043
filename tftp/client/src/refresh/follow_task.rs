//! The task that follows servers: the transports of [`follow`](crate::follow), over the network.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use adr_protocol::{Announcement, State, moving_delay};
use reqwest::Response;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::event_stream::{EventStream, ServerEvent, send_request};
use crate::fetch::PATIENCE_WITH_OTHERS;
use crate::fetch::enclosed::EnclosedFiles;
use crate::fetch::network::Network;
use crate::follow::{Attempt, AttemptResult, Follower, Transport};
use crate::handle::Shared;
use crate::schedule::Rng;
use crate::server::Server;
use crate::settings::{Settings, Timing};

/// Polls by TFTP are this many times rarer, because each of them reads the whole manifest.
const TFTP_INTERVAL_FACTOR: u32 = 5;

/// Every this many polls the files are compared as well.
const POLLS_BETWEEN_COMPARISONS: u32 = 10;

/// Longest answer to a long poll, in bytes.
const MAX_STATE_BYTES: usize = 4096;

/// What the task tells the refresher.
#[derive(Debug)]
pub(super) enum Signal {
    /// This server is followed by this transport; `None` while only TFTP servers are polled.
    Following { server: Option<Server>, transport: Transport },
    /// The connection to this server was lost, or it did not answer.
    Lost { server: Server, is_silent: bool },
    /// The core leaves this server for another one; `is_stopping` if the server asked for it.
    Left { server: Server, is_stopping: bool },
    /// The followed server announced a state, maybe with files.
    Announced(State, Option<Arc<EnclosedFiles>>),
    /// The standby server announced a state.
    AnnouncedByStandby { server: Server, state: State },
    /// The stream of the standby server ended.
    StandbyLost,
    /// The servers should be asked now.
    Refresh { compare_files: bool },
}

/// Follows servers until it is dropped.
pub(super) struct FollowTask {
    shared: Arc<Shared>,
    network: Network,
    /// The servers that can announce changes.
    servers: Vec<Server>,
    timing: Timing,
    follower: Follower,
    rng: Rng,
    signals: mpsc::Sender<Signal>,
    /// The index of the server that is followed, or tried next.
    tried: watch::Sender<usize>,
    /// Notified if the followed server may hang.
    doubts: Arc<Notify>,
    /// Servers that are behind, and are to be left if they are followed.
    lagging: mpsc::Receiver<Server>,
    /// The index of the standby server while its stream is open.
    standby: watch::Receiver<Option<usize>>,
    poll_interval: Duration,
    /// When a refresh was requested last because nothing was announced.
    last_refresh: Instant,
    /// Whether a connection was lost since the last announced state.
    was_disconnected: bool,
    /// How many polls were done.
    polls: u32,
    /// The generation that was announced last.
    announced: u64,
}

impl FollowTask {
    pub(super) fn new(
        shared: Arc<Shared>,
        network: Network,
        settings: &Settings,
        rng: Rng,
        signals: mpsc::Sender<Signal>,
    ) -> Self {
        // other servers cannot be followed, but every round asks them
        let servers = settings.servers.iter().filter(|server| server.can_announce());
        let servers: Vec<Server> = servers.cloned().collect();
        let is_tftp = servers.is_empty() && settings.servers.iter().any(Server::is_tftp);
        let factor = if is_tftp { TFTP_INTERVAL_FACTOR } else { 1 };
        let poll_interval = settings.poll_interval * factor;
        Self {
            follower: Follower::new(
                servers.len(),
                poll_interval,
                settings.timing.retry_delay,
                settings.timing.min_gap,
            ),
            shared,
            network,
            servers,
            timing: settings.timing,
            rng,
            signals,
            tried: watch::Sender::new(0),
            doubts: Arc::default(),
            lagging: mpsc::channel(1).1,
            standby: watch::Sender::new(None).subscribe(),
            poll_interval,
            last_refresh: Instant::now(),
            was_disconnected: false,
            polls: 0,
            announced: 0,
        }
    }

    /// The index of the server that is followed, or tried next, among those that can announce
    /// changes.
    pub(super) fn tried(&self) -> watch::Receiver<usize> {
        self.tried.subscribe()
    }

    /// Follows the standby server when the followed one asks its cores to move. The receiver has
    /// its index while its stream is open.
    pub(super) fn set_standby(&mut self, standby: watch::Receiver<Option<usize>>) {
        self.standby = standby;
    }

    /// Send the followed server here if it is behind and is to be left.
    pub(super) fn lagging(&mut self) -> mpsc::Sender<Server> {
        let (lagging, received) = mpsc::channel(1);
        self.lagging = received;
        lagging
    }

    /// Notify this if the followed server may hang: it must then answer a request.
    pub(super) fn doubts(&self) -> Arc<Notify> {
        Arc::clone(&self.doubts)
    }

    pub(super) async fn run(mut self) {
        let mut next = self.follower.first();
        loop {
            // the standby stream to this server ends before the one that follows begins
            self.tried.send_replace(next.server);
            tokio::time::sleep(next.delay).await;
            let began = Instant::now();
            let server = self.servers.get(next.server).cloned();
            let result = match (next.transport, server.clone()) {
                (Transport::Events, Some(server)) => {
                    let Err(end) = self.follow_events(&server).await;
                    end
                }
                (Transport::LongPoll, Some(server)) => self.long_poll(&server).await,
                (_, server) => self.poll(server).await,
            };
            if matches!(result, AttemptResult::Disconnected | AttemptResult::Failed) {
                if let Some(server) = server {
                    let is_silent = result == AttemptResult::Failed;
                    self.send(Signal::Lost { server, is_silent }).await;
                }
                self.was_disconnected = true;
                self.refresh_if_due().await;
            }
            next = self.next(result, began.elapsed()).await;
        }
    }

    /// The next attempt. If a stream ended and the standby server works, the core follows that one:
    /// the cores of a server that died do so one after the other.
    async fn next(&mut self, result: AttemptResult, lasted: Duration) -> Attempt {
        let has_standby = |task: &Self| task.standby.borrow().is_some();
        let mut is_moving = result == AttemptResult::Moving;
        if result == AttemptResult::Disconnected && has_standby(self) {
            tokio::time::sleep(self.moving_delay()).await;
            is_moving = has_standby(self);
        }
        let standby = *self.standby.borrow();
        match is_moving {
            true => self.follower.move_on(standby, lasted, &mut self.rng),
            false => self.follower.next(result, lasted, &mut self.rng),
        }
    }

    /// Requests a refresh, except for the first poll: a core starts with a round.
    async fn poll(&mut self, server: Option<Server>) -> AttemptResult {
        self.send(Signal::Following { server, transport: Transport::Poll }).await;
        if self.polls > 0 {
            let compare_files = self.polls.is_multiple_of(POLLS_BETWEEN_COMPARISONS);
            self.send(Signal::Refresh { compare_files }).await;
        }
        self.polls += 1;
        self.last_refresh = Instant::now();
        AttemptResult::Polled
    }

    /// Requests a refresh at most as often as by polling, while no server can be followed.
    async fn refresh_if_due(&mut self) {
        if self.last_refresh.elapsed() >= self.poll_interval {
            self.last_refresh = Instant::now();
            self.send(Signal::Refresh { compare_files: false }).await;
        }
    }

    async fn follow_events(&mut self, server: &Server) -> Result<Infallible, AttemptResult> {
        let request = self.network.http.get(self.url(server, "-/events"));
        let mut stream = EventStream::open(request, self.patience(), self.timing).await?;
        // what was said about an earlier stream
        let _ = self.is_lagging(server);
        let mut is_first = true;
        // when the core leaves a server that asked its cores to move
        let mut leaving: Option<Instant> = None;
        loop {
            let events = tokio::select! {
                events = stream.next() => events,
                () = self.doubts.notified(), if leaving.is_none() => {
                    match self.answers(server).await {
                        true => continue,
                        false => return Err(AttemptResult::Failed),
                    }
                }
                Some(lagging) = self.lagging.recv(), if leaving.is_none() => {
                    if lagging != *server {
                        continue;
                    }
                    let server = lagging;
                    self.send(Signal::Left { server, is_stopping: false }).await;
                    return Err(AttemptResult::Moving);
                }
                () = sleep_until(leaving.unwrap_or_else(Instant::now)), if leaving.is_some() => {
                    return Err(AttemptResult::Moving);
                }
            };
            let events = match (events, leaving) {
                (Err(_), Some(leaving)) => {
                    sleep_until(leaving).await;
                    return Err(AttemptResult::Moving);
                }
                (events, _) => events?,
            };
            for event in events {
                let ServerEvent::Announced(Announcement { state, files }) = event else {
                    if leaving.is_none() {
                        leaving = Some(Instant::now() + self.moving_delay());
                        let server = server.clone();
                        self.send(Signal::Left { server, is_stopping: true }).await;
                    }
                    continue;
                };
                if std::mem::take(&mut is_first) {
                    let (server, transport) = (Some(server.clone()), Transport::Events);
                    self.send(Signal::Following { server, transport }).await;
                }
                self.follower.on_state(stream.retry());
                let enclosed = EnclosedFiles::new(server, files).map(Arc::new);
                self.announce(state, enclosed).await;
            }
        }
    }

    /// Whether this server is behind, and is to be left.
    fn is_lagging(&mut self, server: &Server) -> bool {
        self.lagging.try_recv().is_ok_and(|lagging| lagging == *server)
    }

    /// How long this core stays at a server that asked its cores to move.
    fn moving_delay(&self) -> Duration {
        moving_delay(&self.shared.status.borrow().client, self.announced)
    }

    /// Whether a server answers a request at all.
    async fn answers(&self, server: &Server) -> bool {
        let request = self.network.http.get(self.url(server, "-/state"));
        !matches!(send_request(request, self.patience()).await, Err(AttemptResult::Failed))
    }

    /// How long a server may take to begin its stream.
    fn patience(&self) -> Duration {
        let idle = self.timing.idle_timeout;
        if self.servers.len() > 1 { idle.min(PATIENCE_WITH_OTHERS) } else { idle }
    }

    async fn long_poll(&mut self, server: &Server) -> AttemptResult {
        if self.is_lagging(server) {
            self.send(Signal::Left { server: server.clone(), is_stopping: false }).await;
            return AttemptResult::Moving;
        }
        let since = self.announced.max(self.shared.rules.load().generation());
        let mut url = self.url(server, "-/state");
        url.query_pairs_mut().append_pair("since", &since.to_string());
        let limit = self.timing.long_poll_timeout;
        let response = match send_request(self.network.http.get(url), limit).await {
            Ok(response) => response,
            Err(result) => return result,
        };
        let Some(state) = read_state(response, limit).await else {
            return AttemptResult::Unsupported;
        };
        let (server, transport) = (Some(server.clone()), Transport::LongPoll);
        self.send(Signal::Following { server, transport }).await;
        let is_new = state.generation > since;
        self.announce(state, None).await;
        AttemptResult::Answered { is_new }
    }

    /// Passes on a state. After a connection was lost, files are compared as well: this client may
    /// be in another network.
    async fn announce(&mut self, state: State, enclosed: Option<Arc<EnclosedFiles>>) {
        if std::mem::take(&mut self.was_disconnected) {
            self.send(Signal::Refresh { compare_files: true }).await;
        }
        self.announced = state.generation;
        self.send(Signal::Announced(state, enclosed)).await;
    }

    async fn send(&self, signal: Signal) {
        // fails while the core is closing
        let _ = self.signals.send(signal).await;
    }

    fn url(&self, server: &Server, path: &str) -> reqwest::Url {
        let mut url = server.url_of(path);
        let client = self.shared.status.borrow().client.clone();
        url.query_pairs_mut().append_pair("client", &client);
        url
    }
}

async fn read_state(mut response: Response, limit: Duration) -> Option<State> {
    let mut body = Vec::new();
    while let Ok(Ok(Some(chunk))) = timeout(limit, response.chunk()).await {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_STATE_BYTES {
            return None;
        }
    }
    serde_json::from_slice(&body).ok()
}
