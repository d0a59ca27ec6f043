//! Listening to one server at a time: the ways of [`follow`](crate::follow), by sockets.

use std::sync::Arc;
use std::time::Duration;

use adr_protocol::{Announcement, State};
use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::{Settings, Shared, Times};
use crate::events::{Event, Reader};
use crate::fetch::enclosed::Enclosed;
use crate::fetch::wire::Wire;
use crate::follow::{End, Follower, Way};
use crate::schedule::Chance;
use crate::server::Server;

/// Polls by TFTP are rarer, since each of them reads the whole manifest.
const TFTP_PERIODS: u32 = 5;

/// Every so many polls the files are looked at as well.
const THOROUGH_POLLS: u32 = 10;

/// Longest answer of a long poll, in bytes.
const STATE_LIMIT: usize = 4096;

/// What the listener has to say.
#[derive(Debug)]
pub(super) enum Signal {
    /// This server is followed by this way.
    Follows { server: Option<Server>, way: Way },
    /// A server says what is current; an event may bring the files along.
    Told(State, Option<Arc<Enclosed>>),
    /// Ask for the manifest; and for the files as well.
    Look { is_thorough: bool },
}

/// Follows servers until it is dropped.
pub(super) struct Listener {
    shared: Arc<Shared>,
    wire: Wire,
    servers: Vec<Server>,
    times: Times,
    follower: Follower,
    chance: Chance,
    period: Duration,
    /// When the manifest was asked for last.
    looked: Instant,
    was_cut: bool,
    polls: u32,
    /// The latest generation that was told of.
    known: u64,
}

impl Listener {
    pub(super) fn new(shared: Arc<Shared>, wire: Wire, settings: &Settings, seed: u64) -> Self {
        // one that cannot tell is asked in every round all the same
        let servers = settings.servers.iter().filter(|server| !server.is_tftp());
        let servers: Vec<Server> = servers.cloned().collect();
        let period = if servers.is_empty() { settings.poll * TFTP_PERIODS } else { settings.poll };
        Self {
            follower: Follower::new(servers.len(), period, settings.times.retry),
            shared,
            wire,
            servers,
            times: settings.times,
            chance: Chance::new(seed),
            period,
            looked: Instant::now(),
            was_cut: false,
            polls: 0,
            known: 0,
        }
    }

    pub(super) async fn run(mut self, signals: mpsc::Sender<Signal>) {
        let mut next = self.follower.first();
        loop {
            tokio::time::sleep(next.wait).await;
            let server = self.servers.get(next.server).cloned();
            let end = match (next.way, server) {
                (Way::Events, Some(server)) => self.events(&server, &signals).await,
                (Way::LongPoll, Some(server)) => self.long_poll(&server, &signals).await,
                (_, server) => self.poll(server, &signals).await,
            };
            if matches!(end, End::Ended | End::Failed) {
                self.was_cut = true;
                self.look_now_and_then(&signals).await;
            }
            next = self.follower.next(end, &mut self.chance);
        }
    }

    /// Looks, except for the first time: a core begins with a look.
    async fn poll(&mut self, server: Option<Server>, signals: &mpsc::Sender<Signal>) -> End {
        let way = Way::Poll;
        send(signals, Signal::Follows { server, way }).await;
        if self.polls > 0 {
            let is_thorough = self.polls.is_multiple_of(THOROUGH_POLLS);
            send(signals, Signal::Look { is_thorough }).await;
        }
        self.polls += 1;
        self.looked = Instant::now();
        End::Polled
    }

    /// While nobody tells, servers are asked as rarely as by polling.
    async fn look_now_and_then(&mut self, signals: &mpsc::Sender<Signal>) {
        if self.looked.elapsed() >= self.period {
            self.looked = Instant::now();
            send(signals, Signal::Look { is_thorough: false }).await;
        }
    }

