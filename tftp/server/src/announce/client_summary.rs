//! What the table of client cores says: how far each one is, their sums, and their rows.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use adr_protocol::{
    CLIENTS_VERSION, ClientRefusal, ClientRow, ClientState, Clients, GenerationCount, MAX_LISTED,
    MAX_ROWS, Refusal, State, Transport,
};

use super::client_filter::{ClientFilter, ClientRows, Selectable};
use super::client_table::{ClientEntry, ClientTable, OpenStreams};
use super::known_clients::{Known, KnownClients, RETURN_TIME};

/// A core, and what the table has of it.
struct Core<'t> {
    name: &'t str,
    reported: Option<&'t ClientEntry>,
    streams: Option<&'t OpenStreams>,
    known: Option<&'t Known>,
}

impl Core<'_> {
    fn state(&self, served: &State, now: Instant) -> ClientState {
        match (self.reported, self.streams, self.known) {
            (Some(entry), ..) if entry.is_disconnected(now) => ClientState::Disconnected,
            (Some(entry), ..) if entry.runs(served) => ClientState::Current,
            (Some(entry), ..) if entry.refused.is_some() => ClientState::Refused,
            (Some(_), ..) | (None, Some(_), _) => ClientState::Behind,
            (None, None, Some(known)) if known.is_expected(now) => ClientState::Expected,
            (None, None, _) => ClientState::Disconnected,
        }
    }

    /// Whether other nodes hear of it from this one: not if it is gone for long, which would make
    /// reports long for days, and not if its own node has told all of them.
    fn is_news(&self, served: &State, now: Instant) -> bool {
        let is_gone = self.state(served, now) == ClientState::Disconnected;
        let is_long_gone = is_gone && self.silence(now) >= RETURN_TIME;
        !is_long_gone && !self.known.is_some_and(|known| known.is_of_other_node)
    }

    fn address(&self) -> Option<IpAddr> {
        let reported = self.reported.map(|entry| entry.address);
        reported.or(self.streams.and_then(|it| it.address)).or(self.known.and_then(|it| it.address))
    }

    fn refusal(&self) -> Option<&Refusal> {
        self.reported.and_then(|entry| entry.refused.as_ref())
    }

    /// How long nothing was heard of it.
    fn silence(&self, now: Instant) -> Duration {
        match (self.reported, self.streams, self.known) {
            (_, Some(_), _) | (None, None, None) => Duration::ZERO,
            (Some(entry), ..) => now.saturating_duration_since(entry.last_seen),
            (None, None, Some(known)) => known.age(now),
        }
    }

    fn transport(&self) -> Option<Transport> {
        let open = self.streams.map(|streams| streams.transport);
        open.or(self.reported.and_then(|entry| entry.transport))
    }

    /// Why the core does not run what is served, or what it refused.
    fn reason(&self, state: ClientState, served: &State) -> String {
        let progress = match state {
            ClientState::Current => None,
            ClientState::Expected => {
                Some("not heard of since the server started; expected back".to_owned())
            }
            ClientState::Disconnected => Some("disconnected".to_owned()),
            ClientState::Behind | ClientState::Refused if self.reported.is_none() => {
                Some("connected, and has not reported".to_owned())
            }
            ClientState::Behind | ClientState::Refused => {
                Some(ClientRow::progress(self.generation(), served.generation))
            }
        };
        ClientRow::describe(progress, self.refusal())
    }

    fn generation(&self) -> u64 {
        self.reported.map_or(0, |entry| entry.generation)
    }

    fn row(&self, served: &State, now: Instant) -> ClientRow {
        let state = self.state(served, now);
        let text = |of: fn(&ClientEntry) -> &str| self.reported.map_or("", of).to_owned();
        ClientRow {
            client: self.name.to_owned(),
            address: self.address(),
            state,
            generation: self.generation(),
            sha256: text(|entry| &entry.sha256),
            version: text(|entry| &entry.version),
            transport: self.transport(),
            freshness: self.reported.and_then(|entry| entry.freshness),
            last_seen_seconds: self.silence(now).as_secs(),
            refusal: self.refusal().cloned(),
            reason: self.reason(state, served),
            node: String::new(),
        }
    }
}

