//! The announced state, and its listeners.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use adr_bundle::{Case, Manifest};
use adr_protocol::{Announcement, Clients, Report, State, Transport, is_client_name};
use bytes::Bytes;
use tokio::sync::watch;

use super::client_filter::{ClientFilter, ClientRows};
use super::client_table::{ClientTable, TableFull};
use super::inline_files::InlineFiles;
use super::known_clients::KnownClients;
use super::nodes::OtherNodes;
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
    /// How many of them are standby streams.
    standbys: AtomicU32,
    table: Mutex<ClientTable>,
    /// The other nodes of the cluster.
    pub(super) others: Mutex<Arc<OtherNodes>>,
}

/// Why a report is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The body is not a report.
    #[error("not a report: {0}")]
    Invalid(#[from] serde_json::Error),
    /// The name of the core is not valid.
    #[error("`client` must be 8 to 64 characters of 0-9 a-z -")]
    InvalidName,
    /// There is no room for another core, in total or from its address.
    #[error("too many clients, retry later")]
    TableFull {
        /// The core's name.
        client: String,
    },
}

/// A state, and its event, encoded once for all listeners.
#[derive(Debug)]
pub(super) struct Announced {
    pub(super) state: State,
    /// SHA-256 of the signature; `None` without one.
    signature: Option<String>,
    /// The event without files.
    pub(super) event: Bytes,
    /// The event for cores that follow another server: if that one hangs, all of them fetch here.
    pub(super) standby_event: Bytes,
    /// Makes events with files; `None` if files are not sent.
    inline_files: Option<InlineFiles>,
}

impl Announced {
    fn new(state: State, signature: Option<String>, inline_files: Option<InlineFiles>) -> Self {
        let event = Bytes::from(Announcement::from(state.clone()).to_event());
        Self { state, signature, standby_event: event.clone(), event, inline_files }
    }

