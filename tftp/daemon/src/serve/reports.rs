//! Tells the other nodes about the client cores of this server, and hears about theirs.
//!
//! The reports go through the cluster of this node. Without one, servers of the same published
//! folder find each other's reports there.

use std::path::Path;
use std::sync::mpsc as first;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use adr_bundle::disk::Unfinished;
use adr_protocol::{Clients, NodeClients, NodeState};
use adr_server::{Announcer, NodesMetrics, OtherNodes, Part};
use adr_watcher::publication::{FolderPublication, NodeReport, Publication, PublicationError};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::event::Event;
use crate::nodes::heard::Heard;
use crate::{Error, Nodes, part};
use gone::Gone;
use rows::Rows;

mod gone;
mod rows;

/// The time between two looks whether there is something to tell.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// The shortest time between two reports, and between two reads of the others' reports.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// How many client cores make that time longer by a second, up to [`NodeReport::INTERVAL`].
const CORES_PER_SECOND: usize = 1_000;

/// How often a server that is alone in its folder reports, for servers that start later.
const ALONE_INTERVAL: Duration = Duration::from_secs(NodeReport::LIFETIME.as_secs() / 3);

/// How long the start of the server waits for the first read.
const FIRST_READ_TIMEOUT: Duration = Duration::from_secs(1);

/// How long the end of the process waits for the last report.
const LAST_REPORT_TIMEOUT: Duration = Duration::from_secs(2);

/// How many reports of another process under the same name make a warning.
const FOREIGN_REPORTS: u32 = 3;

/// Another process is forgotten if it does not report for this long.
const FOREIGN_PAUSE: Duration = Duration::from_secs(60);

/// How many of its own reports a node remembers, to recognize them.
const REMEMBERED: usize = 30;

/// Where and how a server reports.
#[derive(Clone, Debug)]
pub(super) struct Reporting {
    publication: Arc<dyn Publication>,
    node: String,
    version: &'static str,
    /// Whether the reports go to a cluster; else to a folder that other servers may serve as well.
    is_cluster: bool,
    announcer: Arc<Announcer>,
    metrics: NodesMetrics,
    /// Whether the last report was made, after which there is no other.
    has_ended: Arc<Mutex<bool>>,
}

impl Reporting {
    /// Reports to the cluster of a node.
    pub(super) fn to_cluster(
        nodes: &Nodes,
        version: &'static str,
        announcer: &Arc<Announcer>,
        metrics: &NodesMetrics,
    ) -> Self {
        Self {
            publication: Arc::clone(&nodes.publication),
            node: nodes.node.clone(),
            version,
            is_cluster: true,
            announcer: Arc::clone(announcer),
            metrics: metrics.clone(),
            has_ended: Arc::default(),
        }
    }

    /// Reports into the published folder, under this name.
    pub(super) fn to_folder(
        folder: &Path,
        node: String,
        version: &'static str,
        announcer: &Arc<Announcer>,
    ) -> Self {
        Self {
            publication: Arc::new(FolderPublication::new(folder)),
            node,
            version,
            is_cluster: false,
            announcer: Arc::clone(announcer),
            metrics: NodesMetrics::default(),
            has_ended: Arc::default(),
        }
    }

    /// Starts a thread that reports until the receiver of events is dropped, and waits a moment
    /// until the reports of others were read. Until then, answers say that they are missing.
    ///
    /// # Errors
    ///
    /// The operating system does not start a thread.
    pub(super) fn start(&self, events: mpsc::Sender<Event>) -> Result<(), Error> {
        let mut exchange = Exchange::new(self.clone());
        exchange.show(Arc::default(), "their reports have not been read yet".to_owned());
        let (read, is_read) = first::channel();
        let looks = events.clone();
        part::start("reports", Part::Reports, events, move || {
            while !looks.is_closed() {
                exchange.look(Instant::now());
                // only the first one is waited for
                let _ = read.send(());
                thread::sleep(LOOK_INTERVAL);
            }
            Ok::<(), Unfinished>(())
        })?;
        // one that takes longer comes later
        let _ = is_read.recv_timeout(FIRST_READ_TIMEOUT);
        Ok(())
    }

    /// Tells the other nodes that this one has ended, and that its cores may come to them.
    /// `clients` is what they ran before their streams ended.
    pub(super) async fn end(self, clients: Clients) {
        let is_known = self.is_cluster || !clients.rows.is_empty();
        let say = spawn_blocking(move || {
            let mut has_ended = self.has_ended.lock().unwrap_or_else(PoisonError::into_inner);
            *has_ended = true;
            is_known.then(|| self.publication.report(&self.report(clients, true)))
        });
        // a publication that does not answer must not hold the process up
        let _ = timeout(LAST_REPORT_TIMEOUT, say).await;
    }

