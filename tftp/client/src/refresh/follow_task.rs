//! The task that follows servers: the transports of [`follow`](crate::follow), over the network.

use std::sync::Arc;
use std::time::Duration;

use adr_protocol::{Announcement, State};
use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::events::{Event, EventParser};
use crate::fetch::PATIENCE_WITH_OTHERS;
use crate::fetch::enclosed::EnclosedFiles;
use crate::fetch::network::Network;
use crate::follow::{AttemptResult, Follower, Transport};
use crate::handle::Shared;
use crate::schedule::Rng;
use crate::server::Server;
use crate::settings::{Settings, Timing};

/// Polls by TFTP are this many times rarer, because each of them reads the whole manifest.
const TFTP_INTERVAL_FACTOR: u32 = 5;

/// Every this many polls the files are compared as well.
const POLLS_BETWEEN_COMPARISONS: u32 = 10;

/// Most bytes of a stream of events within [`RATE_PERIOD`]. A server that sends more is not
/// announcing changes.
const MAX_BYTES_PER_PERIOD: usize = 4 * 1024 * 1024;
const RATE_PERIOD: Duration = Duration::from_secs(10);

/// Longest answer to a long poll, in bytes.
const MAX_STATE_BYTES: usize = 4096;

/// What the task tells the refresher.
#[derive(Debug)]
pub(super) enum Signal {
    /// This server is followed by this transport; `None` while only TFTP servers are polled.
    Following { server: Option<Server>, transport: Transport },
    /// The connection to this server was lost, or it did not answer.
    Lost { server: Server, is_silent: bool },
    /// A server announced a state, maybe with files.
    Announced(State, Option<Arc<EnclosedFiles>>),
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
            poll_interval,
            last_refresh: Instant::now(),
            was_disconnected: false,
            polls: 0,
            announced: 0,
        }
    }

    pub(super) async fn run(mut self) {
        let mut next = self.follower.first();
        loop {
            tokio::time::sleep(next.delay).await;
            let began = Instant::now();
            let server = self.servers.get(next.server).cloned();
            let result = match (next.transport, server.clone()) {
                (Transport::Events, Some(server)) => self.follow_events(&server).await,
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
            next = self.follower.next(result, began.elapsed(), &mut self.rng);
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

    async fn follow_events(&mut self, server: &Server) -> AttemptResult {
        let request = self.network.http.get(self.url(server, "-/events"));
        let request = request.header(ACCEPT, "text/event-stream");
        let mut response = match send_request(request, self.patience()).await {
            Ok(response) => response,
            Err(result) => return result,
        };
        let media_type = response.headers().get(CONTENT_TYPE).map(|it| it.as_bytes().to_vec());
        if !media_type.is_some_and(|it| it.starts_with(b"text/event-stream")) {
            return AttemptResult::Unsupported;
        }
        let mut parser = EventParser::default();
        let mut has_state = false;
        let mut rate = Rate::default();
        loop {
            let Timing { idle_timeout, first_event_timeout, .. } = self.timing;
            let limit = if has_state { idle_timeout } else { first_event_timeout };
            let chunk = match timeout(limit, response.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                Err(_) if !has_state => return AttemptResult::Buffered,
                _ if has_state => return AttemptResult::Disconnected,
                _ => return AttemptResult::Failed,
            };
            if rate.is_exceeded_by(chunk.len()) {
                return AttemptResult::Failed;
            }
            for event in parser.feed(&chunk) {
                let Some(Announcement { state, files }) = announcement(&event) else {
                    continue;
                };
                if !std::mem::replace(&mut has_state, true) {
                    let (server, transport) = (Some(server.clone()), Transport::Events);
                    self.send(Signal::Following { server, transport }).await;
                }
                self.follower.on_state(parser.retry().map(Duration::from_millis));
                let enclosed = EnclosedFiles::new(server, files).map(Arc::new);
                self.announce(state, enclosed).await;
            }
        }
    }

    /// How long a server may take to begin its stream.
    fn patience(&self) -> Duration {
        let idle = self.timing.idle_timeout;
        if self.servers.len() > 1 { idle.min(PATIENCE_WITH_OTHERS) } else { idle }
    }

    async fn long_poll(&mut self, server: &Server) -> AttemptResult {
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

/// The announcement in an event; `None` for other events.
fn announcement(event: &Event) -> Option<Announcement> {
    (event.kind == "state").then(|| serde_json::from_str(&event.data).ok())?
}

/// How much a stream sends.
struct Rate {
    began: Instant,
    /// Bytes since then.
    bytes: usize,
}

impl Default for Rate {
    fn default() -> Self {
        Self { began: Instant::now(), bytes: 0 }
    }
}

impl Rate {
    /// Counts bytes. Whether the stream has sent too many of them.
    fn is_exceeded_by(&mut self, bytes: usize) -> bool {
        if self.began.elapsed() >= RATE_PERIOD {
            *self = Self::default();
        }
        self.bytes += bytes;
        self.bytes > MAX_BYTES_PER_PERIOD
    }
}

/// The response with status 200, or the result of the attempt for any other.
async fn send_request(
    request: reqwest::RequestBuilder,
    limit: Duration,
) -> Result<Response, AttemptResult> {
    let response = match timeout(limit, request.send()).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) | Err(_) => return Err(AttemptResult::Failed),
    };
    match response.status() {
        StatusCode::OK => Ok(response),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            let delay = response.headers().get(RETRY_AFTER);
            let seconds = delay.and_then(|delay| delay.to_str().ok()?.trim().parse().ok());
            let busy = seconds.map(|seconds| AttemptResult::Busy(Duration::from_secs(seconds)));
            Err(busy.unwrap_or(AttemptResult::Failed))
        }
        status if status.is_server_error() => Err(AttemptResult::Failed),
        _ => Err(AttemptResult::Unsupported),
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
