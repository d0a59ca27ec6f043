//! The announced state, and its listeners.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use adr_bundle::{Case, Manifest};
use adr_protocol::{Announcement, Clients, Report, State};
use bytes::Bytes;
use tokio::sync::watch;

use super::client_table::{ClientTable, TableFull};
use super::inline_files::InlineFiles;
use crate::limits::AnnounceLimits;
use crate::store::Generation;

/// Any address: the manifest is the same in every view.
const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Announces generations to client cores, and collects their reports.
#[derive(Debug)]
pub struct Announcer {
    pub(super) limits: AnnounceLimits,
    /// The latest state; `None` after [`Announcer::end`].
    current: watch::Sender<Option<Announced>>,
    /// Number of open streams and long polls.
    listeners: AtomicU32,
    table: Mutex<ClientTable>,
}

/// A state, and its event, encoded once for all listeners.
#[derive(Debug)]
pub(super) struct Announced {
    pub(super) state: State,
    /// SHA-256 of the signature; `None` without one.
    signature: Option<String>,
    /// The event without files.
    pub(super) event: Bytes,
    /// Makes events with files; `None` if files are not sent.
    inline_files: Option<InlineFiles>,
}

impl Announced {
    fn new(state: State, signature: Option<String>, inline_files: Option<InlineFiles>) -> Self {
        let event = Bytes::from(Announcement::from(state.clone()).to_event());
        Self { state, signature, event, inline_files }
    }

    /// The event for a client, with its files if they are small enough.
    pub(super) fn event_for(&self, client: Option<IpAddr>) -> Bytes {
        let inline = self.inline_files.as_ref().zip(client);
        let full = inline.and_then(|(files, client)| files.event(&self.state, client));
        full.unwrap_or_else(|| self.event.clone())
    }
}

impl Announcer {
    /// An announcer of generation 0: nothing is published yet.
    #[must_use]
    pub fn new(limits: AnnounceLimits) -> Arc<Self> {
        Arc::new(Self {
            current: watch::Sender::new(Some(Announced::new(State::default(), None, None))),
            listeners: AtomicU32::new(0),
            table: Mutex::new(ClientTable::new(limits.max_reports, limits.max_reports_per_client)),
            limits,
        })
    }

    /// Announces a generation to all listeners. Its files must already be served. Does nothing if
    /// this generation was the last one announced.
    pub fn announce(&self, generation: u64, sha256: &str) {
        self.announce_with(generation, sha256, None);
    }

    /// Announces the generation of a store, with its files if they are
    /// [small enough](AnnounceLimits::max_event_bytes).
    pub fn announce_generation(&self, generation: &Arc<Generation>) {
        let tree = generation.tree();
        let manifest = tree.view(LOCALHOST).file(Manifest::FILE_NAME, Case::Exact);
        let sha256 = manifest.map_or("", |manifest| manifest.sha256());
        self.announce_with(tree.generation(), sha256, Some(generation));
    }

    fn announce_with(&self, generation: u64, sha256: &str, files: Option<&Arc<Generation>>) {
        let window = self.limits.fetch_window.milliseconds(self.listeners());
        let signature = files.and_then(|files| files.tree().signature()).map(str::to_owned);
        self.current.send_if_modified(|current| {
            let Some(before) = current else { return false };
            let is_new = before.state.generation != generation
                || before.state.sha256 != sha256
                || before.signature != signature;
            if is_new {
                let state = State { generation, sha256: sha256.to_owned(), window };
                let max = self.limits.event_bytes_within(window);
                let inline_files = files.map(|files| InlineFiles::new(Arc::clone(files), max));
                *current = Some(Announced::new(state, signature.clone(), inline_files));
            }
            is_new
        });
    }

    /// The announced state.
    #[must_use]
    pub fn state(&self) -> State {
        let current = self.current.borrow();
        current.as_ref().map(|announced| announced.state.clone()).unwrap_or_default()
    }

    /// Ends all event streams and long polls, for the shutdown of a server.
    pub fn end(&self) {
        self.current.send_replace(None);
    }

    /// The number of open event streams and long polls.
    #[must_use]
    pub fn listeners(&self) -> u32 {
        self.listeners.load(Ordering::Relaxed)
    }

    /// What client cores run, according to their reports.
    #[must_use]
    pub fn clients(&self) -> Clients {
        let state = self.state();
        let listeners = self.listeners();
        self.table().summary(&state, listeners, Instant::now())
    }

    pub(super) fn report(&self, report: Report, address: IpAddr) -> Result<(), TableFull> {
        self.table().report(report, address, Instant::now())
    }

    fn table(&self) -> MutexGuard<'_, ClientTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a listener; `None` if there are too many. Dropping it removes it.
    pub(super) fn listen(
        self: &Arc<Self>,
        client: Option<String>,
        address: Option<IpAddr>,
    ) -> Option<Listener> {
        let more = |open: u32| (open < self.limits.max_listeners).then_some(open + 1);
        let counted = self.listeners.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        counted.ok()?;
        if let Some(client) = &client {
            self.table().stream_opened(client);
        }
        Some(Listener {
            announcer: Arc::clone(self),
            client,
            address,
            current: self.current.subscribe(),
        })
    }
}

/// An open event stream or long poll.
pub(super) struct Listener {
    pub(super) announcer: Arc<Announcer>,
    /// The client's name, if it gave one.
    client: Option<String>,
    /// The client's address, which decides which files it gets; `None` for a long poll.
    pub(super) address: Option<IpAddr>,
    pub(super) current: watch::Receiver<Option<Announced>>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.announcer.listeners.fetch_sub(1, Ordering::Relaxed);
        if let Some(client) = &self.client {
            self.announcer.table().stream_closed(client, Instant::now());
        }
    }
}
