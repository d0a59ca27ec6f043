//! Announcing: cores hear of a generation the moment it is served, and tell what they run; see
//! docs/protocol.md.
//!
//! A signal carries state and not a message. So there is one cell with the latest state and
//! everybody reads it at his own speed: a listener that is slow misses states in between and never
//! the last one, and costs no queue.

mod clients;
mod enclosing;
mod limits;
mod routes;
mod stream;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use adr_bundle::{Case, Manifest};
use adr_protocol::{Announcement, Report, State};
use axum::Router;
use bytes::Bytes;
use prometheus_client::registry::Registry;
use tokio::sync::watch;

pub use clients::{Clients, Refused, Running};
pub use limits::{AnnounceLimits, Window};

use clients::{Full, Table};
use enclosing::Enclosing;

use crate::store::Generation;

/// The manifest is the same for everybody.
const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What is announced, and who listens.
#[derive(Debug)]
pub struct Announcer {
    limits: AnnounceLimits,
    /// `None` when there is nothing more to come.
    current: watch::Sender<Option<Announced>>,
    listeners: AtomicU32,
    table: Mutex<Table>,
}

/// A state, and the events that tell it, each made once for all listeners.
#[derive(Debug)]
struct Announced {
    state: State,
    event: Bytes,
    /// What its files are taken from, where they may come along.
    enclosing: Option<Enclosing>,
}

impl Announced {
    fn new(state: State, enclosing: Option<Enclosing>) -> Self {
        let event = Bytes::from(Announcement::from(state.clone()).to_event());
        Self { state, event, enclosing }
    }

    /// The event for a client, with its files where they are small.
    fn event_for(&self, client: Option<IpAddr>) -> Bytes {
        let enclosing = self.enclosing.as_ref().zip(client);
        let full = enclosing.and_then(|(enclosing, client)| enclosing.event(&self.state, client));
        full.unwrap_or_else(|| self.event.clone())
    }
}

impl Announcer {
    /// Nothing is published yet.
    #[must_use]
    pub fn new(limits: AnnounceLimits) -> Arc<Self> {
        Arc::new(Self {
            current: watch::Sender::new(Some(Announced::new(State::default(), None))),
            listeners: AtomicU32::new(0),
            table: Mutex::new(Table::new(limits.reports, limits.reports_per_client)),
            limits,
        })
    }

    /// Tells everybody that this generation is served now. Its files must be there before. The one
    /// that is announced already is not announced again.
    pub fn announce(&self, generation: u64, sha256: &str) {
        self.announce_with(generation, sha256, None);
    }

    /// Announces what a store serves, with its files where they are
    /// [small](AnnounceLimits::event_bytes).
    pub fn announce_generation(&self, generation: &Arc<Generation>) {
        let tree = generation.tree();
        let manifest = tree.view(LOCALHOST).file(Manifest::FILE_NAME, Case::Exact);
        let sha256 = manifest.map_or("", |manifest| manifest.sha256());
        self.announce_with(tree.generation(), sha256, Some(generation));
    }

    fn announce_with(&self, generation: u64, sha256: &str, files: Option<&Arc<Generation>>) {
        let window = self.limits.window.milliseconds(self.listeners());
        self.current.send_if_modified(|current| {
            let Some(before) = current else { return false };
            let is_new = before.state.generation != generation || before.state.sha256 != sha256;
            if is_new {
                let state = State { generation, sha256: sha256.to_owned(), window };
                let most = self.limits.most_event_bytes(window);
                let enclosing = files.map(|files| Enclosing::new(Arc::clone(files), most));
                *current = Some(Announced::new(state, enclosing));
            }
            is_new
        });
    }

    /// What is current.
    #[must_use]
    pub fn state(&self) -> State {
        let current = self.current.borrow();
        current.as_ref().map(|announced| announced.state.clone()).unwrap_or_default()
    }

    /// Ends every stream and every poll; there is nothing more to come.
    pub fn end(&self) {
        self.current.send_replace(None);
    }

    /// Streams and polls that wait for a state at this moment.
    #[must_use]
    pub fn listeners(&self) -> u32 {
        self.listeners.load(Ordering::Relaxed)
    }

    /// Routes for cores: events, long poll, report.
    pub fn router(self: &Arc<Self>) -> Router {
        routes::for_cores(self)
    }

    /// Routes for operators: who runs what. Not for strangers.
    pub fn admin_router(self: &Arc<Self>) -> Router {
        routes::for_operators(self)
    }

    /// Adds its numbers to a registry.
    pub fn register(self: &Arc<Self>, registry: &mut Registry) {
        registry.register_collector(Box::new(clients::Numbers(Arc::clone(self))));
    }

    /// What cores say they run.
    #[must_use]
    pub fn clients(&self) -> Clients {
        let state = self.state();
        let listeners = self.listeners();
        self.table().tell(&state, listeners, Instant::now())
    }

    fn report(&self, report: Report, address: IpAddr) -> Result<(), Full> {
        self.table().report(report, address, Instant::now())
    }

    fn table(&self) -> std::sync::MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place among the listeners, given back when it is dropped; `None` when all are taken.
    fn listen(
        self: &Arc<Self>,
        client: Option<String>,
        address: Option<IpAddr>,
    ) -> Option<Listener> {
        let more = |taken: u32| (taken < self.limits.listeners).then_some(taken + 1);
        let taken = self.listeners.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taken.ok()?;
        if let Some(client) = &client {
            self.table().came(client);
        }
        Some(Listener {
            announcer: Arc::clone(self),
            client,
            address,
            current: self.current.subscribe(),
        })
    }
}

/// Somebody who waits for states.
struct Listener {
    announcer: Arc<Announcer>,
    client: Option<String>,
    /// Decides which files are its own.
    address: Option<IpAddr>,
    current: watch::Receiver<Option<Announced>>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.announcer.listeners.fetch_sub(1, Ordering::Relaxed);
        if let Some(client) = &self.client {
            self.announcer.table().went(client, Instant::now());
        }
    }
}
