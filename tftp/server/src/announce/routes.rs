//! What cores and operators ask for.

use std::sync::Arc;
use std::time::Duration;

use adr_protocol::{REPORT_BYTES, Report, State as Published, is_client_name};
use axum::body::{Body, to_bytes};
use axum::extract::{RawQuery, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use tokio::time::timeout;

use super::{Announcer, stream};
use crate::http::Peer;

/// How long a report may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);

/// Seconds after which those come again for whom there was no room: from the first, spread over as
/// many more.
const COME_AGAIN: u64 = 30;

pub(super) fn for_cores(announcer: &Arc<Announcer>) -> Router {
    Router::new()
        .route("/-/events", get(events))
        .route("/-/state", get(state))
        .route("/-/report", post(report))
        .with_state(Arc::clone(announcer))
}

pub(super) fn for_operators(announcer: &Arc<Announcer>) -> Router {
    Router::new().route("/-/clients", get(clients)).with_state(Arc::clone(announcer))
}

async fn events(
    State(announcer): State<Arc<Announcer>>,
    peer: Option<Extension<Peer>>,
    RawQuery(query): RawQuery,
) -> Response {
    let client = client_of(query.as_deref());
    let address = peer.as_ref().map(|Extension(peer)| peer.client);
    let Some(listener) = announcer.listen(client.clone(), address) else {
        return no_room(&name_of(client, peer));
    };
    let mut response = answer(StatusCode::OK, Body::from_stream(stream::events(listener)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // nginx buffers a stream unless told not to
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
        Some(Err(_)) => return answer(StatusCode::BAD_REQUEST, "`since` is a generation\n".into()),
        Some(Ok(since)) => since,
    };
    let client = client_of(Some(&query));
    let Some(mut listener) = announcer.listen(client.clone(), None) else {
        return no_room(&name_of(client, peer));
    };
    let is_newer = |current: &Option<super::Announced>| {
        current.as_ref().is_none_or(|current| current.state.generation > since)
    };
    // whatever it is then, it is the state
    let _ = timeout(announcer.limits.poll(), listener.current.wait_for(is_newer)).await;
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
    let body = timeout(ARRIVAL, to_bytes(request.into_body(), REPORT_BYTES)).await;
    let body = match body {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            return answer(StatusCode::PAYLOAD_TOO_LARGE, "a report has at most 4 KiB\n".into());
        }
        Err(_) => return answer(StatusCode::REQUEST_TIMEOUT, Body::empty()),
    };
    match serde_json::from_slice::<Report>(&body) {
        Ok(report) if is_client_name(&report.client) => {
            let client = report.client.clone();
            match announcer.report(report, peer.client) {
                Ok(()) => answer(StatusCode::NO_CONTENT, Body::empty()),
                Err(super::Full) => no_room(&client),
            }
        }
        Ok(_) => {
            answer(StatusCode::BAD_REQUEST, "`client` is 8 to 64 characters of 0-9 a-z -\n".into())
        }
        Err(error) => answer(StatusCode::BAD_REQUEST, format!("not a report: {error}\n").into()),
    }
}

async fn clients(State(announcer): State<Arc<Announcer>>) -> Response {
    json(serde_json::to_string_pretty(&announcer.clients()).unwrap_or_default() + "\n")
}

fn json(text: String) -> Response {
    let mut response = answer(StatusCode::OK, text.into());
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// Later, at a time that is another one for each client.
fn no_room(client: &str) -> Response {
    let spread = Published { window: COME_AGAIN * 1000, ..Published::default() };
    let more = spread.delay(client).as_secs();
    let mut response =
        answer(StatusCode::SERVICE_UNAVAILABLE, "no room, come again later\n".into());
    response.headers_mut().insert(RETRY_AFTER, (COME_AGAIN + more).into());
    response
}

fn answer(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The client's name in a query; whatever is none is nobody.
fn client_of(query: Option<&str>) -> Option<String> {
    let name = parameter(query?, "client")?;
    is_client_name(name).then(|| name.to_owned())
}

/// What tells a client from another: its name, or where it connects from.
fn name_of(client: Option<String>, peer: Option<Extension<Peer>>) -> String {
    let address = || peer.map(|Extension(peer)| peer.address.to_string());
    client.or_else(address).unwrap_or_default()
}

/// A parameter of a query. Names of clients and generations need no escapes.
fn parameter<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    let mut parameters = query.split('&').filter_map(|pair| pair.split_once('='));
    parameters.find(|(known, _)| *known == name).map(|(_, value)| value)
}
