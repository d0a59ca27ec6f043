//! GET and HEAD of files.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use hyper::header::{
    ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, HeaderValue, LAST_MODIFIED, RETRY_AFTER, TRANSFER_ENCODING, VIA as VIA_HEADER,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{HeaderMap, Method, StatusCode};
use percent_encoding::percent_decode_str;

use super::answer::{Answer, Facts, answer};
use super::body::{HeldBody, StreamBody};
use super::{Origin, Peer};
use crate::client::forwarded_for;
use crate::elsewhere::{Absent, Asker, Opened, Stream};
use crate::name::{BadName, Name};
use crate::record::Outcome;
use crate::service::{self, Held, Sent, Service};
use crate::upstream::VIA;

/// Files, and beside them what the caller adds.
pub(super) fn router(service: &Arc<Service>, extra: Router) -> Router {
    Router::new()
        .fallback(file)
        .with_state(Arc::clone(service))
        .merge(extra.layer(middleware::from_fn_with_state(Arc::clone(service), name_peer)))
}

/// Tells routes of the caller who asks.
async fn name_peer(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(peer) = peer(&service, request.headers(), request.extensions().get()) {
        request.extensions_mut().insert(peer);
    }
    next.run(request).await
}

fn peer(service: &Service, headers: &HeaderMap, origin: Option<&Origin>) -> Option<Peer> {
    let address = origin?.address;
    let forwarded = headers.get_all("x-forwarded-for").iter();
    let forwarded: Vec<_> = forwarded.map(|value| value.to_str().unwrap_or_default()).collect();
    let client = forwarded_for(address.ip(), forwarded, &service.settings.proxies);
    Some(Peer { address, client })
}

/// Answers any request that no other route takes.
async fn file(State(service): State<Arc<Service>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let origin = parts.extensions.get::<Origin>();
    let (Some(origin), Some(peer)) = (origin, peer(&service, &parts.headers, origin)) else {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let mut client = peer.address;
    if client.ip().to_canonical() != peer.client {
        client = (peer.client, 0).into();
    }
    let name = percent_decode_str(parts.uri.path()).decode_utf8();
    let shown = name.as_deref().unwrap_or("(not UTF-8)");
    let ask = Ask {
        service: &service,
        request: service::Request::new(origin.protocol, client, shown),
        method: parts.method,
    };
    if has_body(&parts.headers) {
        return ask.refuse(StatusCode::PAYLOAD_TOO_LARGE, Outcome::Refused);
    }
    if !matches!(ask.method, Method::GET | Method::HEAD) {
        return ask.refuse(StatusCode::METHOD_NOT_ALLOWED, Outcome::Refused);
    }
    match Name::parse(name.as_deref().unwrap_or("\0")) {
        Ok(name) => match service.known(peer.client, name) {
            Some(Ok(held)) => ask.held(held, name, &parts.headers),
            Some(Err(absent)) => ask.absent(absent),
            None => ask.elsewhere(name, &parts.headers).await,
        },
        Err(BadName::Forbidden) => ask.refuse(StatusCode::BAD_REQUEST, Outcome::Refused),
        Err(bad) => ask.refuse(StatusCode::NOT_FOUND, bad.outcome()),
    }
}

/// No request for a file has a body. One that does is refused and its connection closed, so nothing
/// in it can be taken for a request.
fn has_body(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH);
    headers.contains_key(TRANSFER_ENCODING) || length.is_some_and(|length| length != "0")
}

/// A request on its way to an answer.
struct Ask<'s> {
    service: &'s Arc<Service>,
    request: service::Request,
    method: Method,
}

