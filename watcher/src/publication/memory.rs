//! A publication in memory, whose answers can be lost: for tests, also those of other crates.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use adr_bundle::ManifestFile;

use super::Publication;
use super::error::PublicationError;
use super::report::NodeReport;
use super::sealed::{GenerationDocument, SealedGeneration};
use crate::publish::{Base, DEFAULT_KEPT_GENERATIONS};

/// What goes wrong in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call fails before anything is sent: [`PublicationError::Unreachable`].
    Unreachable,
    /// What was sent is lost, and the caller does not know: [`PublicationError::Unconfirmed`] for
    /// [`Publication::publish`], otherwise [`PublicationError::Unreachable`].
    RequestLost,
    /// The call has its effect, and the answer is lost. The errors are the same.
    AnswerLost,
    /// The credentials are revoked: [`PublicationError::Denied`].
    Denied,
}

/// One node's connection to a publication in memory. [`Self::node`] makes another one.
///
/// ```
/// use adr_watcher::publication::Publication;
/// use adr_watcher::publication::memory::{Fault, MemoryPublication};
///
/// let here = MemoryPublication::new();
/// let there = here.node();
/// there.cut();
/// assert!(here.current().unwrap().is_none() && there.current().is_err());
/// there.restore();
/// there.inject(Fault::Denied);
/// assert!(there.current().is_err() && there.current().is_ok());
/// ```
#[derive(Debug)]
pub struct MemoryPublication {
    shared: Arc<(Mutex<State>, Condvar)>,
    link: Mutex<Link>,
}

/// What the nodes share.
#[derive(Debug)]
struct State {
    current: Option<Base>,
    documents: BTreeMap<u64, GenerationDocument>,
    /// By their SHA-256.
    files: HashMap<String, Vec<u8>>,
    reports: BTreeMap<String, NodeReport>,
    /// How often reports were read with the rows of client cores.
    reads_of_rows: usize,
    keep: usize,
}

/// The connection of one node.
#[derive(Debug, Default)]
struct Link {
    is_cut: bool,
    /// What goes wrong in the next calls; `None` for a call that succeeds.
    faults: VecDeque<Option<Fault>>,
}

impl Default for MemoryPublication {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryPublication {
    /// An empty publication that keeps [`DEFAULT_KEPT_GENERATIONS`].
    #[must_use]
    pub fn new() -> Self {
        let state = State {
            current: None,
            documents: BTreeMap::new(),
            files: HashMap::new(),
            reports: BTreeMap::new(),
            reads_of_rows: 0,
            keep: DEFAULT_KEPT_GENERATIONS,
        };
        let shared = Arc::new((Mutex::new(state), Condvar::new()));
        Self { shared, link: Mutex::default() }
    }

    /// Keeps the newest `generations`, at least the current one.
    #[must_use]
    pub fn keeping(self, generations: usize) -> Self {
        self.state().keep = generations.max(1);
        self
    }

    /// The connection of another node to the same publication.
    #[must_use]
    pub fn node(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), link: Mutex::default() }
    }

    /// Cuts this node off until [`Self::restore`].
    pub fn cut(&self) {
        self.link().is_cut = true;
    }

    /// Ends what [`Self::cut`] began.
    pub fn restore(&self) {
        self.link().is_cut = false;
    }

    /// Lets the next call of this node go wrong that no earlier fault is for.
    pub fn inject(&self, fault: Fault) {
        self.inject_after(0, fault);
    }

    /// The same after `calls` calls that succeed.
    pub fn inject_after(&self, calls: usize, fault: Fault) {
        let mut link = self.link();
        link.faults.extend(std::iter::repeat_n(None, calls));
        link.faults.push_back(Some(fault));
    }

    /// Replaces the bytes of a file, as somebody does who can write to the broker.
    pub fn replace_file(&self, sha256: &str, bytes: &[u8]) {
        self.state().files.insert(sha256.to_owned(), bytes.to_owned());
    }

    /// Replaces the document of a generation, or removes it.
    pub fn replace_document(&self, generation: u64, document: Option<GenerationDocument>) {
        let mut state = self.state();
        match document {
            Some(document) => state.documents.insert(generation, document),
            None => state.documents.remove(&generation),
        };
    }

    /// Replaces the current generation, which need not exist.
    pub fn replace_current(&self, current: Option<Base>) {
        self.state().current = current;
        self.shared.1.notify_all();
    }

    /// Removes the report of a node, as its lifetime does.
    pub fn forget_report(&self, node: &str) {
        self.state().reports.remove(node);
    }

    /// How often all nodes together have read reports with the rows of client cores.
    #[must_use]
    pub fn reads_of_rows(&self) -> usize {
        self.state().reads_of_rows
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a call, with what goes wrong in it.
    fn call<T>(
        &self,
        lost: impl Fn(&str) -> PublicationError,
        call: impl FnOnce(&mut State) -> Result<T, PublicationError>,
    ) -> Result<T, PublicationError> {
        let fault = {
            let mut link = self.link();
            match link.is_cut {
                true => Some(Fault::Unreachable),
                false => link.faults.pop_front().flatten(),
            }
        };
        match fault {
            None => call(&mut self.state()),
            Some(Fault::Unreachable) => Err(unreachable("the connection is cut")),
            Some(Fault::RequestLost) => Err(lost("the request is lost")),
            Some(Fault::AnswerLost) => {
                call(&mut self.state())?;
                Err(lost("the answer is lost"))
            }
            Some(Fault::Denied) => Err(PublicationError::Denied {
                name: NAME.to_owned(),
                reason: "the user is revoked".to_owned(),
            }),
        }
    }

    fn read<T>(
        &self,
        call: impl FnOnce(&mut State) -> Result<T, PublicationError>,
    ) -> Result<T, PublicationError> {
        self.call(unreachable, call)
    }
}

