//! From the first generation to the last transfer: start, requests in their order, end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use adr_server::{
    Addresses, Admin, AlertScope, Alerts, Announcer, Generation, Metrics, Parts, Registry, Reload,
    Server, Store, TFTP_PORT,
};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Interval;

use super::descriptors;
use super::follow::{self, AGAIN, Snapshot, Sources, Watched};
use super::listening::{Opened, open, refused};
use super::log::LogFormat;
use super::produce::{Produced, Producer, is_published};
use super::requests::{Cause, Request, channel, listen_to_signals};
use super::settings::Settings;
use super::systemd;
use crate::VERSION;
use crate::console::Console;
use crate::failure::{Failure, Status};

/// How long transfers may take to end once the end is asked for; a service manager waits 90
/// seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether something may go well the next time without anybody changing the rules.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Retry {
    Yes,
    No,
}

/// Serves until it is asked to end.
pub(crate) async fn run(
    settings: Settings,
    mut producer: Producer,
    console: &Console,
) -> Result<Status, Failure> {
    // huge pages make compiling fast and many small transfers large; a kernel without them is as
    // good
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    producer.logs_findings = settings.log == LogFormat::Json;
    let (send, mut requests) = channel();
    listen_to_signals(&send)?;
    let mut watched = watched(&settings, &producer)?;
    // what was checked is what is served, from the first generation on
    let first = match &mut watched {
        Some(watched) => watched.snapshot().await,
        None => None,
    };
    let first = first.map(|snapshot| snapshot.sources);
    let produced = producer.produce(first, console);
    let trouble = match &produced {
        Ok(Produced::Generation(_)) => None,
        Ok(Produced::Refused(why)) => Some((why.clone(), Retry::No)),
        Err(failure) => Some((failure.to_string(), Retry::Yes)),
    };
    let generation = match produced {
        Ok(Produced::Generation(generation)) => generation,
        // phones that find nobody at home are worse off than those that get what they had yesterday
        refused => match (producer.published_before(), refused) {
            (Some(generation), _) => generation,
            (None, Err(failure)) => return Err(failure),
            (None, Ok(_)) => {
                console.message("nothing is served: the rules have errors");
                return Ok(Status::Findings);
            }
        },
    };
    let announcer = Announcer::new(settings.server.limits.announce.clone());
    let store = Arc::new(Store::new(generation));
    announcer.announce_generation(&store.current());
    if let Some(folder) = producer.folder().filter(|_| settings.watch.is_some()) {
        let (folder, announcer) = (folder.to_owned(), Arc::clone(&announcer));
        follow::folder(folder.clone(), send.clone(), move || {
            let served = announcer.state();
            is_published(&folder, served.generation, &served.sha256)
        });
    }
    let (server, alerts) = start(settings, Arc::clone(&store), &announcer, &send)?;
    let mut reloading = Reloading {
        producer,
        store,
        announcer,
        alerts,
        requests: send,
        watched,
        owed: Owed::default(),
        retry: None,
        console,
    };
    if let Some((why, retry)) = trouble {
        reloading.begin_in_trouble(why, retry);
    }
    systemd::ready(&reloading.state());
    tracing::info!(generation = reloading.generation(), "ready");
    let mut renewals = reloading.producer.renewals().map(tokio::time::interval);
    loop {
        tokio::select! {
            request = requests.recv() => {
                let Some(Request::Reload(cause, answer)) = request else { break };
                if let Err(error) = server.reload_certificate() {
                    tracing::error!(%error, "the certificate is not exchanged");
                }
                reloading.asked(cause, answer);
            }
            Some(snapshot) = next(&mut reloading.watched) => reloading.changed(snapshot),
            () = tick(&mut renewals) => reloading.renew(),
        }
    }
    reloading.watched = None;
    reloading.announcer.end();
    // whoever waits for a reload, or asks for one while the rest finishes, is told that there will
    // be none
    drop(requests);
    reloading.owed = Owed::default();
    stop(server).await;
    Ok(Status::Done)
}

/// A watch on the rule sources, where there are some and somebody is to watch.
fn watched(settings: &Settings, producer: &Producer) -> Result<Option<Watched>, Failure> {
    let watched = producer.paths().zip(settings.watch);
    watched
        .map(|(paths, timing)| follow::sources(paths.to_vec(), timing))
        .transpose()
        .map_err(|error| Failure::new(format!("watching: {error}"), "leave it off with --no-watch"))
}

/// What a watch reads next; never, where there is none.
async fn next(watched: &mut Option<Watched>) -> Option<Snapshot> {
    match watched {
        Some(watched) => watched.snapshot().await,
        None => std::future::pending().await,
    }
}

/// The next time to look at what is signed; never, where nothing expires.
async fn tick(renewals: &mut Option<Interval>) {
    match renewals {
        Some(renewals) => {
            renewals.tick().await;
        }
        None => std::future::pending().await,
    }
}

