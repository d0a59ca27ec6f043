//! `adrc serve`: compiles, publishes and serves, in one process.

mod folder_poll;
mod listening;
mod log_lines;
mod mounted_files;
mod open_files;
mod settings;
mod systemd;

use std::sync::Arc;
use std::time::Duration;

use adr_cucm_sync::live::LiveEvent;
use adr_server::{
    Admin, AlertScope, Alerts, Announcer, ClusterMetrics, Generation, Metrics, Parts, Registry,
    Server, Store,
};
use adr_watcher::supervisor::{AlertScope as Scope, Cause, JobError};
use tokio::sync::mpsc;

use crate::cluster::{self, Cluster, Line};
use crate::driver::{Driver, Handler};
use crate::event::Event;
use crate::generation_source::{GenerationSource, JobEnd, ShowFindings, published_before};
use crate::log::{self, LogFormat, log_findings};
use crate::{Error, Messages, memory, signals};
use listening::{Opened, admin_reloads};
use log_lines::{log_addresses, log_older, name};
pub use settings::{Checked, Ended, Settings};

/// How long the server waits for transfers in progress when it ends. A service manager waits 90
/// seconds.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(60);

/// Serves until a signal ends it.
///
/// # Errors
///
/// The daemon cannot start. Later errors are logged, and the current generation stays served.
pub fn serve(settings: Settings, messages: Arc<dyn Messages>) -> Result<Ended, Error> {
    memory::give_back_soon();
    let runtime = runtime()?;
    let _log = log::start(settings.log)?;
    // huge pages waste memory on many small transfers; an error means that the system has none
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    let show: ShowFindings = match settings.log {
        LogFormat::Json => Box::new(log_findings),
        LogFormat::Text => Box::new(move |checked| messages.findings(checked)),
    };
    let ended = runtime.block_on(run(settings, show));
    // a thread that reads a file of a drive that hangs must not hold the process up
    runtime.shutdown_background();
    ended
}

/// Checks settings, rules, and the files and folders that they name. Opens no port and changes
/// nothing. Returns `None` if the rules have errors, which `messages` has shown.
///
/// # Errors
///
/// The same as those of [`serve`], except for errors of sockets.
pub fn check(settings: &Settings, messages: Arc<dyn Messages>) -> Result<Option<Checked>, Error> {
    settings.origin()?;
    let text = settings.source.cluster().map(|it| cluster::read(it, &*messages)).transpose()?;
    let runtime = runtime()?;
    let _entered = runtime.enter();
    Server::check(&settings.server)?;
    let mut source = generation_source(settings, Box::new(move |it| messages.findings(it)));
    source.check_publishing()?;
    let generation = source.check(text)?;
    Ok(generation.ok().map(|generation| {
        let manifest = generation.tree().manifest();
        Checked { views: manifest.views.len(), files: manifest.files.len() }
    }))
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(Error::Threads)
}

fn generation_source(settings: &Settings, show: ShowFindings) -> GenerationSource {
    let built = (settings.source.clone(), settings.levels.clone(), settings.publishing.clone());
    GenerationSource::new(built, true, show)
}

async fn run(settings: Settings, show: ShowFindings) -> Result<Ended, Error> {
    let source = generation_source(&settings, show);
    let origin = settings.origin()?;
    let renew_every = settings.source.publishes_into().and(settings.publishing.renewal_interval());
    let mut driver = Driver::start(origin, renew_every, settings.watch, source)?;
    let mut serving = Serving::new(settings, driver.sender().clone());
    driver.run(&mut serving).await?;
    // requesters that wait for a reload, or request one later, get no answer
    drop(driver);
    serving.stop().await
}

/// The server, and the generation that it serves.
struct Serving {
    settings: Settings,
    events: mpsc::Sender<Event>,
    announcer: Arc<Announcer>,
    alerts: Alerts,
    cluster: Option<Following>,
    running: Option<Running>,
    /// Whether the last job changed the generation that is served.
    has_changed: bool,
    is_job_running: bool,
    /// The last status that the service manager received; empty while a reload is running.
    status: String,
    /// Whether the first rules have errors and no generation was published before.
    has_nothing: bool,
}

/// The CUCM whose rules are part of the dial plan.
struct Following {
    cluster: Cluster,
    metrics: ClusterMetrics,
}

struct Running {
    server: Server,
    store: Arc<Store>,
}