    fn report(&self, clients: Clients, has_ended: bool) -> NodeReport {
        NodeReport {
            format_version: NodeReport::FORMAT_VERSION,
            node: self.node.clone(),
            tool: self.version.to_owned(),
            reported: unix_seconds(),
            has_ended,
            clients,
        }
    }
}

/// The reports of this server and of the others.
struct Exchange {
    reporting: Reporting,
    heard: Heard,
    gone: Gone,
    rows: Arc<Rows>,
    /// The reports of the last read without the rows of client cores, and its time.
    read: Option<(Instant, Arc<[NodeClients]>)>,
    /// When others were asked last.
    asked: Option<Instant>,
    /// What the last report said, and its time.
    told: Option<(Instant, Told)>,
    /// The times of own reports, by their own clock.
    own: Vec<u64>,
    /// The time of the own report that was stored last.
    stored: Option<u64>,
    /// Reports of another process under the same name.
    foreign: Foreign,
    /// Whether reporting failed, which was logged.
    has_failed: bool,
}

/// Reports of another process under the name of this server.
#[derive(Debug, Default)]
struct Foreign {
    /// How many different ones were read, without a long pause between them.
    count: u32,
    /// The time of the last one by its own clock, and when it was read first.
    last: Option<(u64, Instant)>,
}

/// What makes two reports of a server equal.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    changes: u64,
    generation: u64,
    sha256: String,
}

impl Exchange {
    fn new(reporting: Reporting) -> Self {
        let rows = Arc::new(Rows::of(Arc::clone(&reporting.publication)));
        Self {
            reporting,
            heard: Heard::default(),
            gone: Gone::default(),
            rows,
            read: None,
            asked: None,
            told: None,
            own: Vec::new(),
            stored: None,
            foreign: Foreign::default(),
            has_failed: false,
        }
    }

    /// Reads and reports, if either is due.
    fn look(&mut self, now: Instant) {
        if self.asked.is_none_or(|at| now.saturating_duration_since(at) >= self.interval()) {
            self.asked = Some(now);
            self.read(now);
        }
        let told = self.told();
        if self.is_due(&told, now) {
            self.tell(told, now);
        }
        // reading may block until shortly before the next report is due
        let has_just_told =
            |(at, _): &(Instant, Told)| now.saturating_duration_since(*at) < SHORTEST_INTERVAL;
        if self.told.as_ref().is_some_and(has_just_told) {
            self.expect_cores_of_gone();
        }
    }

    /// The time between two reports: longer with many cores.
    fn interval(&self) -> Duration {
        let others = self.read.iter().flat_map(|(_, nodes)| &**nodes);
        let cores = others.fold(0_usize, |all, node| all.saturating_add(node.clients.matching));
        let own = usize::try_from(self.reporting.announcer.listeners()).unwrap_or(0);
        let cores = cores.saturating_add(own);
        let more = u64::try_from(cores / CORES_PER_SECOND).unwrap_or(u64::MAX);
        (SHORTEST_INTERVAL.saturating_add(Duration::from_secs(more))).min(NodeReport::INTERVAL)
    }

    fn told(&self) -> Told {
        let announcer = &self.reporting.announcer;
        let state = announcer.state();
        let changes = announcer.changes();
        Told { changes, generation: state.generation, sha256: state.sha256 }
    }

    fn is_due(&self, told: &Told, now: Instant) -> bool {
        let is_alone = self.read.as_ref().is_none_or(|(_, nodes)| nodes.is_empty());
        let since = |at: &Instant| now.saturating_duration_since(*at);
        match (&self.told, self.reporting.is_cluster || !is_alone) {
            (None, true) => true,
            (Some((at, before)), true) => {
                let is_changed = before != told;
                since(at) >= NodeReport::INTERVAL || is_changed && since(at) >= self.interval()
            }
            // no other server serves this folder, or its servers know no core
            (_, false) if told.changes == 0 => false,
            (None, false) => true,
            (Some((at, _)), false) => since(at) >= ALONE_INTERVAL,
        }
    }