impl Ask<'_> {
    fn is_head(&self) -> bool {
        self.method == Method::HEAD
    }

    /// Records an answer without a body.
    fn note(&self, held: Option<&Held>, outcome: Outcome) {
        self.service.record(&self.request, held, Sent::default(), outcome);
    }

    fn refuse(&self, status: StatusCode, outcome: Outcome) -> Response {
        self.note(None, outcome);
        refusal(status)
    }

    fn absent(&self, absent: Absent) -> Response {
        let status = match absent {
            Absent::Missing => StatusCode::NOT_FOUND,
            Absent::Denied => StatusCode::FORBIDDEN,
            Absent::Failed => StatusCode::BAD_GATEWAY,
            Absent::Busy => StatusCode::SERVICE_UNAVAILABLE,
        };
        self.refuse(status, absent.outcome())
    }

    /// A file that somebody has to look for. A server that passes through as well is not answered
    /// from upstream.
    async fn elsewhere(self, name: Name<'_>, headers: &HeaderMap) -> Response {
        let asker = Asker {
            is_passing: headers.get_all(VIA_HEADER).iter().any(|via| via == VIA),
            ..self.service.asker(self.request.client.ip())
        };
        match self.service.elsewhere.open(name, asker).await {
            Ok(Opened::Whole(file)) => self.held(Held::foreign(file), name, headers),
            Ok(Opened::Stream(stream)) => self.stream(stream, name),
            Err(absent) => self.absent(absent),
        }
    }

    fn stream(self, stream: Stream, name: Name<'_>) -> Response {
        let mut response = Response::new(Body::empty());
        describe(response.headers_mut(), name);
        if let Some(size) = stream.size {
            response.headers_mut().insert(CONTENT_LENGTH, size.into());
        }
        if self.is_head() {
            // dropping the stream ends what it comes from
            self.note(None, Outcome::Complete);
            return response;
        }
        *response.body_mut() = Body::new(StreamBody {
            stream,
            request: self.request,
            service: Arc::clone(self.service),
            sent: 0,
            outcome: Outcome::Unanswered,
        });
        response
    }

    fn held(self, held: Held, name: Name<'_>, headers: &HeaderMap) -> Response {
        let etag = format!("\"{}\"", held.file.sha256());
        let facts = Facts {
            size: held.file.bytes().len() as u64,
            etag: &etag,
            modified: held.generation.as_ref().map(|generation| generation.modified()),
        };
        let answer = answer(&self.method, headers, facts);
        let mut response = Response::new(Body::empty());
        describe(response.headers_mut(), name);
        tag(response.headers_mut(), facts);
        match answer {
            Answer::NotModified => {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                response.headers_mut().remove(CONTENT_TYPE);
                self.note(Some(&held), Outcome::NotModified);
            }
            Answer::Unsatisfiable => {
                let size = facts.size;
                response = self.refuse(StatusCode::RANGE_NOT_SATISFIABLE, Outcome::Refused);
                set(response.headers_mut(), CONTENT_RANGE, &format!("bytes */{size}"));
            }
            Answer::Whole => self.send(&mut response, held, 0..facts.size),
            Answer::Part(range) => {
                let told = format!("bytes {}-{}/{}", range.start, range.end - 1, facts.size);
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                set(response.headers_mut(), CONTENT_RANGE, &told);
                self.send(&mut response, held, range);
            }
        }
        response
    }

    fn send(self, response: &mut Response, held: Held, range: std::ops::Range<u64>) {
        let length = range.end - range.start;
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
        if self.is_head() {
            self.note(Some(&held), Outcome::Complete);
            return;
        }
        // a file lies in memory, so its size is a usize
        let rest = held.file.bytes().slice(range.start as usize..range.end as usize);
        let service = Arc::clone(self.service);
        *response.body_mut() = Body::new(HeldBody::new(rest, held, self.request, service));
    }
}

/// Headers of every answer that is a file.
fn describe(headers: &mut HeaderMap, name: Name<'_>) {
    headers.insert(CONTENT_TYPE, content_type(name));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// Headers by which a client knows the file again.
fn tag(headers: &mut HeaderMap, facts: Facts<'_>) {
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    set(headers, ETAG, facts.etag);
    if let Some(modified) = facts.modified {
        set(headers, LAST_MODIFIED, &httpdate::fmt_http_date(modified));
    }
}

fn set(headers: &mut HeaderMap, name: hyper::header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// By the end of the name; what is not known is bytes.
fn content_type(name: Name<'_>) -> HeaderValue {
    let known = [
        ("xml", "text/xml; charset=utf-8"),
        ("json", "application/json"),
        ("txt", "text/plain; charset=utf-8"),
        ("jar", "application/java-archive"),
        ("png", "image/png"),
    ];
    let end = name.last_part().rsplit_once('.').map_or("", |(_, end)| end);
    let known = known.iter().find(|(ending, _)| ending.eq_ignore_ascii_case(end));
    HeaderValue::from_static(known.map_or("application/octet-stream", |(_, kind)| kind))
}

/// An answer that is no file: a status, and the status in words.
fn refusal(status: StatusCode) -> Response {
    let words = status.canonical_reason().unwrap_or_default();
    let mut response = Response::new(Body::from(format!("{} {words}\n", status.as_u16())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        _ => {}
    }
    response
}