impl ClientTable {
    /// All cores, each once, in no order.
    fn cores(&self) -> impl Iterator<Item = Core<'_>> {
        let reported = self.clients.iter().map(|(name, entry)| Core {
            name,
            reported: Some(entry),
            streams: self.streams.get(name),
            known: None,
        });
        let without_report =
            self.streams.iter().filter(|(name, _)| !self.clients.contains_key(*name));
        let without_report = without_report.map(|(name, streams)| Core {
            name,
            reported: None,
            streams: Some(streams),
            known: None,
        });
        let is_absent =
            |name: &str| !self.clients.contains_key(name) && !self.streams.contains_key(name);
        let absent = self.known.iter().filter(move |(name, _)| is_absent(name));
        let absent = absent.map(|(name, known)| Core {
            name,
            reported: None,
            streams: None,
            known: Some(known),
        });
        reported.chain(without_report).chain(absent)
    }

    /// Sums the cores up, without rows.
    pub(super) fn summary(&mut self, served: &State, listeners: u32, now: Instant) -> Clients {
        self.remove_expired(now);
        let mut summary = Clients {
            format_version: CLIENTS_VERSION,
            generation: served.generation,
            sha256: served.sha256.clone(),
            listeners,
            ..Clients::default()
        };
        let mut generations: BTreeMap<u64, usize> = BTreeMap::new();
        for core in self.cores() {
            let state = core.state(served, now);
            if let Some(refusal) = core.refusal().filter(|_| state == ClientState::Refused) {
                *summary.reasons.entry(refusal.reason).or_default() += 1;
            }
            match state {
                ClientState::Expected => summary.expected += 1,
                ClientState::Disconnected => summary.disconnected += 1,
                ClientState::Current | ClientState::Refused | ClientState::Behind => {
                    summary.clients += 1;
                    summary.current += usize::from(state == ClientState::Current);
                    summary.refused += usize::from(state == ClientState::Refused);
                    *generations.entry(core.generation()).or_default() += 1;
                    if let Some(freshness) = core.reported.and_then(|entry| entry.freshness) {
                        *summary.freshness.entry(freshness).or_default() += 1;
                    }
                }
            }
        }
        let newest_first = generations.into_iter().rev().take(MAX_LISTED);
        summary.running = newest_first
            .map(|(generation, clients)| GenerationCount { generation, clients })
            .collect();
        summary.refusals = self.refusals(served, now);
        summary
    }

    /// The refusals, first those of cores that do not run what is served, each by name.
    fn refusals(&self, served: &State, now: Instant) -> Vec<ClientRefusal> {
        let refusals = self.clients.iter().filter_map(|(client, entry)| {
            let is_minor = entry.is_disconnected(now) || entry.runs(served);
            Some((is_minor, client, entry, entry.refused.as_ref()?))
        });
        let mut refusals: Vec<_> = refusals.collect();
        refusals.sort_unstable_by_key(|(is_minor, client, ..)| (*is_minor, *client));
        let listed = refusals.into_iter().take(MAX_LISTED);
        listed
            .map(|(_, client, entry, refusal)| ClientRefusal {
                client: client.clone(),
                address: entry.address,
                running: entry.generation,
                refusal: refusal.clone(),
            })
            .collect()
    }

    /// The rows of the cores that a filter selects, the first ones by name.
    pub(super) fn rows(
        &mut self,
        filter: &ClientFilter,
        served: &State,
        now: Instant,
    ) -> ClientRows {
        self.remove_expired(now);
        let selects = |core: &Core<'_>| {
            let address = core.address().filter(|_| filter.needs_address());
            let address = address.map(|address| address.to_canonical().to_string());
            filter.selects(&Selectable {
                name: core.name,
                address: address.as_deref(),
                state: core.state(served, now),
                has_refusal: core.refusal().is_some(),
            })
        };
        let mut cores: Vec<Core<'_>> = self.cores().filter(selects).collect();
        let matching = cores.len();
        if matching > MAX_ROWS {
            cores.select_nth_unstable_by(MAX_ROWS, |one, other| one.name.cmp(other.name));
            cores.truncate(MAX_ROWS);
        }
        cores.sort_unstable_by(|one, other| one.name.cmp(other.name));
        ClientRows { matching, rows: cores.iter().map(|core| core.row(served, now)).collect() }
    }

    /// The sums, with a row for each core, sorted by name. `to_other_nodes` leaves out cores that
    /// other nodes know by themselves, or need not know.
    pub(super) fn summary_with_all(
        &mut self,
        served: &State,
        listeners: u32,
        now: Instant,
        to_other_nodes: bool,
    ) -> Clients {
        let mut summary = self.summary(served, listeners, now);
        let cores = self.cores().filter(|core| !to_other_nodes || core.is_news(served, now));
        summary.rows = cores.map(|core| core.row(served, now)).collect();
        summary.rows.sort_unstable_by(|one, other| one.client.cmp(&other.client));
        summary.matching = summary.rows.len();
        summary
    }

    /// The file of the cores that are known now, those that are not gone first. `unix` is this time
    /// in seconds since 1970.
    pub(super) fn known_clients(&mut self, (now, unix): (Instant, u64)) -> KnownClients {
        self.remove_expired(now);
        let served = State::default();
        let mut cores: Vec<(Core<'_>, bool)> = self
            .cores()
            .map(|core| {
                let is_gone = core.state(&served, now) == ClientState::Disconnected;
                (core, is_gone)
            })
            .collect();
        cores.sort_unstable_by_key(|(core, is_gone)| (*is_gone, core.name));
        let mut known = KnownClients::new(unix);
        for (core, is_gone) in cores {
            let seen = unix.saturating_sub(core.silence(now).as_secs());
            let expected = match core.known {
                Some(known) => known.expected_for(now),
                None if is_gone => Duration::ZERO,
                None => RETURN_TIME,
            };
            known.push(core.name, core.address(), seen, expected);
        }
        known
    }
}