    fn tell(&mut self, told: Told, now: Instant) {
        let reporting = &self.reporting;
        let has_ended = reporting.has_ended.lock().unwrap_or_else(PoisonError::into_inner);
        if *has_ended {
            return;
        }
        let report = reporting.report(reporting.announcer.reported_clients(), false);
        let result = reporting.publication.report(&report);
        drop(has_ended);
        self.told = Some((now, told));
        if result.is_ok() {
            self.stored = Some(report.reported);
        }
        // it may be stored although the answer is lost
        if result.as_ref().err().is_none_or(PublicationError::is_temporary) {
            self.own.push(report.reported);
        }
        let too_many = self.own.len().saturating_sub(REMEMBERED);
        self.own.drain(..too_many);
        self.log(result.as_ref().err());
    }

    /// Logs once why other nodes do not hear of this one. The thread that follows the cluster says
    /// that it does not answer.
    fn log(&mut self, error: Option<&PublicationError>) {
        let is_alone = self.read.as_ref().is_none_or(|(_, nodes)| nodes.is_empty());
        let error = error.filter(|error| match self.reporting.is_cluster {
            true => !error.is_temporary(),
            false => !is_alone,
        });
        if let (Some(error), false) = (error, self.has_failed) {
            tracing::warn!(
                node = self.reporting.node,
                reason = %error,
                "other nodes do not hear of the client cores of this one; `--wait` there does not wait for them"
            );
        }
        self.has_failed = error.is_some();
    }

    fn read(&mut self, now: Instant) {
        match self.reporting.publication.summaries() {
            Ok(reports) => {
                let (own, mut others): (Vec<_>, Vec<_>) =
                    reports.into_iter().partition(|it| it.node == self.reporting.node);
                own.iter().for_each(|report| self.check_own(report, now));
                // some publications read them nevertheless
                others.iter_mut().for_each(|report| report.clients.rows = Vec::new());
                let nodes: Arc<[_]> = self.heard.read(others, now, unix_seconds()).into();
                self.gone.note(&nodes);
                self.rows.heard();
                self.read = Some((now, Arc::clone(&nodes)));
                self.show(nodes, String::new());
            }
            Err(error) => {
                self.heard.failed();
                let read = self.read.as_ref();
                let is_recent =
                    |at: Instant| now.saturating_duration_since(at) < NodeReport::DOWN_AFTER;
                if !read.is_some_and(|(at, _)| is_recent(*at)) {
                    let nodes = read.map(|(_, nodes)| Arc::clone(nodes)).unwrap_or_default();
                    self.show(nodes, error.to_string());
                }
            }
        }
    }

    /// Notices another process that reports under the name of this node.
    fn check_own(&mut self, report: &NodeReport, now: Instant) {
        let reported = report.reported;
        // the first one may be that of the process before this one
        let is_first = self.stored.is_none() && self.own.is_empty();
        let is_own = self.stored == Some(reported) || self.own.contains(&reported);
        let is_known = self.foreign.last.is_some_and(|(last, _)| last == reported);
        if is_first || is_own || is_known {
            return;
        }
        let is_recent = |at: Instant| now.saturating_duration_since(at) < FOREIGN_PAUSE;
        if !self.foreign.last.is_some_and(|(_, at)| is_recent(at)) {
            self.foreign.count = 0;
        }
        self.foreign.last = Some((reported, now));
        self.foreign.count = self.foreign.count.saturating_add(1);
        if self.foreign.count == FOREIGN_REPORTS {
            let node = &self.reporting.node;
            match self.reporting.is_cluster {
                true => tracing::warn!(
                    node,
                    "another node has the same name, so that their client cores are mixed up; give each node a name \
                     of its own with --node"
                ),
                false => tracing::warn!(
                    node,
                    "another server of this folder has the same host name and port, so that their client cores are \
                     mixed up; give each machine a host name of its own"
                ),
            }
        }
    }

    /// Expects the cores of a node that has just gone.
    fn expect_cores_of_gone(&mut self) {
        let Some((_, nodes)) = &self.read else { return };
        let publication = &*self.reporting.publication;
        if let Some(known) = self.gone.read_one(publication, nodes) {
            self.reporting.announcer.restore_clients(known);
        }
    }

    fn show(&self, nodes: Arc<[NodeClients]>, problem: String) {
        let states: Vec<NodeState> = nodes.iter().map(|node| node.state).collect();
        let states: Vec<NodeState> = std::iter::once(NodeState::Up).chain(states).collect();
        self.reporting.metrics.set_nodes(&states);
        self.reporting.announcer.set_other_nodes(OtherNodes {
            node: self.reporting.node.clone(),
            version: self.reporting.version.to_owned(),
            is_cluster: self.reporting.is_cluster,
            reports: nodes,
            rows: Some(Arc::<Rows>::clone(&self.rows)),
            problem,
        });
    }
}

fn unix_seconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;