/// The name of all publications in memory.
const NAME: &str = "memory";

fn unreachable(reason: &str) -> PublicationError {
    PublicationError::Unreachable { name: NAME.to_owned(), reason: reason.to_owned() }
}

impl Publication for MemoryPublication {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn folder_name(&self) -> Option<String> {
        Some(NAME.to_owned())
    }

    fn current(&self) -> Result<Option<Base>, PublicationError> {
        self.read(|state| Ok(state.current.clone()))
    }

    fn generations(&self) -> Result<Vec<u64>, PublicationError> {
        self.read(|state| Ok(state.documents.keys().copied().collect()))
    }

    fn document(&self, generation: u64) -> Result<GenerationDocument, PublicationError> {
        let missing = || PublicationError::Missing { name: NAME.to_owned(), generation };
        self.read(|state| state.documents.get(&generation).cloned().ok_or_else(missing))
    }

    fn file(&self, listed: &ManifestFile) -> Result<Vec<u8>, PublicationError> {
        self.read(|state| {
            let generation = state.current.as_ref().map_or(0, |current| current.generation);
            state.files.get(&listed.sha256).cloned().ok_or_else(|| PublicationError::Damaged {
                name: NAME.to_owned(),
                generation,
                reason: format!("{}: the file is missing", listed.path),
            })
        })
    }

    fn publish(
        &self,
        expected: Option<&Base>,
        next: &SealedGeneration,
    ) -> Result<(), PublicationError> {
        let unconfirmed = |reason: &str| PublicationError::Unconfirmed {
            name: NAME.to_owned(),
            generation: next.manifest().generation,
            reason: reason.to_owned(),
        };
        self.call(unconfirmed, |state| {
            if state.current.as_ref() != expected {
                return Err(PublicationError::Refused {
                    name: NAME.to_owned(),
                    expected: expected.cloned(),
                    current: state.current.clone(),
                });
            }
            for (listed, bytes) in next.files() {
                state.files.insert(listed.sha256.clone(), bytes.as_ref().clone());
            }
            state.documents.insert(next.manifest().generation, next.document().clone());
            while state.documents.len() > state.keep {
                state.documents.pop_first();
            }
            state.current = Some(next.base());
            self.shared.1.notify_all();
            Ok(())
        })
    }

    fn watch(
        &self,
        known: Option<&Base>,
        timeout: Duration,
    ) -> Result<Option<Base>, PublicationError> {
        self.read(|_| Ok(()))?;
        let is_known = |state: &mut State| state.current.as_ref() == known;
        let waited = self.shared.1.wait_timeout_while(self.state(), timeout, is_known);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        Ok(state.current.clone())
    }

    fn report(&self, report: &NodeReport) -> Result<(), PublicationError> {
        self.read(|state| {
            state.reports.insert(report.node.clone(), report.clone());
            Ok(())
        })
    }

    fn reports(&self) -> Result<Vec<NodeReport>, PublicationError> {
        self.read(|state| {
            state.reads_of_rows += 1;
            Ok(state.reports.values().cloned().collect())
        })
    }

    fn summaries(&self) -> Result<Vec<NodeReport>, PublicationError> {
        let mut summaries: Vec<NodeReport> =
            self.read(|state| Ok(state.reports.values().cloned().collect()))?;
        summaries.iter_mut().for_each(|report| report.clients.rows.clear());
        Ok(summaries)
    }
}