/// What a reload needs.
struct Reloading<'c> {
    producer: Producer,
    store: Arc<Store>,
    announcer: Arc<Announcer>,
    alerts: Alerts,
    requests: mpsc::Sender<Request>,
    watched: Option<Watched>,
    owed: Owed,
    /// The one who asks again in a moment.
    retry: Option<JoinHandle<()>>,
    console: &'c Console,
}

impl Reloading<'_> {
    /// Somebody asks for a reload. Where rule sources are watched, whoever watches them reads them:
    /// so what is published was read as a whole, and nothing is published after something newer.
    fn asked(&mut self, cause: Cause, answer: Option<Reload>) {
        match &self.watched {
            Some(watched) if cause != Cause::Folder => {
                self.owed.add(cause, answer);
                watched.reload();
            }
            _ => tell(answer, &self.reload(cause, None)),
        }
    }

    /// Sources were read, because they have changed or because somebody asked.
    fn changed(&mut self, snapshot: Snapshot) {
        let owed = self.owed.of(snapshot.reloads);
        let cause = owed.first().map_or(Cause::Files, |(cause, _)| *cause);
        let outcome = self.reload(cause, Some(snapshot.sources));
        for (_, answer) in owed {
            tell(answer, &outcome);
        }
    }

    /// Checks and swaps; on failure what is served stays, and why is told in the log, on the status
    /// page, and to whoever asked.
    fn reload(&mut self, cause: Cause, read: Option<Sources>) -> Result<u64, String> {
        if cause == Cause::Folder && self.is_served() {
            self.mended(AlertScope::Folder);
            systemd::ready(&self.state());
            return Ok(self.generation());
        }
        systemd::reloading();
        let outcome = self.swap(cause, read);
        let concern = self.concern(cause);
        match &outcome {
            Ok(generation) => {
                tracing::info!(cause = cause.word(), generation, "reloaded");
                self.mended(concern);
            }
            Err(why) if cause.repeats() && self.alerts.is_raised(concern, why) => {}
            Err(why) => {
                let generation = self.generation();
                tracing::error!(
                    cause = cause.word(),
                    generation,
                    why,
                    "reload failed; what is served stays"
                );
                self.alerts.set(concern, Some(why.clone()));
            }
        }
        systemd::ready(&self.state());
        outcome
    }

    /// What was published before is served, because of this.
    fn begin_in_trouble(&mut self, why: String, retry: Retry) {
        let generation = self.generation();
        tracing::error!(
            generation,
            why,
            "the rules are not published; what was published before is served"
        );
        self.alerts.set(AlertScope::Rules, Some(why));
        if retry == Retry::Yes {
            self.try_again();
        }
    }

    /// What a reload for this cause is about. A folder that somebody else fills is all that there
    /// is.
    fn concern(&self, cause: Cause) -> AlertScope {
        match self.producer.paths() {
            Some(_) if cause != Cause::Folder => AlertScope::Rules,
            _ => AlertScope::Folder,
        }
    }

    /// Rules that are served are those in the folder as well. A folder that is served says nothing
    /// of the rules: they may be broken still, or wait to be published.
    fn mended(&mut self, concern: AlertScope) {
        self.alerts.set(AlertScope::Folder, None);
        if concern == AlertScope::Folder && self.producer.paths().is_some() {
            return;
        }
        self.alerts.set(concern, None);
        if let Some(retry) = self.retry.take() {
            retry.abort();
        }
    }

    /// Whether what was published last came from here.
    fn is_served(&self) -> bool {
        let served = self.announcer.state();
        let folder = self.producer.folder();
        folder.is_some_and(|folder| is_published(folder, served.generation, &served.sha256))
    }

    fn swap(&mut self, cause: Cause, read: Option<Sources>) -> Result<u64, String> {
        self.producer.is_again = cause == Cause::Again;
        let produced = match cause {
            Cause::Folder => self.producer.follow(),
            _ => self.producer.produce(read, self.console),
        };
        match produced {
            Ok(Produced::Generation(generation)) => {
                self.serve(generation);
                Ok(self.generation())
            }
            Ok(Produced::Refused(why)) => Err(why),
            Err(failure) => {
                // who follows the folder asks again by himself
                if cause != Cause::Folder {
                    self.try_again();
                }
                Err(failure.to_string())
            }
        }
    }

    /// Serves a generation from now on. What is the same keeps its date, so that no client fetches
    /// it again.
    fn serve(&self, generation: Generation) {
        let served = self.store.current();
        if generation.tree().manifest() != served.tree().manifest() {
            self.store.swap(generation);
            self.announcer.announce_generation(&self.store.current());
        }
    }

    /// Signs anew what is published where its signature comes to its end, whether somebody changes
    /// the rules or not.
    fn renew(&self) {
        match self.producer.renew() {
            Ok(None) => {}
            Ok(Some(generation)) => {
                self.serve(generation);
                tracing::info!(generation = self.generation(), "signed anew");
            }
            Err(failure) => tracing::error!("the signature is not made anew: {failure}"),
        }
    }

    /// Whoever asks or saves a file does so only once, and a disk gets room again, another
    /// publisher comes to its end.
    fn try_again(&mut self) {
        let requests = self.requests.clone();
        let retry = tokio::spawn(async move {
            tokio::time::sleep(AGAIN).await;
            // a full channel has others waiting, who will find what is there then
            let _ = requests.try_send(Request::Reload(Cause::Again, None));
        });
        if let Some(earlier) = self.retry.replace(retry) {
            earlier.abort();
        }
    }

    fn generation(&self) -> u64 {
        self.store.current().tree().generation()
    }

    fn state(&self) -> String {
        let trouble = match self.alerts.is_empty() {
            true => "",
            false => ", and the last reload failed",
        };
        format!("serving generation {}{trouble}", self.generation())
    }
}

