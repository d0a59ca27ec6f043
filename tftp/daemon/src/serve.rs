//! `adrc serve`: compiles, publishes and serves, in one process.

mod admin_port;
mod backend;
mod certificate;
mod ending;
mod folder_poll;
mod known_clients;
mod listening;
mod log_lines;
mod mounted_files;
mod nodes;
mod open_files;
mod reports;
mod runtime;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use adr_cucm_sync::live::LiveEvent;
use adr_server::{
    AlertScope, Announcer, ClusterMetrics, Faults, Generation, Metrics, Part, Parts, Registry,
    ReloadError, Server, Store,
};
use adr_watcher::supervisor::{AlertScope as Scope, Cause, JobError};
use tokio::sync::mpsc;

use crate::cluster::{self, Cluster, Line};
use crate::driver::{Driver, Handler};
use crate::event::Event;
use crate::generation_source::{GenerationSource, JobEnd, ShowFindings};
use crate::log::{self, LogFormat, log_findings};
use crate::messages::Shown;
use crate::nodes::follow::{self, NodesEvent};
use crate::nodes::member::Member;
use crate::platform::systemd;
use crate::signals::StopSignals;
use crate::{Error, Messages, memory, panics, platform};
use admin_port::Reloads;
use certificate::CertificateReloads;
use listening::Opened;
use log_lines::{log_addresses, log_older};
use nodes::InCluster;
use reports::Reporting;
pub use settings::{Checked, Ended, Settings};

