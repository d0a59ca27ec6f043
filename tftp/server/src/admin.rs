//! The admin port: health, version, numbers, reload, and a page for people. Meant for loopback.
//!
//! Names of files and addresses of clients are shown, dialled numbers and secrets never: this
//! server knows none.
//!
//! Only requests whose `Host` is an IP address or `localhost` are answered, so that no web page can
//! look in through a name that it points at loopback; and no request that a web page sends (one
//! with an `Origin`) reloads anything.

mod notice;
mod page;

use std::net::{IpAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::middleware::{self, Next};
use axum::routing::{get, post};
use tokio::sync::{mpsc, oneshot};

pub use notice::{Concern, Notice};

use crate::server::Server;
use crate::service::Service;

/// What Prometheus' text form calls itself.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How long a reload may take until the answer says that it goes on.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the page may load: its own style, nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// A reload that somebody asks for; whoever carries it out answers with the generation, or why
/// there is none.
pub type Reload = oneshot::Sender<Result<u64, String>>;

/// What the admin port is told.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Version of the tool.
    pub version: &'static str,
    /// What is served, in the operator's words: paths of rules, or a folder.
    pub source: String,
    /// Where reloads go; `None` refuses them.
    pub reload: Option<mpsc::Sender<Reload>>,
    /// What of reloads failed and is not mended.
    pub notice: Notice,
    /// Further routes, as those of [`Announcer::admin_router`](crate::Announcer::admin_router).
    pub extra: Router,
}

struct Shared {
    admin: Admin,
    service: Arc<Service>,
    addresses: crate::server::Addresses,
    warnings: Vec<String>,
    began: SystemTime,
}

impl Server {
    /// Serves the admin port on a socket that listens, until the server has stopped: also while
    /// transfers finish. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// The socket is refused.
    pub fn serve_admin(&mut self, listener: TcpListener, admin: Admin) -> std::io::Result<()> {
        let shared = Shared {
            admin,
            service: self.service(),
            addresses: self.addresses().clone(),
            warnings: self.warnings().to_vec(),
            began: SystemTime::now(),
        };
        let extra = shared.admin.extra.clone();
        self.spawn_for_operators(listener, router(Arc::new(shared), extra))
    }
}

fn router(shared: Arc<Shared>, extra: Router) -> Router {
    Router::new()
        .route("/", get(status))
        .route("/-/healthy", get(async || "healthy\n"))
        .route("/-/ready", get(ready))
        .route("/-/version", get(version))
        .route("/-/reload", post(reload))
        .route("/-/style.css", get(style))
        .route("/metrics", get(metrics))
        .with_state(shared)
        .merge(extra)
        .layer(middleware::from_fn(guard))
}

/// Refuses names that may be somebody else's, and says what browsers must not do with an answer.
async fn guard(request: Request, next: Next) -> Response<Body> {
    let mut response = if is_local(request.headers()) {
        next.run(request).await
    } else {
        answer(StatusCode::MISDIRECTED_REQUEST, "ask by IP address or as localhost\n")
    };
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn is_local(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let is_number = |port: &str| port.parse::<u16>().is_ok();
    port.is_none_or(is_number)
        && (name.eq_ignore_ascii_case("localhost")
            || bare.unwrap_or(name).parse::<IpAddr>().is_ok())
}

async fn ready(State(shared): State<Arc<Shared>>) -> Response<Body> {
    let generation = shared.service.store.current().tree().generation();
    if generation == 0 || shared.service.signal.is_draining() {
        return answer(StatusCode::SERVICE_UNAVAILABLE, "not ready\n");
    }
    answer(StatusCode::OK, format!("ready, generation {generation}\n"))
}

async fn version(State(shared): State<Arc<Shared>>) -> String {
    format!("adrc {}\n", shared.admin.version)
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response<Body> {
    typed(PROMETHEUS, shared.service.metrics_text())
}

async fn style() -> Response<Body> {
    typed("text/css; charset=utf-8", include_str!("admin/style.css"))
}

async fn status(State(shared): State<Arc<Shared>>) -> Response<Body> {
    typed("text/html; charset=utf-8", page::page(&shared.status(), SystemTime::now()))
}

/// 200 with the generation that is served now, 422 when the rules do not check or cannot be
/// published, 202 when it takes long.
async fn reload(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response<Body> {
    let Some(reload) = &shared.admin.reload else {
        return answer(
            StatusCode::FORBIDDEN,
            "reload by HTTP is not enabled; send SIGHUP, or start with --admin-reload\n",
        );
    };
    if headers.contains_key(ORIGIN) {
        return answer(StatusCode::FORBIDDEN, "web pages reload nothing\n");
    }
    let (done, outcome) = oneshot::channel();
    if reload.try_send(done).is_err() {
        return answer(StatusCode::TOO_MANY_REQUESTS, "reloads are waiting already\n");
    }
    match tokio::time::timeout(PATIENCE, outcome).await {
        Ok(Ok(Ok(generation))) => answer(StatusCode::OK, format!("generation {generation}\n")),
        Ok(Ok(Err(why))) => answer(StatusCode::UNPROCESSABLE_ENTITY, format!("{why}\n")),
        Ok(Err(_)) => answer(StatusCode::SERVICE_UNAVAILABLE, "the server is ending\n"),
        Err(_) => answer(StatusCode::ACCEPTED, "the reload goes on\n"),
    }
}

impl Shared {
    fn status(&self) -> page::Status<'_> {
        let service = &self.service;
        page::Status {
            version: self.admin.version,
            source: &self.admin.source,
            began: self.began,
            generation: service.store.current(),
            failures: self.admin.notice.failures(),
            warnings: &self.warnings,
            addresses: &self.addresses,
            in_flight: (service.transfers.taken(), service.connections.taken()),
            limits: &service.settings.limits,
            records: service.records.last(),
        }
    }
}

fn typed(kind: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn answer(status: StatusCode, text: impl Into<Body>) -> Response<Body> {
    let mut response = typed("text/plain; charset=utf-8", text);
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_host_local(host: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static(host));
        is_local(&headers)
    }

    #[test]
    fn only_addresses_and_localhost_are_hosts() {
        for host in
            ["127.0.0.1:6980", "127.0.0.1", "[::1]:6980", "[::1]", "localhost", "LOCALHOST:80"]
        {
            assert!(is_host_local(host), "{host}");
        }
        for host in [
            "example.com",
            "127.0.0.1.example.com:80",
            "",
            ":80",
            "localhost.evil",
            "127.0.0.1:x",
            "a:b:c",
        ] {
            assert!(!is_host_local(host), "{host}");
        }
        assert!(!is_local(&HeaderMap::new()));
    }
}