    async fn events(&mut self, server: &Server, signals: &mpsc::Sender<Signal>) -> End {
        let request = self.wire.http.get(self.url(server, "-/events"));
        let request = request.header(ACCEPT, "text/event-stream");
        let mut response = match answered(request, self.times.silence).await {
            Ok(response) => response,
            Err(end) => return end,
        };
        let kind = response.headers().get(CONTENT_TYPE).map(|kind| kind.as_bytes().to_vec());
        if !kind.is_some_and(|kind| kind.starts_with(b"text/event-stream")) {
            return End::NotOffered;
        }
        let mut reader = Reader::default();
        let mut has_told = false;
        loop {
            let patience = if has_told { self.times.silence } else { self.times.first_event };
            let chunk = match timeout(patience, response.chunk()).await {
                Err(_) if !has_told => return End::HeldBack,
                Err(_) | Ok(Err(_) | Ok(None)) => {
                    return if has_told { End::Ended } else { End::Failed };
                }
                Ok(Ok(Some(chunk))) => chunk,
            };
            let events = reader.feed(&chunk);
            let states = events.iter().filter(|event| event.kind == "state");
            let read = |event: &Event| serde_json::from_str::<Announcement>(&event.data).ok();
            let announced = states.filter_map(read);
            let Some(Announcement { state, files }) =
                announced.max_by_key(|announced| announced.state.generation)
            else {
                continue;
            };
            if !has_told {
                send(signals, Signal::Follows { server: Some(server.clone()), way: Way::Events })
                    .await;
            }
            has_told = true;
            self.follower.told(reader.retry().map(Duration::from_millis));
            let enclosed = Enclosed::new(server, files).map(Arc::new);
            self.tell(state, enclosed, signals).await;
        }
    }

    async fn long_poll(&mut self, server: &Server, signals: &mpsc::Sender<Signal>) -> End {
        let since = self.known.max(self.shared.rules.load().generation());
        let mut url = self.url(server, "-/state");
        url.query_pairs_mut().append_pair("since", &since.to_string());
        let response = match answered(self.wire.http.get(url), self.times.long_poll).await {
            Ok(response) => response,
            Err(end) => return end,
        };
        let Some(state) = read_state(response, self.times.long_poll).await else {
            return End::NotOffered;
        };
        send(signals, Signal::Follows { server: Some(server.clone()), way: Way::LongPoll }).await;
        let is_new = state.generation > since;
        self.tell(state, None, signals).await;
        End::Answered { is_new }
    }

    /// Hands on a state; after a connection was cut, this client may be in another network.
    async fn tell(
        &mut self,
        state: State,
        enclosed: Option<Arc<Enclosed>>,
        signals: &mpsc::Sender<Signal>,
    ) {
        if std::mem::take(&mut self.was_cut) {
            send(signals, Signal::Look { is_thorough: true }).await;
        }
        self.known = self.known.max(state.generation);
        send(signals, Signal::Told(state, enclosed)).await;
    }

    fn url(&self, server: &Server, path: &str) -> reqwest::Url {
        let mut url = server.file(path);
        let client = self.shared.status.borrow().client.clone();
        url.query_pairs_mut().append_pair("client", &client);
        url
    }
}

async fn send(signals: &mpsc::Sender<Signal>, signal: Signal) {
    // nobody listens when the core is being closed
    let _ = signals.send(signal).await;
}

/// The head of an answer with status 200, or what its absence means.
async fn answered(request: reqwest::RequestBuilder, patience: Duration) -> Result<Response, End> {
    let response = match timeout(patience, request.send()).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) | Err(_) => return Err(End::Failed),
    };
    match response.status() {
        StatusCode::OK => Ok(response),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            let after = response.headers().get(RETRY_AFTER);
            let seconds = after.and_then(|after| after.to_str().ok()?.trim().parse().ok());
            Err(seconds.map_or(End::Failed, |seconds| End::Full(Duration::from_secs(seconds))))
        }
        status if status.is_server_error() => Err(End::Failed),
        _ => Err(End::NotOffered),
    }
}

async fn read_state(mut response: Response, patience: Duration) -> Option<State> {
    let mut body = Vec::new();
    while let Ok(Ok(Some(chunk))) = timeout(patience, response.chunk()).await {
        body.extend_from_slice(&chunk);
        if body.len() > STATE_LIMIT {
            return None;
        }
    }
    serde_json::from_slice(&body).ok()
}
