//! What TFTP and HTTP have in common: which client gets which file, within which limits.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use adr_bundle::{Case, ListKind, TreeFile};

use crate::client::Client;
use crate::fallback::{Fallback, NotServed};
use crate::metrics::Metrics;
use crate::name::{Name, shown};
use crate::outcome::{Outcome, Protocol};
use crate::permits::Permits;
use crate::probe::Probes;
use crate::record::{Record, Records};
use crate::restarts::{Faults, Part};
use crate::server::StartError;
use crate::settings::Settings;
use crate::shutdown::Signal;
use crate::store::{Generation, Store};
use crate::tls::Tls;
use crate::validity::{self, Validities};

/// Concurrent connections of the admin port: scrapers, browsers, and scripts that wait. The port
/// has its own pool, so it stays reachable when clients have exhausted theirs.
const ADMIN_CONNECTIONS: u32 = 128;

/// State shared by all listeners of a server.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) settings: Settings,
    pub(crate) store: Arc<Store>,
    pub(crate) records: Records,
    /// Number of TFTP transfers in progress.
    pub(crate) transfers: Arc<AtomicU32>,
    /// Bytes of files that unacknowledged TFTP transfers hold in memory, besides published ones.
    pub(crate) held_bytes: Arc<AtomicU64>,
    /// Limits HTTP connections of clients.
    pub(crate) connections: Arc<Permits>,
    /// Limits connections of the admin port.
    pub(crate) admin_connections: Arc<Permits>,
    pub(crate) signal: Signal,
    pub(crate) fallback: Fallback,
    /// Certificate and key of HTTPS, if it is served.
    pub(crate) tls: Option<Tls>,
    pub(crate) faults: Faults,
    /// Requests by which the server checks itself.
    pub(crate) probes: Probes,
    case: Case,
}

/// A request; it becomes a [`Record`] when it ends.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) protocol: Protocol,
    pub(crate) client: Client,
    /// The name as the client sent it.
    pub(crate) name: String,
    pub(crate) began: Instant,
}

/// A file in memory that is being served.
#[derive(Clone, Debug)]
pub(crate) struct ServedFile {
    pub(crate) file: Arc<TreeFile>,
    /// The generation of the file, kept alive until the transfer ends; `None` for a file outside
    /// the published tree.
    pub(crate) generation: Option<Arc<Generation>>,
}

impl ServedFile {
    /// A file outside the published tree.
    pub(crate) fn from_fallback(file: Arc<TreeFile>) -> Self {
        Self { file, generation: None }
    }
}

/// What was sent to the client of a request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) bytes: u64,
    /// TFTP data blocks.
    pub(crate) blocks: u64,
    /// TFTP windows, or first packets, sent again.
    pub(crate) retransmissions: u64,
}

impl Service {
    /// # Errors
    ///
    /// A fallback source, or certificate or key, cannot be opened.
    pub(crate) fn new(
        settings: Settings,
        store: Arc<Store>,
        metrics: Metrics,
        faults: Faults,
        signal: Signal,
    ) -> Result<Self, StartError> {
        let http = &settings.limits.http;
        Ok(Self {
            fallback: Fallback::new(&settings, &metrics)?,
            transfers: Arc::default(),
            held_bytes: Arc::default(),
            connections: Permits::new(http.max_connections, http.max_connections_per_client),
            admin_connections: Permits::new(ADMIN_CONNECTIONS, ADMIN_CONNECTIONS),
            records: Records::new(metrics),
            case: settings.case(),
            tls: settings.tls.clone().map(Tls::load).transpose()?,
            faults,
            probes: Probes::default(),
            store,
            signal,
            settings,
        })
    }

    /// The client with this address, which is not a proxy.
    pub(crate) fn client(&self, address: SocketAddr) -> Client {
        Client::new(address, &self.settings)
    }

