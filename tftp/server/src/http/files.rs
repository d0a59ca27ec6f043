//! GET and HEAD of files.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use bytes::Bytes;
use hyper::header::{
    ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, HeaderValue, LAST_MODIFIED, RETRY_AFTER, TRANSFER_ENCODING, VIA as VIA_HEADER,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, StatusCode};
use percent_encoding::percent_decode_str;

use super::answer::{Answer, FileInfo, answer};
use super::body::{AnswerBody, MemoryBody, StreamBody};
use super::via;
use crate::client::{Client, Peer, forwarded_for};
use crate::fallback::{NotServed, Opened, PSEUDONYM, Stream};
use crate::name::{InvalidName, Name};
use crate::outcome::{Outcome, Protocol};
use crate::service::{self, Sent, ServedFile, Service};

/// An answer to a request for a file.
type Response = hyper::Response<AnswerBody>;

/// How a request reached the router, in the extensions of every request.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConnectionInfo {
    pub(super) protocol: Protocol,
    /// The remote address.
    pub(super) address: SocketAddr,
}

/// A router for the further routes of the caller; every other path is a file.
pub(super) fn router(service: &Arc<Service>, extra: Router) -> Router {
    Router::new()
        .fallback(routed_file)
        .with_state(Arc::clone(service))
        .merge(extra.layer(middleware::from_fn_with_state(Arc::clone(service), insert_peer)))
}

/// Whether a path is a file for sure: further routes are below `/-/`.
pub(super) fn is_file(path: &str) -> bool {
    !path.starts_with("/-/")
}

/// Answers a request that no further route takes.
async fn routed_file(
    State(service): State<Arc<Service>>,
    request: Request,
) -> axum::response::Response {
    let (parts, _) = request.into_parts();
    match parts.extensions.get().copied() {
        Some(connection) => file(&service, connection, parts).await,
        None => refusal(StatusCode::INTERNAL_SERVER_ERROR),
    }
    .map(axum::body::Body::new)
}

/// Adds the [`Peer`] to a request for a further route.
async fn insert_peer(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> axum::response::Response {
    if let Some(connection) = request.extensions().get().copied() {
        let peer = peer(&service, request.headers(), connection);
        request.extensions_mut().insert(peer);
    }
    next.run(request).await
}

fn peer(service: &Service, headers: &HeaderMap, connection: ConnectionInfo) -> Peer {
    let address = connection.address;
    let forwarded = headers.get_all("x-forwarded-for").iter();
    let forwarded: Vec<_> = forwarded.map(|value| value.to_str().unwrap_or_default()).collect();
    let client = forwarded_for(address.ip(), forwarded, &service.settings.trusted_proxies);
    Peer { address, client }
}

/// The client of a request. Another adrc that passes a request on announces itself by `Via`.
fn client(service: &Service, peer: Peer, headers: &HeaderMap) -> Client {
    let is_direct = peer.address.ip().to_canonical() == peer.client;
    let address = if is_direct { peer.address } else { (peer.client, 0).into() };
    let mut via = headers.get_all(VIA_HEADER).iter();
    let is_proxy = via.any(|via| via.to_str().is_ok_and(|via| via::names(via, PSEUDONYM)));
    Client { is_proxy, ..service.client(address) }
}

/// The answer to a request whose head is malformed; it ends the connection.
pub(super) fn malformed() -> Response {
    let mut response = refusal(StatusCode::BAD_REQUEST);
    close(response.headers_mut());
    response
}

/// The answer to a request that panicked; it ends the connection.
pub(super) fn failed() -> Response {
    let mut response = refusal(StatusCode::INTERNAL_SERVER_ERROR);
    close(response.headers_mut());
    response
}

/// Records a request whose head is malformed.
pub(super) fn record_malformed<B>(
    service: &Service,
    connection: ConnectionInfo,
    request: &hyper::Request<B>,
) {
    let peer = peer(service, request.headers(), connection);
    let client = client(service, peer, request.headers());
    let rejected = service::Request::new(connection.protocol, client, request.uri().path());
    service.record(&rejected, None, Sent::default(), Outcome::Refused);
}

/// Tells a client that its connection is closed after this answer.
pub(super) fn close(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
}

/// Answers a request for a file.
pub(super) async fn file(
    service: &Arc<Service>,
    connection: ConnectionInfo,
    parts: Parts,
) -> Response {
    let peer = peer(service, &parts.headers, connection);
    let client = client(service, peer, &parts.headers);
    let name = percent_decode_str(parts.uri.path()).decode_utf8();
    let shown = name.as_deref().unwrap_or("(not UTF-8)");
    let exchange = Exchange {
        service,
        request: service::Request::new(connection.protocol, client, shown),
        method: parts.method,
    };
    if has_body(&parts.headers) {
        return exchange.refuse(StatusCode::PAYLOAD_TOO_LARGE, Outcome::Refused);
    }
    if !matches!(exchange.method, Method::GET | Method::HEAD) {
        return exchange.refuse(StatusCode::METHOD_NOT_ALLOWED, Outcome::Refused);
    }
    match Name::parse(name.as_deref().unwrap_or("\0")) {
        Ok(name) => match service.find_now(client.ip(), name) {
            Some(Ok(served)) => exchange.send_from_memory(served, name, &parts.headers),
            Some(Err(reason)) => exchange.not_served(reason),
            None => exchange.open_fallback(name, &parts.headers).await,
        },
        Err(InvalidName::Forbidden) => exchange.refuse(StatusCode::BAD_REQUEST, Outcome::Refused),
        Err(bad) => exchange.refuse(StatusCode::NOT_FOUND, bad.outcome()),
    }
}

/// Whether a request has a body. Such a request is refused and its connection closed, so that no
/// part of the body can be taken for another request.
fn has_body(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH);
    headers.contains_key(TRANSFER_ENCODING) || length.is_some_and(|length| length != "0")
}

