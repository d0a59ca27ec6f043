//! HTTP routes for client cores and for administrators.

use std::sync::Arc;
use std::time::Duration;

use adr_protocol::{REPORT_BYTES, State as Published, Transport, is_client_name};
use axum::body::{Body, to_bytes};
use axum::extract::{RawQuery, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::announcer::{Announced, Announcer, ReportError};
use super::client_filter::ClientFilter;
use super::stream;
use crate::client::Peer;

/// Longest time for a report to arrive.
const REPORT_TIMEOUT: Duration = Duration::from_secs(10);

/// Seconds after which a rejected client may retry, plus a delay of up to as many seconds that
/// differs between clients.
const RETRY_AFTER_SECONDS: u64 = 30;

impl Announcer {
    /// Routes for client cores: events, long poll, report.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/-/events", get(events))
            .route("/-/state", get(state))
            .route("/-/report", post(report))
            .with_state(Arc::clone(self))
    }

    /// Routes for administrators: what client cores run. Serve them on the admin port only.
    pub fn admin_router(self: &Arc<Self>) -> Router {
        Router::new().route("/-/clients", get(clients)).with_state(Arc::clone(self))
    }
}

async fn events(
    State(announcer): State<Arc<Announcer>>,
    peer: Option<Extension<Peer>>,
    RawQuery(query): RawQuery,
) -> Response {
    let client = client_of(query.as_deref());
    let address = peer.as_ref().map(|Extension(peer)| peer.client);
    let Some(listener) = announcer.listen(client.clone(), Transport::Events, address) else {
        return retry_later(&key_of(client, peer));
    };
    let is_standby = query.as_deref().and_then(|query| parameter(query, "standby")) == Some("1");
    let listener = if is_standby { listener.into_standby() } else { listener };
    let mut response = answer(StatusCode::OK, Body::from_stream(stream::events(listener)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // nginx buffers streams by default
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

async fn state(
    State(announcer): State<Arc<Announcer>>,
    peer: Option<Extension<Peer>>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let since = match parameter(&query, "since").map(str::parse::<u64>) {
        None => return json(announcer.state().to_json()),
        Some(Err(_)) => {
            return answer(
                StatusCode::BAD_REQUEST,
                "`since` must be the number of a generation\n".into(),
            );
        }
        Some(Ok(since)) => since,
    };
    let client = client_of(Some(&query));
    let address = peer.as_ref().map(|Extension(peer)| peer.client);
    let listener = announcer.listen(client.clone(), Transport::LongPoll, address);
    let Some(mut listener) = listener else {
        return retry_later(&key_of(client, peer));
    };
    let is_newer = |current: &Option<Announced>| {
        current.as_ref().is_none_or(|current| current.state.generation > since)
    };
    // after a timeout, the unchanged state is the answer
    let _ = timeout(announcer.limits.poll_timeout(), listener.current.wait_for(is_newer)).await;
    json(announcer.state().to_json())
}

async fn report(
    State(announcer): State<Arc<Announcer>>,
    peer: Option<Extension<Peer>>,
    request: Request,
) -> Response {
    let Some(Extension(peer)) = peer else {
        return answer(StatusCode::INTERNAL_SERVER_ERROR, Body::empty());
    };
    let body = timeout(REPORT_TIMEOUT, to_bytes(request.into_body(), REPORT_BYTES)).await;
    let body = match body {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            return answer(StatusCode::PAYLOAD_TOO_LARGE, "a report has at most 4 KiB\n".into());
        }
        Err(_) => return answer(StatusCode::REQUEST_TIMEOUT, Body::empty()),
    };
    match announcer.accept_report(&body, peer.client) {
        Ok(()) => answer(StatusCode::NO_CONTENT, Body::empty()),
        Err(ReportError::TableFull { client }) => retry_later(&client),
        Err(error) => answer(StatusCode::BAD_REQUEST, format!("{error}\n").into()),
    }
}

async fn clients(State(announcer): State<Arc<Announcer>>, RawQuery(query): RawQuery) -> Response {
    match ClientFilter::parse(&query.unwrap_or_default()) {
        Ok(filter) => {
            // the cores of many nodes have to be read, which takes up to some seconds
            let answered = spawn_blocking(move || announcer.answer(&filter).to_json()).await;
            answered.map_or_else(|_| answer(StatusCode::INTERNAL_SERVER_ERROR, Body::empty()), json)
        }
        Err(reason) => answer(StatusCode::BAD_REQUEST, format!("{reason}\n").into()),
    }
}

fn json(text: String) -> Response {
    let mut response = answer(StatusCode::OK, text.into());
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// Asks a client to retry, each at a different time.
fn retry_later(client: &str) -> Response {
    let spread = Published { window: RETRY_AFTER_SECONDS * 1000, ..Published::default() };
    let more = spread.delay(client).as_secs();
    let mut response =
        answer(StatusCode::SERVICE_UNAVAILABLE, "too many clients, retry later\n".into());
    response.headers_mut().insert(RETRY_AFTER, (RETRY_AFTER_SECONDS + more).into());
    response
}

fn answer(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The client's name in a query; `None` if it is missing or invalid.
fn client_of(query: Option<&str>) -> Option<String> {
    let name = parameter(query?, "client")?;
    is_client_name(name).then(|| name.to_owned())
}

/// What distinguishes a client from others: its name, or its address and port.
fn key_of(client: Option<String>, peer: Option<Extension<Peer>>) -> String {
    let address = || peer.map(|Extension(peer)| peer.address.to_string());
    client.or_else(address).unwrap_or_default()
}

/// A parameter of a query, without decoding: names of clients and numbers need none.
fn parameter<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    let mut parameters = query.split('&').filter_map(|pair| pair.split_once('='));
    parameters.find(|(known, _)| *known == name).map(|(_, value)| value)
}