impl Handler for Serving {
    fn reload_requested(&mut self) {
        let Some(running) = &self.running else { return };
        if let Err(error) = running.server.reload_certificate() {
            tracing::error!(%error, "the new certificate is not used");
        }
    }

    fn started(&mut self, cause: Cause) {
        if !matches!(cause, Cause::Start | Cause::Folder | Cause::Renewal) {
            systemd::reloading();
            self.status.clear();
        }
        self.is_job_running = true;
    }

    fn finished(&mut self, mut end: JobEnd) -> Result<bool, Error> {
        self.has_changed = false;
        self.is_job_running = false;
        let generation = end.take_generation();
        let is_first = self.running.is_none();
        match end {
            JobEnd::Blocked { error, .. } => tracing::warn!("{error}"),
            JobEnd::Failed(error) if is_first => {
                let before = published_before(&self.settings.source);
                return before.map_or(Err(error), |before| self.start(before)).map(|()| true);
            }
            JobEnd::Rejected(_) if is_first => {
                // an old generation is better for phones than none
                return match published_before(&self.settings.source) {
                    Some(before) => self.start(before).map(|()| true),
                    None => {
                        self.has_nothing = true;
                        Ok(false)
                    }
                };
            }
            _ => {}
        }
        match generation {
            Some(generation) if is_first => self.start(generation)?,
            Some(generation) => self.swap(generation),
            None => {}
        }
        Ok(true)
    }

    fn completed(&mut self, cause: Cause, result: &Result<(), JobError>, is_repeat: bool) {
        let generation = self.generation();
        match result.as_ref().map_err(ToString::to_string) {
            Ok(()) if cause == Cause::Start => {}
            Ok(()) if cause == Cause::Renewal => {
                if self.has_changed {
                    tracing::info!(generation, "signature renewed");
                }
            }
            Ok(()) if cause == Cause::Folder && !self.has_changed => {}
            Ok(()) => tracing::info!(cause = self.name(cause), generation, "reloaded"),
            Err(_) if is_repeat => {}
            Err(why) if cause == Cause::Start => {
                tracing::error!(
                    generation,
                    why,
                    "the rules are not published; adrc serves the previous generation"
                );
            }
            Err(why) if cause == Cause::Renewal => {
                tracing::error!(generation, why, "the signature is not renewed");
            }
            Err(why) => {
                let cause = self.name(cause);
                tracing::error!(
                    cause,
                    generation,
                    why,
                    "reload failed; adrc keeps serving the previous generation"
                );
            }
        }
    }

    fn alert(&mut self, scope: Scope, reason: Option<JobError>) {
        let scope = match scope {
            Scope::Rules => AlertScope::Rules,
            Scope::Folder => AlertScope::Folder,
        };
        self.alerts.set(scope, reason.map(|reason| reason.to_string()));
    }

    fn cluster(&mut self, event: &LiveEvent) {
        let Some(Following { cluster, metrics }) = &mut self.cluster else { return };
        match cluster.line(event) {
            Some(Line::Info(line)) => tracing::info!("{line}"),
            Some(Line::Warning(line)) => tracing::warn!("{line}"),
            None => {}
        }
        match event {
            LiveEvent::Answered(at) => metrics.answered(*at),
            LiveEvent::Rules(_)
            | LiveEvent::Recovered
            | LiveEvent::Silent(_)
            | LiveEvent::Held(_)
            | LiveEvent::InvalidSettings(_) => {
                self.alerts.set(AlertScope::Cluster, cluster.alert());
            }
        }
        metrics.set_up(!cluster.is_silent());
    }

    fn has_fallback(&self) -> bool {
        published_before(&self.settings.source).is_some()
    }

    fn settled(&mut self) {
        let status = self.status_line();
        if self.running.is_some() && !self.is_job_running && status != self.status {
            systemd::ready(&status);
            self.status = status;
        }
    }

    fn polling_only(&mut self, folder: &str, reason: &str) {
        tracing::warn!(folder, reason, "adrc can only poll for changes");
    }

    fn generation(&self) -> u64 {
        self.running.as_ref().map_or(0, |it| it.store.current().tree().generation())
    }
}

impl Serving {
    fn new(settings: Settings, events: mpsc::Sender<Event>) -> Self {
        Self {
            announcer: Announcer::new(settings.server.limits.announce.clone()),
            alerts: Alerts::default(),
            cluster: settings.source.cluster().map(|it| Following {
                cluster: Cluster::new(it.name.clone()),
                metrics: ClusterMetrics::default(),
            }),
            running: None,
            has_changed: false,
            status: String::new(),
            is_job_running: false,
            has_nothing: false,
            settings,
            events,
        }
    }