/// A request that is being answered.
struct Exchange<'s> {
    service: &'s Arc<Service>,
    request: service::Request,
    method: Method,
}

impl Exchange<'_> {
    fn is_head(&self) -> bool {
        self.method == Method::HEAD
    }

    /// Records an answer without a body.
    fn record(&self, served: Option<&ServedFile>, outcome: Outcome) {
        self.service.record(&self.request, served, Sent::default(), outcome);
    }

    fn refuse(&self, status: StatusCode, outcome: Outcome) -> Response {
        self.record(None, outcome);
        refusal(status)
    }

    fn not_served(&self, reason: NotServed) -> Response {
        let status = match reason {
            NotServed::Missing => StatusCode::NOT_FOUND,
            NotServed::Denied => StatusCode::FORBIDDEN,
            NotServed::Failed => StatusCode::BAD_GATEWAY,
            NotServed::Busy | NotServed::Unavailable | NotServed::Evicted => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        self.refuse(status, reason.outcome())
    }

    /// Answers with a file that a fallback source has to look for.
    async fn open_fallback(self, name: Name<'_>, headers: &HeaderMap) -> Response {
        match self.service.fallback.open(name, self.request.client).await {
            Ok(Opened::Whole(file)) => {
                self.send_from_memory(ServedFile::from_fallback(file), name, headers)
            }
            Ok(Opened::Stream(stream)) => self.stream(stream, name),
            Err(reason) => self.not_served(reason),
        }
    }

    fn stream(self, stream: Stream, name: Name<'_>) -> Response {
        let mut response = Response::new(AnswerBody::EMPTY);
        describe(response.headers_mut(), name, self.service.varies(name));
        if let Some(size) = stream.size {
            response.headers_mut().insert(CONTENT_LENGTH, size.into());
        }
        if self.is_head() {
            // dropping the stream cancels its source
            self.record(None, Outcome::Complete);
            return response;
        }
        *response.body_mut() = AnswerBody::Stream(StreamBody {
            stream,
            request: self.request,
            service: Arc::clone(self.service),
            sent: 0,
            outcome: Outcome::Unanswered,
        });
        response
    }

    fn send_from_memory(self, served: ServedFile, name: Name<'_>, headers: &HeaderMap) -> Response {
        let etag = format!("\"{}\"", served.file.sha256());
        let varies = self.service.varies(name);
        let dated = served.generation.as_ref().filter(|_| !varies);
        let file = FileInfo {
            size: served.file.bytes().len() as u64,
            etag: &etag,
            modified: dated.and_then(|generation| generation.date(SystemTime::now())),
        };
        let answer = answer(&self.method, headers, file);
        let mut response = Response::new(AnswerBody::EMPTY);
        describe(response.headers_mut(), name, varies);
        add_validators(response.headers_mut(), file);
        match answer {
            Answer::NotModified => {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                response.headers_mut().remove(CONTENT_TYPE);
                self.record(Some(&served), Outcome::NotModified);
            }
            Answer::Unsatisfiable => {
                let size = file.size;
                response = self.refuse(StatusCode::RANGE_NOT_SATISFIABLE, Outcome::Refused);
                set(response.headers_mut(), CONTENT_RANGE, &format!("bytes */{size}"));
            }
            Answer::OtherVersion => {
                response = self.refuse(StatusCode::PRECONDITION_FAILED, Outcome::Refused);
            }
            Answer::Whole => self.send(&mut response, served, 0..file.size),
            Answer::Part(range) => {
                let content_range =
                    format!("bytes {}-{}/{}", range.start, range.end - 1, file.size);
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                set(response.headers_mut(), CONTENT_RANGE, &content_range);
                self.send(&mut response, served, range);
            }
        }
        response
    }

    fn send(self, response: &mut Response, served: ServedFile, range: std::ops::Range<u64>) {
        let length = range.end - range.start;
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
        if self.is_head() {
            self.record(Some(&served), Outcome::Complete);
            return;
        }
        // the file is in memory, so its size fits into a usize
        let rest = served.file.bytes().slice(range.start as usize..range.end as usize);
        let service = Arc::clone(self.service);
        *response.body_mut() =
            AnswerBody::Memory(MemoryBody::new(rest, served, self.request, service));
    }
}

