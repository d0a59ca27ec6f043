//! A bounded table of what client cores report. Reports are not authenticated: they are shown and
//! counted, but decide nothing.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use adr_protocol::{DETAIL_CHARACTERS, Freshness, Refusal, Report, State, Transport};

use super::known_clients::{Known, KnownClients, KnownTable};
use crate::client::ClientKey;

/// How long a report is kept; cores report every five minutes.
const REPORT_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// How long after its last stream a core counts as connected. A core opens the next long poll after
/// a second, and another stream after at most 7.5 seconds.
const RECONNECT_TIME: Duration = Duration::from_secs(10);

/// Longest version that is kept, in characters.
const VERSION_CHARACTERS: usize = 40;

/// Characters of a SHA-256 in hexadecimal.
const SHA256_CHARACTERS: usize = 64;

/// The table has no room for another client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TableFull;

/// The latest report of each client.
#[derive(Debug)]
pub(super) struct ClientTable {
    max: usize,
    max_per_address: usize,
    /// Reports, by the name of the client.
    pub(super) clients: HashMap<String, ClientEntry>,
    /// Number of clients per address; addresses without clients have no entry.
    by_address: HashMap<ClientKey, usize>,
    /// Open streams of named clients; at most as many as there are listeners.
    pub(super) streams: HashMap<String, OpenStreams>,
    /// Clients of which neither a report nor a stream is left.
    pub(super) known: KnownTable,
    /// Grows with every client that comes or goes.
    version: u64,
    /// Grows with every report and with every stream that begins or ends.
    changes: u64,
}

#[derive(Debug)]
pub(super) struct ClientEntry {
    pub(super) address: IpAddr,
    /// When the client reported, or closed its last stream.
    pub(super) last_seen: Instant,
    /// The generation that it runs.
    pub(super) generation: u64,
    /// SHA-256 of its manifest; empty for none.
    pub(super) sha256: String,
    pub(super) version: String,
    pub(super) transport: Option<Transport>,
    pub(super) freshness: Option<Freshness>,
    /// When the client closed its last stream; `None` while it has one, or if it never had one.
    closed: Option<Instant>,
    pub(super) refused: Option<Refusal>,
}

/// The open streams and long polls of one client.
#[derive(Debug)]
pub(super) struct OpenStreams {
    count: u32,
    /// The kind of the latest one.
    pub(super) transport: Transport,
    /// Where it comes from; `None` if unknown.
    pub(super) address: Option<IpAddr>,
}

impl ClientEntry {
    pub(super) fn is_disconnected(&self, now: Instant) -> bool {
        let is_long = |closed| now.saturating_duration_since(closed) >= RECONNECT_TIME;
        self.closed.is_some_and(is_long)
    }

    /// Whether it runs this generation: another one may have the same number.
    pub(super) fn runs(&self, served: &State) -> bool {
        self.generation == served.generation && self.sha256 == served.sha256
    }
}

impl ClientTable {
    pub(super) fn new(max: usize, max_per_address: usize) -> Self {
        Self {
            max,
            max_per_address,
            clients: HashMap::new(),
            by_address: HashMap::new(),
            streams: HashMap::new(),
            known: KnownTable::default(),
            version: 0,
            changes: 0,
        }
    }

    /// Stores a report; it replaces the previous one of the same client.
    pub(super) fn report(
        &mut self,
        report: Report,
        address: IpAddr,
        now: Instant,
    ) -> Result<(), TableFull> {
        let is_new = !self.clients.contains_key(&report.client);
        self.changes += 1;
        if is_new && !self.has_room(address) {
            self.remove_expired(now);
            if !self.has_room(address) {
                return Err(TableFull);
            }
        }
        self.remove(&report.client);
        self.known.remove(&report.client);
        self.version += u64::from(is_new);
        // a report can arrive after the stream of its core has ended
        let has_streams = matches!(report.transport, Some(Transport::Events | Transport::LongPoll));
        let is_gone = has_streams && !self.streams.contains_key(&report.client);
        *self.by_address.entry(address.into()).or_default() += 1;
        let entry = ClientEntry {
            address,
            last_seen: now,
            generation: report.generation,
            sha256: bounded(&report.sha256, SHA256_CHARACTERS),
            version: bounded(&report.version, VERSION_CHARACTERS),
            transport: report.transport,
            freshness: report.freshness,
            closed: is_gone.then_some(now),
            refused: report.refused.map(with_bounded_detail),
        };
        self.clients.insert(report.client, entry);
        Ok(())
    }

