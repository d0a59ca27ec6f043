//! What both protocols ask: who gets which file under which name.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use adr_bundle::{Case, TreeFile};

use crate::elsewhere::{Absent, Asker, Elsewhere};
use crate::metrics::Metrics;
use crate::name::{BadName, Name, shown};
use crate::record::{Outcome, Protocol, Record, Records};
use crate::settings::Settings;
use crate::shutdown::Signal;
use crate::slots::{Full, Slot, Slots};
use crate::store::{Generation, Store};
use crate::strangers::Strangers;

/// Connections of the admin port at once: some scrapers, pages and scripts that wait. They are none
/// of those of clients, so that the server can be looked at when strangers have taken all of these.
const OPERATORS: u32 = 128;

/// Shared by all listeners of a server.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) settings: Settings,
    pub(crate) store: Arc<Store>,
    pub(crate) records: Records,
    pub(crate) transfers: Arc<Slots>,
    pub(crate) connections: Arc<Slots>,
    /// Connections of the admin port.
    pub(crate) operators: Arc<Slots>,
    pub(crate) signal: Signal,
    pub(crate) elsewhere: Elsewhere,
    strangers: Strangers,
    case: Case,
}

/// Who asked for what; becomes a [`Record`] when it is over.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) protocol: Protocol,
    pub(crate) client: SocketAddr,
    /// As it came.
    pub(crate) name: String,
    pub(crate) began: Instant,
}

/// What is handed out.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) file: Arc<TreeFile>,
    /// Kept until the transfer is over; `None` for a file from elsewhere.
    pub(crate) generation: Option<Arc<Generation>>,
}

impl Held {
    /// A file that is not of the tree.
    pub(crate) fn foreign(file: Arc<TreeFile>) -> Self {
        Self { file, generation: None }
    }
}

/// What was counted on the way.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) bytes: u64,
    pub(crate) blocks: u64,
    pub(crate) retransmissions: u64,
}

impl Service {
    /// # Errors
    ///
    /// The folder beside the tree cannot be opened, or the client for servers upstream cannot be
    /// made; a phrase.
    pub(crate) fn new(
        settings: Settings,
        store: Arc<Store>,
        metrics: Metrics,
        signal: Signal,
    ) -> Result<Self, String> {
        let (tftp, http) = (&settings.limits.tftp, &settings.limits.http);
        Ok(Self {
            elsewhere: Elsewhere::new(&settings, &metrics)?,
            transfers: Slots::new(tftp.transfers, tftp.transfers_per_client),
            connections: Slots::new(http.connections, http.connections_per_client),
            operators: Slots::new(OPERATORS, OPERATORS),
            strangers: Strangers::new(tftp.unanswered_per_client),
            records: Records::new(metrics),
            case: settings.case(),
            store,
            signal,
            settings,
        })
    }

    /// The file of ours that a client gets by this name.
    fn own(&self, client: IpAddr, name: Name<'_>) -> Option<Held> {
        let generation = self.store.current();
        let file = generation.tree().view(client).file(name.as_str(), self.case);
        let file = Arc::clone(file?);
        Some(Held { file, generation: Some(generation) })
    }

    /// What is known without waiting of the file that a client gets by this name; `None` when
    /// somebody has to look for it [elsewhere](Elsewhere::open).
    pub(crate) fn known(&self, client: IpAddr, name: Name<'_>) -> Option<Result<Held, Absent>> {
        if let Some(held) = self.own(client, name) {
            return Some(Ok(held));
        }
        // a folder or server beside the tree may be a published one, too
        if name.is_of_a_site() {
            return Some(Err(Absent::Missing));
        }
        let known = self.elsewhere.known(name)?;
        Some(known.map(Held::foreign))
    }

    /// A slot for a transfer or connection.
    pub(crate) fn slot(&self, slots: &Arc<Slots>, client: IpAddr) -> Result<Slot, Full> {
        let client = client.to_canonical();
        slots.take(client, self.is_counted(client))
    }

    /// A slot for a transfer by TFTP, which addresses do not get that never acknowledge any.
    pub(crate) fn transfer_slot(&self, client: IpAddr) -> Result<Slot, Full> {
        let client = client.to_canonical();
        if self.is_counted(client) && self.strangers.is_refused(client, Instant::now()) {
            return Err(Full::Client);
        }
        self.slot(&self.transfers, client)
    }

    /// Notes whether a client acknowledged anything of a transfer.
    pub(crate) fn heard(&self, client: IpAddr, acknowledged: bool) {
        let client = client.to_canonical();
        if acknowledged {
            self.strangers.answered(client);
        } else {
            self.strangers.ran_out(client, Instant::now());
        }
    }

    /// Who asks by TFTP. A server upstream that passes through as well asks from its own address;
    /// an address that is not counted stands for others, too.
    pub(crate) fn asker_by_tftp(&self, client: IpAddr) -> Asker {
        let asker = self.asker(client);
        let is_passing = asker.is_counted && self.elsewhere.is_upstream(asker.client);
        Asker { is_passing, ..asker }
    }

    /// Who asks, as far as the address tells.
    pub(crate) fn asker(&self, client: IpAddr) -> Asker {
        let client = client.to_canonical();
        Asker { client, is_counted: self.is_counted(client), is_passing: false }
    }

    /// Whether the address has a share of its own.
    fn is_counted(&self, client: IpAddr) -> bool {
        let networks = self.settings.uncounted.iter().chain(&self.settings.proxies);
        !networks.into_iter().any(|network| network.contains(&client))
    }

    pub(crate) fn record(
        &self,
        request: &Request,
        held: Option<&Held>,
        sent: Sent,
        outcome: Outcome,
    ) {
        let generation = held.and_then(|held| held.generation.as_ref());
        let current = self.store.current();
        let view = generation.unwrap_or(&current).tree().view(request.client.ip());
        self.records.add(Record {
            at: SystemTime::now(),
            protocol: request.protocol,
            client: request.client,
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

    /// The numbers as they are now, for Prometheus.
    pub(crate) fn metrics_text(&self) -> String {
        let metrics = self.records.metrics();
        let generation = self.store.current().tree().generation();
        metrics.set(generation, self.transfers.taken(), self.connections.taken());
        metrics.text()
    }
}

impl Request {
    pub(crate) fn new(protocol: Protocol, client: SocketAddr, name: &str) -> Self {
        Self { protocol, client, name: name.to_owned(), began: Instant::now() }
    }

    fn time(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Absent {
    /// What a record says of a request for such a file.
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Missing => Outcome::Missing,
            Self::Denied => Outcome::Refused,
            Self::Failed => Outcome::Failed,
            Self::Busy => Outcome::Busy,
        }
    }
}

impl BadName {
    /// What a record says of a request with such a name.
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Empty | Self::Forbidden => Outcome::Refused,
            Self::Impossible => Outcome::Missing,
        }
    }
}