    /// The client with this address, by TFTP. An upstream server that passes requests on sends them
    /// from its own address. An exempt address is not taken for such a server, because it can stand
    /// for other clients as well. Any other address may be forged.
    pub(crate) fn tftp_client(&self, address: SocketAddr) -> Client {
        let client = self.client(address);
        let is_proxy = !client.is_exempt && self.fallback.is_upstream_address(client.ip());
        Client { is_proxy, is_confirmed: client.is_exempt, ..client }
    }

    /// The published file that a client gets for a name.
    fn published(&self, client: IpAddr, name: Name<'_>) -> Option<ServedFile> {
        let generation = self.store.current();
        let view = generation.tree().view(client);
        let by_alias = || view.file(self.alias(name.as_str())?.as_str(), self.case);
        let file = view.file(name.as_str(), self.case).or_else(by_alias);
        let file = Arc::clone(file?);
        Some(ServedFile { file, generation: Some(generation) })
    }

    /// The published name of a file that some clients request by another name.
    fn alias(&self, name: &str) -> Option<String> {
        ListKind::published_name(name, self.case == Case::Insensitive)
    }

    /// Whether clients of different sites get different answers for a name.
    pub(crate) fn varies(&self, name: Name<'_>) -> bool {
        let generation = self.store.current();
        let varies = |name: &str| generation.varies(name, self.case);
        varies(name.as_str()) || self.alias(name.as_str()).is_some_and(|name| varies(&name))
    }

    /// The answer for a client and a name, where it is known without asking a fallback source;
    /// `None` means that [`Fallback::open`] has to search.
    pub(crate) fn find_now(
        &self,
        client: IpAddr,
        name: Name<'_>,
    ) -> Option<Result<ServedFile, NotServed>> {
        self.faults.reach(Part::Request);
        if let Some(published) = self.published(client, name) {
            return Some(Ok(published));
        }
        // the fallback folder, or an upstream server, may be a published tree as well, and names
        // below `-/` are requests to a server itself
        if name.is_in_site_folder() || name.is_reserved() {
            return Some(Err(NotServed::Missing));
        }
        let found = self.fallback.find_now(name)?;
        Some(found.map(ServedFile::from_fallback))
    }

    /// The number of TFTP transfers.
    pub(crate) fn transfers_in_progress(&self) -> u32 {
        self.transfers.load(Ordering::Relaxed)
    }

    pub(crate) fn record(
        &self,
        request: &Request,
        served: Option<&ServedFile>,
        sent: Sent,
        outcome: Outcome,
    ) {
        if self.probes.are_from(request.client.address) {
            return;
        }
        let generation = served.and_then(|served| served.generation.as_ref());
        let current = self.store.current();
        let view = generation.unwrap_or(&current).tree().view(request.client.ip());
        self.records.add(Record {
            at: SystemTime::now(),
            protocol: request.protocol,
            client: request.client.address,
            file: shown(&request.name),
            view: view.name().map(str::to_owned),
            generation: generation.map(|generation| generation.tree().generation()),
            bytes: sent.bytes,
            blocks: sent.blocks,
            retransmissions: sent.retransmissions,
            time: request.time(),
            outcome,
        });
    }

    /// When certificate and signature begin and end.
    pub(crate) fn validities(&self) -> Validities {
        Validities {
            certificate: self.tls.as_ref().and_then(Tls::validity),
            signature: validity::of_signature(self.store.current().tree()),
        }
    }

    /// The current metrics in the Prometheus text format.
    pub(crate) fn metrics_text(&self) -> String {
        let metrics = self.records.metrics();
        let generation = self.store.current().tree().generation();
        metrics.set(generation, self.transfers_in_progress(), self.connections.in_use());
        metrics.set_held_bytes(self.held_bytes.load(Ordering::Relaxed));
        metrics.set_validities(self.validities());
        metrics.text()
    }
}

impl Request {
    pub(crate) fn new(protocol: Protocol, client: Client, name: &str) -> Self {
        Self { protocol, client, name: name.to_owned(), began: Instant::now() }
    }

    fn time(&self) -> Duration {
        self.began.elapsed()
    }
}
