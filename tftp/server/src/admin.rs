//! The admin port: health, version, metrics, reload, and a status page. Meant for loopback.
//!
//! It shows file names and client addresses. It cannot show secrets, because the server has none,
//! and of dialed numbers it knows only the one that a person types into the page to try it. That
//! number comes in the body of a request, is applied, sent back in the answer, and kept nowhere.
//!
//! Two checks protect it from web pages in the administrator's browser. It answers only requests
//! whose `Host` is an IP address, `localhost` or a name of the settings, so a page cannot read it
//! through a domain name of its own that resolves to this machine. And it rejects requests that
//! other pages send: browsers add an `Origin` header to them.

mod alerts;
mod backend;
mod bounded;
mod cluster;
mod files;
mod guard;
mod nodes;
mod page;
mod reload;
mod reload_metrics;
mod trial;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response, StatusCode};
use axum::middleware;
use axum::routing::{get, post};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

pub use alerts::{AlertScope, Alerts};
pub use backend::{Backend, BlockedByRollback, History, PastGeneration, Trace, TraceStep, Trial};
pub use cluster::ClusterMetrics;
pub use nodes::NodesMetrics;
pub use reload::{Reload, ReloadError, ReloadFinding, ReloadReport, Reloaded};
pub use reload_metrics::{ReloadKind, ReloadMetrics};

use crate::announce::Announcer;
use crate::probe::Probe;
use crate::server::Server;
use crate::service::Service;
use bounded::Bounded;

/// The media type of the Prometheus text format.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The media type of a page.
const HTML: &str = "text/html; charset=utf-8";

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
    /// The client cores to show, on the page and under `/-/clients`; `None` for none.
    pub announcer: Option<Arc<Announcer>>,
    /// What only the process knows: the history of its folder, and what rules do with a number.
    pub backend: Arc<dyn Backend>,
}

struct Shared {
    admin: Admin,
    service: Arc<Service>,
    addresses: crate::server::Addresses,
    warnings: Vec<String>,
    started: SystemTime,
    bounded: Bounded,
    probe: Probe,
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
            bounded: Bounded::new(Arc::clone(&admin.backend)),
            admin,
            service: self.service(),
            probe: Probe::new(self.service(), self.addresses()),
            addresses: self.addresses().clone(),
            warnings: self.warnings().to_vec(),
            started: SystemTime::now(),
        };
        self.spawn_admin(listener, router(Arc::new(shared)))
    }
}

fn router(shared: Arc<Shared>) -> Router {
    let hosts: Arc<[String]> = shared.admin.hosts.clone().into();
    let clients = shared.admin.announcer.as_ref().map(Announcer::admin_router);
    Router::new()
        .route("/", get(status))
        .route("/-/healthy", get(async || "healthy\n"))
        .route("/-/ready", get(ready))
        .route("/-/version", get(version))
        .route("/-/reload", post(reload::reload))
        .route("/-/try", get(trial::form).post(trial::trial))
        .route("/-/files/{generation}/{view}/{*name}", get(files::file))
        .route("/-/style.css", get(style))
        .route("/metrics", get(metrics))
        .with_state(shared)
        .merge(clients.unwrap_or_default())
        .layer(middleware::from_fn_with_state(hosts, guard::guard))
}

/// Asks the listeners themselves.
async fn ready(State(shared): State<Arc<Shared>>) -> Response<Body> {
    let generation = shared.service.store.current().tree().generation();
    if generation == 0 || shared.service.signal.is_draining() {
        return answer(StatusCode::SERVICE_UNAVAILABLE, "not ready\n");
    }
    let silent = shared.probe.silent().await;
    if !silent.is_empty() {
        let silent = format!("not ready\n{}\n", silent.join("\n"));
        return answer(StatusCode::SERVICE_UNAVAILABLE, silent);
    }
    // clients are served, whatever CUCM and the cluster of this node do
    let scopes = [AlertScope::Cluster, AlertScope::Nodes];
    let reasons = scopes.iter().filter_map(|scope| shared.admin.alerts.reason(*scope));
    let reasons: String = reasons.map(|reason| format!("{reason}\n")).collect();
    answer(StatusCode::OK, format!("ready, generation {generation}\n{reasons}"))
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
    typed(HTML, shared.page(None).await)
}

impl Shared {
    /// The status page, with the result of a number that was tried.
    async fn page(&self, tried: Option<page::Tried>) -> String {
        let service = &self.service;
        let generation = service.store.current();
        let history = self.bounded.history(generation.tree().generation()).await;
        let clients = match self.admin.announcer.clone() {
            // with the cores of many nodes, this takes some ten milliseconds
            Some(it) => spawn_blocking(move || page::CoreReports::of(&it)).await.ok(),
            None => None,
        };
        let status = page::Status {
            version: self.admin.version,
            source: &self.admin.source,
            started: self.started,
            generation,
            alerts: &self.admin.alerts,
            warnings: &self.warnings,
            validities: service.validities(),
            addresses: &self.addresses,
            in_flight: (service.transfers_in_progress(), service.connections.in_use()),
            limits: &service.settings.limits,
            clients,
            history,
            can_dial: self.admin.backend.can_dial(),
            tried,
            records: service.records.latest(),
        };
        page::page(&status, SystemTime::now())
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