/// Tells whoever waits for it; he may be gone.
fn tell(answer: Option<Reload>, outcome: &Result<u64, String>) {
    if let Some(answer) = answer {
        let _ = answer.send(outcome.clone());
    }
}

/// Reloads that a watch was asked for and has not answered.
#[derive(Default)]
struct Owed {
    asked: u64,
    waiting: VecDeque<(u64, Cause, Option<Reload>)>,
}

impl Owed {
    fn add(&mut self, cause: Cause, answer: Option<Reload>) {
        self.asked += 1;
        self.waiting.push_back((self.asked, cause, answer));
    }

    /// Those that are answered by what was read after so many were asked for.
    fn of(&mut self, reloads: u64) -> Vec<(Cause, Option<Reload>)> {
        let answered = self.waiting.partition_point(|(at, ..)| *at <= reloads);
        let answered = self.waiting.drain(..answered);
        answered.map(|(_, cause, answer)| (cause, answer)).collect()
    }
}

fn start(
    settings: Settings,
    store: Arc<Store>,
    announcer: &Arc<Announcer>,
    requests: &mpsc::Sender<Request>,
) -> Result<(Server, Alerts), Failure> {
    let alerts = Alerts::default();
    let admin = Admin {
        version: VERSION,
        source: settings.source.to_string(),
        reload: settings.admin_reload.then(|| admin_requests(requests)),
        alerts: alerts.clone(),
        extra: announcer.admin_router(),
    };
    if let Err(few) = descriptors::allow(&settings.server.limits) {
        tracing::warn!("{few}");
    }
    let Opened { serving, admins } = open(&settings)?;
    let mut registry = Registry::default();
    announcer.register(&mut registry);
    alerts.register(&mut registry);
    let mut parts = Parts::with_sockets(store, serving);
    parts.extra = announcer.router();
    parts.metrics = Metrics::new(registry);
    let mut server = Server::start(settings.server, parts).map_err(refused)?;
    tell_addresses(&server);
    for listener in admins {
        let address = listener.local_addr().map_err(refused)?;
        server.serve_admin(listener, admin.clone()).map_err(refused)?;
        tracing::info!(protocol = "admin", %address, "listening");
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "other machines can reach the admin port");
        }
    }
    Ok((server, alerts))
}

fn tell_addresses(server: &Server) {
    let Addresses { tftp, http, https } = server.addresses();
    for (protocol, addresses) in [("tftp", tftp), ("http", http), ("https", https)] {
        for address in addresses {
            tracing::info!(protocol, %address, "listening");
        }
    }
    if tftp.iter().all(|address| address.port() != TFTP_PORT) && !tftp.is_empty() {
        tracing::warn!("phones ask for TFTP on port {TFTP_PORT}, and it is not among these");
    }
    for warning in server.warnings() {
        tracing::warn!("{warning}");
    }
}

async fn stop(server: Server) {
    systemd::stopping();
    let (transfers, connections) = server.in_flight();
    tracing::info!(transfers, connections, "ending; what is under way may finish");
    let cut = server.shutdown(PATIENCE).await;
    if cut > 0 {
        tracing::warn!(cut, "transfers and connections were cut off");
    }
    tracing::info!("ended");
}

/// A way in for reloads that the admin port asks for.
fn admin_requests(requests: &mpsc::Sender<Request>) -> mpsc::Sender<Reload> {
    let (send, mut reloads) = mpsc::channel(1);
    let requests = requests.clone();
    tokio::spawn(async move {
        while let Some(reload) = reloads.recv().await {
            let request = Request::Reload(Cause::Admin, Some(reload));
            if requests.send(request).await.is_err() {
                return;
            }
        }
    });
    send
}