    /// The same with another window for standby streams.
    fn with_standby_window(mut self, window: u64) -> Self {
        let state = State { window, ..self.state.clone() };
        self.standby_event = Bytes::from(Announcement::from(state).to_event());
        self
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
            standbys: AtomicU32::new(0),
            table: Mutex::new(ClientTable::new(limits.max_reports, limits.max_reports_per_client)),
            others: Mutex::default(),
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
        let all = self.listeners();
        let followers = all.saturating_sub(self.standbys.load(Ordering::Relaxed));
        let [window, standby_window] =
            [followers, all].map(|listeners| self.limits.fetch_window.milliseconds(listeners));
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
                let announced = Announced::new(state, signature.clone(), inline_files);
                *current = Some(announced.with_standby_window(standby_window));
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

    /// Ends all event streams and long polls, for the shutdown of a server. Streams end with an
    /// event `moving`: their cores go to another server without a pause. The server should accept
    /// no connections any more, see [`Server::drain`](crate::Server::drain).
    pub fn end(&self) {
        self.current.send_replace(None);
    }

    /// The number of open event streams and long polls.
    #[must_use]
    pub fn listeners(&self) -> u32 {
        self.listeners.load(Ordering::Relaxed)
    }

    /// What the client cores of this server run, according to their reports; without rows.
    #[must_use]
    pub fn clients(&self) -> Clients {
        let state = self.state();
        let listeners = self.listeners();
        self.table().summary(&state, listeners, Instant::now())
    }

    /// The client cores that a filter selects, one by one: the first
    /// [`MAX_ROWS`](adr_protocol::MAX_ROWS) by name.
    ///
    /// ```
    /// use adr_server::{AnnounceLimits, Announcer, ClientFilter};
    ///
    /// let announcer = Announcer::new(AnnounceLimits::default());
    /// let filter = ClientFilter::parse("state=behind,refused")?;
    /// assert_eq!(announcer.rows(&filter).matching, 0);
    /// # Ok::<(), String>(())
    /// ```
    #[must_use]
    pub fn rows(&self, filter: &ClientFilter) -> ClientRows {
        let state = self.state();
        self.table().rows(filter, &state, Instant::now())
    }

    /// Sums and rows of the same moment.
    pub(super) fn clients_with_rows(&self, filter: &ClientFilter) -> Clients {
        let (state, listeners, now) = (self.state(), self.listeners(), Instant::now());
        let mut table = self.table();
        let mut clients = table.summary(&state, listeners, now);
        let ClientRows { matching, rows } = table.rows(filter, &state, now);
        (clients.matching, clients.rows) = (matching, rows);
        clients
    }

    /// The client cores that are known now, for the file that the next process
    /// [restores](Self::restore_clients).
    #[must_use]
    pub fn known_clients(&self) -> KnownClients {
        self.table().known_clients((Instant::now(), unix_seconds()))
    }

    /// A number that differs whenever other client cores are known, so that the file need not be
    /// written again.
    #[must_use]
    pub fn known_clients_version(&self) -> u64 {
        self.table().version()
    }

    /// Takes over the client cores that an earlier process knew. Those that were connected are
    /// [expected](adr_protocol::ClientState::Expected) back.
    pub fn restore_clients(&self, known: KnownClients) {
        self.table().restore(known, (Instant::now(), unix_seconds()));
    }

    /// Accepts the body of a report that a client core sent from this address. The previous report
    /// of the same core is replaced.
    ///
    /// # Errors
    ///
    /// It is not a report, or there is no room for another core.
    pub fn accept_report(&self, body: &[u8], address: IpAddr) -> Result<(), ReportError> {
        let report: Report = serde_json::from_slice(body)?;
        if !is_client_name(&report.client) {
            return Err(ReportError::InvalidName);
        }
        let client = report.client.clone();
        let stored = self.table().report(report, address, Instant::now());
        stored.map_err(|TableFull| ReportError::TableFull { client })
    }

    pub(super) fn table(&self) -> MutexGuard<'_, ClientTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a listener; `None` if there are too many. Dropping it removes it.
    pub(super) fn listen(
        self: &Arc<Self>,
        client: Option<String>,
        transport: Transport,
        address: Option<IpAddr>,
    ) -> Option<Listener> {
        let more = |open: u32| (open < self.limits.max_listeners).then_some(open + 1);
        let counted = self.listeners.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        counted.ok()?;
        if let Some(client) = &client {
            self.table().stream_opened(client, transport, address);
        }
        Some(Listener {
            announcer: Arc::clone(self),
            client,
            address,
            is_standby: false,
            current: self.current.subscribe(),
        })
    }
}

/// An open event stream or long poll.
pub(super) struct Listener {
    pub(super) announcer: Arc<Announcer>,
    /// The client's name, if it gave one.
    client: Option<String>,
    /// The client's address, which decides which files it gets; `None` if it is unknown.
    pub(super) address: Option<IpAddr>,
    /// Whether the client follows another server.
    pub(super) is_standby: bool,
    pub(super) current: watch::Receiver<Option<Announced>>,
}

impl Listener {
    /// The same as a standby stream: its client follows another server, to which it reports, and
    /// does not count here.
    pub(super) fn into_standby(mut self) -> Self {
        if !std::mem::replace(&mut self.is_standby, true) {
            self.announcer.standbys.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(client) = self.client.take() {
            self.announcer.table().follows_another_server(&client, Instant::now());
        }
        self
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.announcer.listeners.fetch_sub(1, Ordering::Relaxed);
        if self.is_standby {
            self.announcer.standbys.fetch_sub(1, Ordering::Relaxed);
        }
        if let Some(client) = &self.client {
            self.announcer.table().stream_closed(client, Instant::now());
        }
    }
}

/// This time in seconds since 1970.
pub(super) fn unix_seconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cores that follow another server fetch only if that one hangs: they do not make the others
    /// wait, but all of them have room in their own window.
    #[test]
    fn standby_streams_count_only_for_their_own_window() {
        let announcer = Announcer::new(AnnounceLimits::default());
        let listen = || announcer.listen(None, Transport::Events, None).unwrap();
        let followers: Vec<_> = (0..600).map(|_| listen()).collect();
        let standbys: Vec<_> = (0..600).map(|_| listen().into_standby()).collect();
        let windows = |generation| {
            announcer.announce(generation, "ab");
            let current = announcer.current.borrow();
            let announced = current.as_ref().unwrap();
            let window = |event: &Bytes| {
                let text = std::str::from_utf8(event).unwrap();
                text.split("\"window\":").nth(1).unwrap().split('}').next().unwrap().to_owned()
            };
            [window(&announced.event), window(&announced.standby_event)]
        };
        assert_eq!(windows(1), ["0", "1200"]);
        assert_eq!(announcer.listeners(), 1_200);
        drop(standbys);
        assert_eq!(windows(2), ["0", "0"]);
        drop(followers);
        assert_eq!((announcer.listeners(), announcer.standbys.load(Ordering::Relaxed)), (0, 0));
    }
}
