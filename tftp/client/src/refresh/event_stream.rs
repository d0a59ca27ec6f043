//! An open stream of events of a server.

use std::time::Duration;

use adr_protocol::{Announcement, MOVING_KIND};
use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode};
use tokio::time::{Instant, timeout, timeout_at};

use crate::events::{Event, EventParser};
use crate::follow::AttemptResult;
use crate::settings::Timing;

/// Most bytes of a stream of events within [`RATE_PERIOD`]. A server that sends more is not
/// announcing changes.
const MAX_BYTES_PER_PERIOD: usize = 4 * 1024 * 1024;
const RATE_PERIOD: Duration = Duration::from_secs(10);

/// What a server sends on a stream.
pub(super) enum ServerEvent {
    /// It announces a state.
    Announced(Announcement),
    /// It is about to stop: the core should follow another server.
    Moving,
}

/// A stream that a server has begun.
pub(super) struct EventStream {
    response: Response,
    /// When the server began it.
    opened: Instant,
    parser: EventParser,
    rate: Rate,
    /// Whether the server has announced a state.
    has_state: bool,
    timing: Timing,
}

impl EventStream {
    /// Opens a stream; the server has this much time to begin it.
    ///
    /// # Errors
    ///
    /// The result of the attempt, if the answer is not a stream of events.
    pub(super) async fn open(
        request: RequestBuilder,
        patience: Duration,
        timing: Timing,
    ) -> Result<Self, AttemptResult> {
        let request = request.header(ACCEPT, "text/event-stream");
        let response = send_request(request, patience).await?;
        let media_type = response.headers().get(CONTENT_TYPE).map(|it| it.as_bytes().to_vec());
        if !media_type.is_some_and(|it| it.starts_with(b"text/event-stream")) {
            return Err(AttemptResult::Unsupported);
        }
        let (parser, rate) = (EventParser::default(), Rate::default());
        Ok(Self { response, opened: Instant::now(), parser, rate, has_state: false, timing })
    }

    /// The events of the next bytes; maybe none. Nothing is lost if the future is dropped.
    ///
    /// # Errors
    ///
    /// The result of the attempt, if the stream ended, went silent, or sends too much.
    pub(super) async fn next(&mut self) -> Result<Vec<ServerEvent>, AttemptResult> {
        let Timing { idle_timeout, first_event_timeout, .. } = self.timing;
        // comments keep a stream open, but only a state shows that announcements arrive
        let limit = match self.has_state {
            true => Instant::now() + idle_timeout,
            false => self.opened + first_event_timeout,
        };
        let chunk = match timeout_at(limit, self.response.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            Err(_) if !self.has_state => return Err(AttemptResult::Buffered),
            _ if self.has_state => return Err(AttemptResult::Disconnected),
            _ => return Err(AttemptResult::Failed),
        };
        if self.rate.is_exceeded_by(chunk.len()) {
            return Err(AttemptResult::Failed);
        }
        let events = self.parser.feed(&chunk);
        let events: Vec<_> = events.iter().filter_map(server_event).collect();
        self.has_state |= events.iter().any(|event| matches!(event, ServerEvent::Announced(_)));
        // bytes that are always ready would keep the limit from being noticed
        if !self.has_state && limit <= Instant::now() {
            return Err(AttemptResult::Buffered);
        }
        Ok(events)
    }

    /// The reconnection time that the server asked for.
    pub(super) fn retry(&self) -> Option<Duration> {
        self.parser.retry().map(Duration::from_millis)
    }
}

/// What an event says; `None` for an unknown kind of event.
fn server_event(event: &Event) -> Option<ServerEvent> {
    match event.kind.as_str() {
        "state" => serde_json::from_str(&event.data).ok().map(ServerEvent::Announced),
        MOVING_KIND => Some(ServerEvent::Moving),
        _ => None,
    }
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
pub(super) async fn send_request(
    request: RequestBuilder,
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
