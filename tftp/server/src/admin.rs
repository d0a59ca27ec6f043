//! The admin port: health, version, metrics, reload, and a status page. Meant for loopback.
//!
//! It shows file names and client addresses. It cannot show dialed numbers or secrets, because the
//! server has none.
//!
//! Two checks protect it from web pages in the administrator's browser. It answers only requests
//! whose `Host` is an IP address, `localhost` or a name of the settings, so a page cannot read it
//! through a domain name of its own that resolves to this machine. And it rejects reloads with an
//! `Origin` header, which browsers add.

mod alerts;
mod cluster;
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

pub use alerts::{AlertScope, Alerts};
pub use cluster::ClusterMetrics;

use crate::server::Server;
use crate::service::Service;

/// The media type of the Prometheus text format.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How long a reload request waits for the result.
const RELOAD_TIMEOUT: Duration = Duration::from_secs(60);

/// The page may load its own style sheet and nothing else.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// A request to reload. The receiver answers with the generation that is then served, or with the
/// reason of a failure.
pub type Reload = oneshot::Sender<Result<u64, ReloadError>>;

/// Why a reload failed, as the receiver of the request reports it. The admin port answers with the
/// text.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ReloadError(Box<dyn std::error::Error + Send + Sync>);

impl ReloadError {
    /// A failure with this cause.
    #[must_use]
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// What the admin port shows, and where it sends reloads.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Version of adrc.
    pub version: &'static str,
    /// What is served, as the administrator named it: paths of rules, or a folder.
    pub source: String,
    /// Receives reload requests; `None` disables reloads by HTTP.
    pub reload: Option<mpsc::Sender<Reload>>,
    /// Host names, besides `localhost`, under which the admin port answers.
    pub hosts: Vec<String>,
    /// Alerts to show.
    pub alerts: Alerts,
    /// Further routes, such as those of
    /// [`Announcer::admin_router`](crate::Announcer::admin_router).
    pub extra: Router,
}

struct Shared {
    admin: Admin,
    service: Arc<Service>,
    addresses: crate::server::Addresses,
    warnings: Vec<String>,
    started: SystemTime,
}

impl Server {
    /// Serves the admin port on a listening socket until the server has stopped, also while it
    /// drains. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// The operating system refuses the socket.
    pub fn serve_admin(&mut self, listener: TcpListener, admin: Admin) -> std::io::Result<()> {
        let shared = Shared {
            admin,
            service: self.service(),
            addresses: self.addresses().clone(),
            warnings: self.warnings().to_vec(),
            started: SystemTime::now(),
        };
        let extra = shared.admin.extra.clone();
        self.spawn_admin(listener, router(Arc::new(shared), extra))
    }
}

fn router(shared: Arc<Shared>, extra: Router) -> Router {
    let hosts: Arc<[String]> = shared.admin.hosts.clone().into();
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
        .layer(middleware::from_fn_with_state(hosts, guard))
}

/// Rejects foreign host names, and adds the headers that restrict browsers.
async fn guard(State(hosts): State<Arc<[String]>>, request: Request, next: Next) -> Response<Body> {
    let mut response = if is_known(request.headers(), &hosts) {
        next.run(request).await
    } else {
        answer(
            StatusCode::MISDIRECTED_REQUEST,
            "use an IP address, localhost, or a name under `admin_hosts` as the host name\n",
        )
    };
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Whether the host of a request is an address, `localhost` or one of these names.
fn is_known(headers: &HeaderMap, hosts: &[String]) -> bool {
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
            || hosts.iter().any(|host| host.eq_ignore_ascii_case(name))
            || bare.unwrap_or(name).parse::<IpAddr>().is_ok())
}

async fn ready(State(shared): State<Arc<Shared>>) -> Response<Body> {
    let generation = shared.service.store.current().tree().generation();
    if generation == 0 || shared.service.signal.is_draining() {
        return answer(StatusCode::SERVICE_UNAVAILABLE, "not ready\n");
    }
    // clients are served, whatever CUCM does
    let cluster = shared.admin.alerts.reason(AlertScope::Cluster);
    let cluster = cluster.map_or_else(String::new, |reason| format!("{reason}\n"));
    answer(StatusCode::OK, format!("ready, generation {generation}\n{cluster}"))
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

/// Answers 200 with the generation that is now served; 422 if the rules have errors or cannot be
/// published; 202 if the reload takes longer than a minute.
async fn reload(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response<Body> {
    let Some(reload) = &shared.admin.reload else {
        return answer(
            StatusCode::FORBIDDEN,
            "reload by HTTP is not enabled; send SIGHUP, or start with --admin-reload\n",
        );
    };
    if headers.contains_key(ORIGIN) {
        return answer(StatusCode::FORBIDDEN, "web pages cannot reload\n");
    }
    let (done, outcome) = oneshot::channel();
    if reload.try_send(done).is_err() {
        return answer(StatusCode::TOO_MANY_REQUESTS, "another reload is already waiting\n");
    }
    match tokio::time::timeout(RELOAD_TIMEOUT, outcome).await {
        Ok(Ok(Ok(generation))) => answer(StatusCode::OK, format!("generation {generation}\n")),
        Ok(Ok(Err(error))) => answer(StatusCode::UNPROCESSABLE_ENTITY, format!("{error}\n")),
        Ok(Err(_)) => answer(StatusCode::SERVICE_UNAVAILABLE, "the server is shutting down\n"),
        Err(_) => answer(StatusCode::ACCEPTED, "the reload is still in progress\n"),
    }
}

impl Shared {
    fn status(&self) -> page::Status<'_> {
        let service = &self.service;
        page::Status {
            version: self.admin.version,
            source: &self.admin.source,
            started: self.started,
            generation: service.store.current(),
            alerts: self.admin.alerts.all(),
            warnings: &self.warnings,
            addresses: &self.addresses,
            in_flight: (service.transfers_in_progress(), service.connections.in_use()),
            limits: &service.settings.limits,
            records: service.records.latest(),
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
        is_known(&headers, &["adrc.example.com".to_owned()])
    }

    #[test]
    fn host_must_be_an_address_or_a_known_name() {
        for host in [
            "127.0.0.1:6980",
            "127.0.0.1",
            "[::1]:6980",
            "[::1]",
            "localhost",
            "LOCALHOST:80",
            "adrc.example.com:6980",
            "ADRC.example.com",
        ] {
            assert!(is_host_local(host), "{host}");
        }
        for host in [
            "example.com",
            "127.0.0.1.example.com:80",
            "adrc.example.com.evil",
            "x.adrc.example.com",
            "",
            ":80",
            "localhost.evil",
            "127.0.0.1:x",
            "a:b:c",
        ] {
            assert!(!is_host_local(host), "{host}");
        }
        assert!(!is_known(&HeaderMap::new(), &[]));
    }
}