/// Serves until a signal ends it.
///
/// # Errors
///
/// The daemon cannot start. Later errors are logged, and the current generation stays served.
pub fn serve(settings: Settings, messages: Arc<dyn Messages>) -> Result<Ended, Error> {
    memory::give_back_soon();
    let runtime = runtime::start()?;
    let log = log::start(settings.log)?;
    panics::show_by(|panic| tracing::error!("{panic}"));
    // they waste memory on many small transfers
    platform::use_no_huge_pages();
    let show: ShowFindings = match settings.log {
        LogFormat::Json => Box::new(log_findings),
        LogFormat::Text => {
            let shown = Shown::new(messages, log.queue());
            Box::new(move |checked| shown.findings(checked))
        }
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
    let runtime = runtime::start()?;
    let _entered = runtime.enter();
    Server::check(&settings.server)?;
    let show = move |it: &_| messages.findings(it, &mut std::io::stderr());
    let member = settings.nodes.clone().map(Member::new);
    let mut source = generation_source(settings, member, Box::new(show));
    source.check_publishing()?;
    let generation = source.check(text)?;
    Ok(generation.ok().map(|generation| {
        let manifest = generation.tree().manifest();
        Checked { views: manifest.views.len(), files: manifest.files.len() }
    }))
}

fn generation_source(
    settings: &Settings,
    member: Option<Member>,
    show: ShowFindings,
) -> GenerationSource {
    let built = (settings.source.clone(), settings.levels.clone(), settings.publishing.clone());
    GenerationSource::new(built, member, true, show)
}

async fn run(settings: Settings, show: ShowFindings) -> Result<Ended, Error> {
    let member = settings.nodes.clone().map(Member::new);
    let source = generation_source(&settings, member.clone(), show);
    let origin = settings.origin()?;
    let renew_every = settings.source.publishes_into().and(settings.publishing.renewal_interval());
    let mut driver = Driver::start(origin, renew_every, settings.watch, source)?;
    if let Some(member) = member {
        follow::start(member, driver.sender().clone())?;
    }
    let mut serving = Serving::new(settings, driver.sender().clone());
    driver.run(&mut serving).await?;
    let stops = driver.stops();
    // requesters that wait for a reload, or request one later, get no answer
    drop(driver);
    serving.stop(stops).await
}

/// The server, and the generation that it serves.
struct Serving {
    settings: Settings,
    events: mpsc::Sender<Event>,
    announcer: Arc<Announcer>,
    reloads: Reloads,
    cluster: Option<Following>,
    /// The cluster of this node.
    in_cluster: Option<InCluster>,
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
    /// `None` without HTTPS.
    certificate: Option<CertificateReloads>,
    /// Writes the list of client cores.
    writes: known_clients::Writes,
    /// Tells other nodes about the client cores; `None` without a cluster or a folder.
    reporting: Option<Reporting>,
}

impl Handler for Serving {
    fn reload_requested(&mut self) {
        let certificate = self.running.as_ref().and_then(|it| it.certificate.as_ref());
        certificate.iter().for_each(|certificate| certificate.request());
    }

    fn kept(&mut self, generation: Option<Generation>) -> Result<(), Error> {
        self.serve_kept(generation)
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
        self.reloads.finished(&end);
        let generation = end.generation().take();
        match (generation, end) {
            (Some(generation), _) => match self.running.is_none() {
                true => self.start(generation)?,
                false => self.swap(generation),
            },
            (None, JobEnd::NotPublished { .. }) if self.running.is_none() => {}
            // the rules of another node may be better, and a full disk has room again some day
            (None, JobEnd::Rejected { .. } | JobEnd::Failed { .. })
                if self.in_cluster.is_some() => {}
            (None, JobEnd::Failed { error, .. }) if self.running.is_none() => return Err(error),
            (None, JobEnd::Rejected { .. }) if self.running.is_none() => {
                self.has_nothing = true;
                return Ok(false);
            }
            (None, _) => {}
        }
        Ok(true)
    }

    fn reload_error(&self, error: JobError) -> ReloadError {
        self.reloads.error(error)
    }

    fn blocked(&self) -> Option<String> {
        self.reloads.alerts.blocked()
    }

    fn completed(&mut self, cause: Cause, result: &Result<(), JobError>, is_repeat: bool) {
        if cause == Cause::Renewal {
            self.reloads.renewed(result.is_ok());
        }
        match result {
            Ok(()) => self.log_success(cause),
            Err(_) if is_repeat => {}
            Err(why) => self.log_failure(cause, &why.to_string()),
        }
    }

    fn alert(&mut self, scope: Scope, reason: Option<JobError>) {
        self.reloads.set(scope, reason);
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
            LiveEvent::Restarted => {}
            LiveEvent::Rules(_)
            | LiveEvent::Recovered
            | LiveEvent::Silent(_)
            | LiveEvent::Held(_)
            | LiveEvent::InvalidSettings(_) => {
                self.reloads.alerts.set(AlertScope::Cluster, cluster.alert());
            }
        }
        metrics.set_up(!cluster.is_silent());
    }

    fn nodes(&mut self, event: &NodesEvent) {
        self.nodes_event(event, self.generation());
    }

    fn reload_running(&mut self, time: Option<Duration>) {
        self.reloads.alerts.set_running(time);
    }

    fn restarted(&mut self, part: Part) {
        log::RESTARTS.count(part);
    }

    fn settled(&mut self) {
        self.show_lag(self.generation());
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
            reloads: Reloads::default(),
            cluster: settings.source.cluster().map(|it| Following {
                cluster: Cluster::new(it.name.clone()),
                metrics: ClusterMetrics::default(),
            }),
            in_cluster: settings.nodes.as_ref().map(|it| InCluster::new(it.publication.name())),
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
            folder_poll::start(folder.to_owned(), self.events.clone())?;
        }
        let (source, faults) = (&self.settings.source, Faults::default());
        mounted_files::start(self.settings.files(), self.events.clone(), faults.clone())?;
        let writes = known_clients::start(source, &self.announcer, self.events.clone(), faults)?;
        let reporting = self.reporting(server.addresses());
        if let Some(reporting) = &reporting {
            reporting.start(self.events.clone())?;
        }
        let certificate = server.certificate();
        let certificate = certificate
            .map(|it| CertificateReloads::start(it, self.reloads.certificate_report()))
            .transpose()?;
        self.running = Some(Running { server, store, certificate, writes, reporting });
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
        self.reloads.register(&mut registry);
        log::register(&mut registry);
        if let Some(following) = &self.cluster {
            following.metrics.register(&mut registry);
        }
        if let Some(in_cluster) = &self.in_cluster {
            in_cluster.metrics.register(&mut registry);
        }
        let mut parts = Parts::with_sockets(store, serving);
        parts.extra = self.announcer.router();
        parts.metrics = Metrics::with_restarts(registry, log::RESTARTS.clone());
        let mut server = listening::start(settings.server.clone(), parts)?;
        log_addresses(&server);
        admin_port::start(&mut server, admins, &self.admin())?;
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

    /// The status for the service manager, in one line.
    fn status_line(&self) -> String {
        let has = |scope| self.reloads.alerts.reason(scope).is_some();
        let failed = match has(AlertScope::Rules) || has(AlertScope::Folder) {
            true => ", and the last reload failed",
            false => "",
        };
        let cluster = if has(AlertScope::Cluster) { ", and CUCM needs attention" } else { "" };
        let nodes = if has(AlertScope::Nodes) { ", and the cluster needs attention" } else { "" };
        format!("serving generation {}{failed}{cluster}{nodes}", self.generation())
    }

    /// Ends the server, after transfers and connections in progress have finished, or with the
    /// second signal.
    async fn stop(self, stops: StopSignals) -> Result<Ended, Error> {
        if self.has_nothing {
            return Ok(Ended::NothingToServe);
        }
        let Some(Running { server, writes, reporting, .. }) = self.running else {
            tracing::info!("ended");
            return Ok(Ended::Stopped);
        };
        // what was connected, before the streams end
        let clients = self.announcer.reported_clients();
        let save = async {
            let source = &self.settings.source;
            let save = known_clients::save_at_end(source, &self.announcer, writes);
            let tell = async {
                self.announcer.end();
                if let Some(reporting) = reporting {
                    reporting.end(clients).await;
                }
            };
            // the list is taken before the streams end, and written meanwhile
            tokio::join!(biased; save, tell);
        };
        ending::drain(server, save, stops).await;
        Ok(Ended::Stopped)
    }
}