    fn has_room(&self, address: IpAddr) -> bool {
        let of_address = self.by_address.get(&address.into()).copied().unwrap_or(0);
        let has_share = address.to_canonical().is_loopback() || of_address < self.max_per_address;
        self.clients.len() < self.max && has_share
    }

    /// Removes the report of a client, and returns it.
    fn remove(&mut self, name: &str) -> Option<ClientEntry> {
        let client = self.clients.remove(name)?;
        let key = ClientKey::from(client.address);
        if let Some(count) = self.by_address.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&key);
            }
        }
        Some(client)
    }

    /// Turns clients that have not reported for long into known ones, and forgets old known ones.
    pub(super) fn remove_expired(&mut self, now: Instant) {
        let is_expired = |client: &ClientEntry| {
            now.saturating_duration_since(client.last_seen) >= REPORT_LIFETIME
        };
        let expired = self.clients.iter().filter(|(_, client)| is_expired(client));
        let expired: Vec<String> = expired.map(|(name, _)| name.clone()).collect();
        for name in expired {
            if let Some(client) = self.remove(&name) {
                let known = Known::seen_at(client.address, client.last_seen);
                self.known.insert(name, known, (self.max, self.max_per_address));
                self.version += 1;
            }
        }
        self.known.remove_expired(now);
    }

    /// Notes that a client opened a stream or long poll.
    pub(super) fn stream_opened(
        &mut self,
        name: &str,
        transport: Transport,
        address: Option<IpAddr>,
    ) {
        self.changes += 1;
        let streams = self.streams.entry(name.to_owned());
        let streams = streams.or_insert(OpenStreams { count: 0, transport, address });
        *streams = OpenStreams { count: streams.count + 1, transport, address };
        if let Some(client) = self.clients.get_mut(name) {
            client.closed = None;
        }
    }

    /// Notes that a stream of a client ended.
    pub(super) fn stream_closed(&mut self, name: &str, now: Instant) {
        let Some(streams) = self.streams.get_mut(name) else {
            return;
        };
        self.changes += 1;
        streams.count -= 1;
        if streams.count == 0 {
            self.streams.remove(name);
            if let Some(client) = self.clients.get_mut(name) {
                client.closed = Some(now);
                client.last_seen = now;
            }
        }
    }

    /// Notes that the client of the latest stream follows another server: the stream does not
    /// count, and the client is not expected here any longer.
    pub(super) fn follows_another_server(&mut self, name: &str, now: Instant) {
        self.stream_closed(name, now);
        self.known.expect_no_longer(name);
    }

    /// Takes over the clients of a file; see [`KnownTable::restore`].
    pub(super) fn restore(&mut self, file: KnownClients, time: (Instant, u64)) {
        self.known.restore(file, time, (self.max, self.max_per_address));
        self.version += 1;
        self.changes += 1;
    }

    /// A number that differs whenever something was heard of a client.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// A number that differs whenever other clients are known.
    pub(super) fn version(&self) -> u64 {
        self.version
    }
}

/// The refusal with a detail of bounded length, without control characters.
fn with_bounded_detail(mut refusal: Refusal) -> Refusal {
    refusal.detail = bounded(&refusal.detail, DETAIL_CHARACTERS);
    refusal
}

/// A text of bounded length, without control characters.
fn bounded(text: &str, characters: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(characters).collect()
}

#[cfg(test)]
mod tests;