/// Adds the headers of every answer with a file. A file that varies between views is not for caches
/// that clients share.
fn describe(headers: &mut HeaderMap, name: Name<'_>, varies: bool) {
    let caching = if varies { "private, no-cache" } else { "no-cache" };
    headers.insert(CONTENT_TYPE, content_type(name));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// Adds the headers with which a client can later ask whether the file has changed.
fn add_validators(headers: &mut HeaderMap, file: FileInfo<'_>) {
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    set(headers, ETAG, file.etag);
    if let Some(modified) = file.modified {
        set(headers, LAST_MODIFIED, &httpdate::fmt_http_date(modified));
    }
}

fn set(headers: &mut HeaderMap, name: hyper::header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The media type by the extension of the name; `application/octet-stream` for unknown ones.
fn content_type(name: Name<'_>) -> HeaderValue {
    let known = [
        ("xml", "text/xml; charset=utf-8"),
        ("json", "application/json"),
        ("txt", "text/plain; charset=utf-8"),
        ("jar", "application/java-archive"),
        ("png", "image/png"),
    ];
    let extension = name.last_part().rsplit_once('.').map_or("", |(_, end)| end);
    let known = known.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension));
    HeaderValue::from_static(known.map_or("application/octet-stream", |(_, kind)| kind))
}

/// An answer without a file: a status code, and its name as the body.
fn refusal(status: StatusCode) -> Response {
    let words = status.canonical_reason().unwrap_or_default();
    let text = Bytes::from(format!("{} {words}\n", status.as_u16()));
    let mut response = Response::new(AnswerBody::Text(text));
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
        StatusCode::PAYLOAD_TOO_LARGE => close(headers),
        _ => {}
    }
    response
}
