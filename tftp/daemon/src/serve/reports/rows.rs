//! Reads the client cores of the other nodes one by one, when somebody asks for them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use adr_protocol::NodeClients;
use adr_server::ReadRows;
use adr_watcher::publication::{NodeReport, Publication};

/// How long a question waits for an answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Rows that were read this long ago are an answer while there are no newer ones.
const MAX_AGE: Duration = NodeReport::DOWN_AFTER;

/// Rows that were read this long ago are forgotten: nobody has asked since.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

/// The client cores of the other nodes. They are read at most once for each time that the nodes
/// were heard of.
#[derive(Debug)]
pub(super) struct Rows {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    publication: Arc<dyn Publication>,
    state: Mutex<State>,
    has_ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// How often the nodes were heard of.
    heard: u64,
    /// The value of `heard` when the last attempt to read began that has ended.
    ended: u64,
    is_reading: bool,
    /// Why the last attempt failed.
    failure: Option<String>,
    /// What was read last, and when.
    read: Option<(Instant, Arc<[NodeReport]>)>,
}

impl Rows {
    pub(super) fn of(publication: Arc<dyn Publication>) -> Self {
        let (state, has_ended) = (Mutex::default(), Condvar::new());
        Self { shared: Arc::new(Shared { publication, state, has_ended }) }
    }

    /// Notes that the nodes were heard of: what was read before is old.
    pub(super) fn heard(&self) {
        let mut state = self.shared.lock();
        state.heard += 1;
        let is_forgotten = |at: Instant| at.elapsed() >= FORGOTTEN_AFTER;
        state.read.take_if(|(at, _)| is_forgotten(*at));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads on a thread of its own, which takes as long as it takes.
    fn start(self: &Arc<Self>, state: &mut State) {
        let (shared, heard) = (Arc::clone(self), state.heard);
        let read = move || {
            let read = catch_unwind(AssertUnwindSafe(|| shared.publication.reports()));
            let read = match read {
                Ok(read) => read.map_err(|error| error.to_string()),
                Err(_) => Err("reading them ended by a mistake of adrc".to_owned()),
            };
            let mut state = shared.lock();
            state.ended(heard, read);
            shared.has_ended.notify_all();
        };
        match thread::Builder::new().name("rows".to_owned()).spawn(read) {
            Ok(_) => state.is_reading = true,
            Err(error) => state.ended(heard, Err(error.to_string())),
        }
    }
}

impl State {
    fn ended(&mut self, heard: u64, read: Result<Vec<NodeReport>, String>) {
        (self.is_reading, self.ended) = (false, heard);
        match read {
            Ok(reports) => {
                self.failure = None;
                self.read = Some((Instant::now(), reports.into()));
            }
            Err(reason) => self.failure = Some(reason),
        }
    }

    /// Why what was read last is not an answer, a phrase; empty if it is.
    fn problem(&self) -> String {
        let is_recent = self.read.as_ref().is_some_and(|(at, _)| at.elapsed() < MAX_AGE);
        match (&self.failure, self.is_reading) {
            _ if is_recent => String::new(),
            (_, true) => "their client cores are still being read; ask again".to_owned(),
            (Some(reason), false) => reason.clone(),
            // read in this moment
            (None, false) => String::new(),
        }
    }
}

impl ReadRows for Rows {
    fn with_rows(&self, nodes: &Arc<[NodeClients]>) -> (Arc<[NodeClients]>, String) {
        if nodes.iter().all(|node| node.clients.rows.len() >= node.clients.matching) {
            return (Arc::clone(nodes), String::new());
        }
        let mut state = self.shared.lock();
        if state.ended < state.heard && !state.is_reading {
            self.shared.start(&mut state);
        }
        let waits = |state: &mut State| state.is_reading;
        let waited = self.shared.has_ended.wait_timeout_while(state, PATIENCE, waits);
        let state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let problem = state.problem();
        let read = state.read.as_ref().map(|(_, reports)| Arc::clone(reports)).unwrap_or_default();
        drop(state);
        let with_rows = |node: &NodeClients| {
            match read.iter().find(|report| report.node == node.node) {
                Some(report) => NodeClients { clients: report.clients.clone(), ..node.clone() },
                // its rows are missing, which the answer says
                None => node.clone(),
            }
        };
        (nodes.iter().map(with_rows).collect(), problem)
    }
}