    /// Opens the sockets and serves the first generation.
    fn start(&mut self, generation: Generation) -> Result<(), Error> {
        let store = Arc::new(Store::new(generation));
        self.announcer.announce_generation(&store.current());
        let server = self.start_server(Arc::clone(&store))?;
        if let Some(folder) =
            self.settings.source.folder().filter(|_| self.settings.watch.is_some())
        {
            folder_poll::start(folder.to_owned(), self.events.clone());
        }
        mounted_files::start(self.settings.files(), self.events.clone());
        self.running = Some(Running { server, store });
        tracing::info!(generation = self.generation(), "ready");
        Ok(())
    }

    fn start_server(&self, store: Arc<Store>) -> Result<Server, Error> {
        let settings = &self.settings;
        if let Err(too_few) = open_files::allow(&settings.server.limits) {
            tracing::warn!("{too_few}");
        }
        let Opened { serving, admins } = listening::open(settings)?;
        let mut registry = Registry::default();
        self.announcer.register(&mut registry);
        self.alerts.register(&mut registry);
        log::register(&mut registry);
        if let Some(following) = &self.cluster {
            following.metrics.register(&mut registry);
        }
        let mut parts = Parts::with_sockets(store, serving);
        parts.extra = self.announcer.router();
        parts.metrics = Metrics::new(registry);
        let mut server = Server::start(settings.server.clone(), parts)?;
        log_addresses(&server);
        let admin = Admin {
            version: settings.publishing.version,
            source: settings.source.to_string(),
            hosts: settings.admin_hosts.clone(),
            reload: settings.admin_reload.then(|| admin_reloads(&self.events)),
            alerts: self.alerts.clone(),
            extra: self.announcer.admin_router(),
        };
        for listener in admins {
            let address = listening::address_of(&listener)?;
            let served = server.serve_admin(listener, admin.clone());
            served.map_err(|source| Error::Admin { address, source })?;
            tracing::info!(protocol = "admin", %address, "listening");
            if !address.ip().is_loopback() {
                tracing::warn!(%address, "other machines can reach the admin port");
            }
        }
        Ok(server)
    }

    /// Serves a generation from now on. Unchanged files keep their dates, so that clients do not
    /// fetch them again.
    fn swap(&mut self, generation: Generation) {
        let Some(Running { store, .. }) = &self.running else { return };
        let before = store.current();
        let (old, new) = (before.tree(), generation.tree());
        if new.manifest() != old.manifest() || new.signature() != old.signature() {
            log_older(old, new);
            store.swap(generation);
            self.announcer.announce_generation(&store.current());
            self.has_changed = true;
        }
    }

    /// The word for a cause in the log.
    fn name(&self, cause: Cause) -> &'static str {
        match cause {
            Cause::Files if self.cluster.is_some() => "files or CUCM changed",
            cause => name(cause),
        }
    }

    /// The status for the service manager, in one line.
    fn status_line(&self) -> String {
        let has = |scope| self.alerts.reason(scope).is_some();
        let failed = match has(AlertScope::Rules) || has(AlertScope::Folder) {
            true => ", and the last reload failed",
            false => "",
        };
        let cluster = if has(AlertScope::Cluster) { ", and CUCM needs attention" } else { "" };
        format!("serving generation {}{failed}{cluster}", self.generation())
    }

    /// Ends the server, after transfers and connections in progress have finished.
    async fn stop(self) -> Result<Ended, Error> {
        if self.has_nothing {
            return Ok(Ended::NothingToServe);
        }
        let Some(Running { server, .. }) = self.running else {
            return Ok(Ended::Stopped);
        };
        self.announcer.end();
        systemd::stopping();
        let (transfers, connections) = server.in_flight();
        tracing::info!(transfers, connections, "shutting down; transfers in progress may finish");
        let cut = tokio::select! {
            cut = server.shutdown(SHUTDOWN_TIMEOUT) => cut,
            () = signals::terminated() => {
                tracing::info!("a second signal: adrc ends at once");
                transfers + connections
            }
        };
        if cut > 0 {
            tracing::warn!(cut, "transfers and connections were cut off");
        }
        tracing::info!("ended");
        Ok(Ended::Stopped)
    }
}
