//! A bounded table of what client cores report. Reports are not authenticated: they are shown and
//! counted, but decide nothing.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use adr_protocol::{
    CLIENTS_VERSION, ClientRefusal, Clients, DETAIL_CHARACTERS, GenerationCount, Refusal, Report,
    State,
};

use crate::client::ClientKey;

/// How long a report is kept; cores report every five minutes.
const REPORT_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// How long after its last stream a core counts as connected. A core opens the next long poll after
/// a second, and another stream after at most 7.5 seconds.
const RECONNECT_TIME: Duration = Duration::from_secs(10);

/// Most refusals, and most generations, in an answer.
const MAX_LISTED: usize = 100;

/// The table has no room for another client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TableFull;

/// The latest report of each client.
#[derive(Debug)]
pub(super) struct ClientTable {
    max: usize,
    max_per_address: usize,
    /// Reports, by the name of the client.
    clients: HashMap<String, ClientEntry>,
    /// Number of clients per address; addresses without clients have no entry.
    by_address: HashMap<ClientKey, usize>,
    /// Open streams of named clients; at most as many as there are listeners.
    streams: HashMap<String, u32>,
}

#[derive(Debug)]
struct ClientEntry {
    address: IpAddr,
    /// When the client reported, or closed its last stream.
    last_seen: Instant,
    /// The generation that it runs.
    generation: u64,
    /// When the client closed its last stream; `None` while it has one, or if it never had one.
    closed: Option<Instant>,
    refused: Option<Refusal>,
}

impl ClientEntry {
    fn is_disconnected(&self, now: Instant) -> bool {
        let is_long = |closed| now.saturating_duration_since(closed) >= RECONNECT_TIME;
        self.closed.is_some_and(is_long)
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
        }
    }

    /// Stores a report; it replaces the previous one of the same client.
    pub(super) fn report(
        &mut self,
        report: Report,
        address: IpAddr,
        now: Instant,
    ) -> Result<(), TableFull> {
        if !self.clients.contains_key(&report.client) && !self.has_room(address) {
            self.remove_expired(now);
            if !self.has_room(address) {
                return Err(TableFull);
            }
        }
        self.remove(&report.client);
        *self.by_address.entry(address.into()).or_default() += 1;
        let entry = ClientEntry {
            address,
            last_seen: now,
            generation: report.generation,
            closed: None,
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

    fn remove(&mut self, name: &str) {
        let Some(client) = self.clients.remove(name) else {
            return;
        };
        let key = ClientKey::from(client.address);
        if let Some(count) = self.by_address.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&key);
            }
        }
    }

    fn remove_expired(&mut self, now: Instant) {
        let is_expired = |client: &ClientEntry| {
            now.saturating_duration_since(client.last_seen) >= REPORT_LIFETIME
        };
        let expired = self.clients.iter().filter(|(_, client)| is_expired(client));
        let expired: Vec<String> = expired.map(|(name, _)| name.clone()).collect();
        expired.iter().for_each(|name| self.remove(name));
    }

    /// Notes that a client opened a stream.
    pub(super) fn stream_opened(&mut self, name: &str) {
        *self.streams.entry(name.to_owned()).or_default() += 1;
        if let Some(client) = self.clients.get_mut(name) {
            client.closed = None;
        }
    }

    /// Notes that a stream of a client ended.
    pub(super) fn stream_closed(&mut self, name: &str, now: Instant) {
        let Some(streams) = self.streams.get_mut(name) else {
            return;
        };
        *streams -= 1;
        if *streams == 0 {
            self.streams.remove(name);
            if let Some(client) = self.clients.get_mut(name) {
                client.closed = Some(now);
                client.last_seen = now;
            }
        }
    }

    /// Sums the reports up.
    pub(super) fn summary(&mut self, state: &State, listeners: u32, now: Instant) -> Clients {
        self.remove_expired(now);
        let mut summary = Clients {
            format_version: CLIENTS_VERSION,
            generation: state.generation,
            sha256: state.sha256.clone(),
            listeners,
            ..Clients::default()
        };
        let mut generations: BTreeMap<u64, usize> = BTreeMap::new();
        for (name, client) in &self.clients {
            if client.is_disconnected(now) {
                summary.disconnected += 1;
                continue;
            }
            summary.clients += 1;
            *generations.entry(client.generation).or_default() += 1;
            let is_current = client.generation == state.generation;
            summary.current += usize::from(is_current);
            if let Some(refused) = client.refused.as_ref().filter(|_| !is_current) {
                summary.refused += 1;
                *summary.reasons.entry(refused.reason).or_default() += 1;
                if summary.refusals.len() < MAX_LISTED {
                    summary.refusals.push(ClientRefusal {
                        client: name.clone(),
                        address: client.address,
                        running: client.generation,
                        refusal: refused.clone(),
                    });
                }
            }
        }
        let newest_first = generations.into_iter().rev().take(MAX_LISTED);
        summary.running = newest_first
            .map(|(generation, clients)| GenerationCount { generation, clients })
            .collect();
        summary
    }
}

/// The refusal with a detail of bounded length, without control characters.
fn with_bounded_detail(mut refusal: Refusal) -> Refusal {
    let is_shown = |c: &char| !c.is_control();
    refusal.detail = refusal.detail.chars().filter(is_shown).take(DETAIL_CHARACTERS).collect();
    refusal
}

#[cfg(test)]
mod tests {
    use adr_protocol::Reason;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    fn report(client: &str, generation: u64, refused: Option<Refusal>) -> Report {
        Report {
            client: client.to_owned(),
            generation,
            sha256: String::new(),
            version: String::new(),
            refused,
        }
    }

    fn state(generation: u64) -> State {
        State { generation, ..State::default() }
    }

    fn refusal(detail: &str) -> Option<Refusal> {
        Some(Refusal { generation: 7, reason: Reason::NotVerified, detail: detail.to_owned() })
    }

    #[test]
    fn summary_counts_generations_and_refusals() {
        let (mut table, now) = (ClientTable::new(10, 10), Instant::now());
        table.report(report("core-a", 7, None), HERE, now).unwrap();
        table.report(report("core-b", 6, refusal("a\nb\u{1b}[1m")), HERE, now).unwrap();
        table.report(report("core-c", 6, None), HERE, now).unwrap();
        let summary = table.summary(&state(7), 3, now);
        assert_eq!(
            (summary.clients, summary.current, summary.refused, summary.listeners),
            (3, 1, 1, 3)
        );
        assert_eq!(
            summary.running,
            [7, 6].map(|generation| GenerationCount {
                generation,
                clients: (8 - generation) as usize
            })
        );
        assert_eq!(summary.refusals[0].refusal.detail, "ab[1m", "no control characters");
        // a generation that is refused first and runs later is not counted as refused
        table.report(report("core-b", 7, refusal("")), HERE, now).unwrap();
        assert_eq!(table.summary(&state(7), 0, now).refused, 0);
    }

    #[test]
    fn full_table_rejects_new_clients_until_reports_expire() {
        let (mut table, now) = (ClientTable::new(3, 2), Instant::now());
        let there = "10.0.0.2".parse().unwrap();
        table.report(report("core-a", 1, None), HERE, now).unwrap();
        table.report(report("core-b", 1, None), HERE, now).unwrap();
        assert_eq!(table.report(report("core-c", 1, None), HERE, now), Err(TableFull));
        table.report(report("core-c", 1, None), there, now).unwrap();
        assert_eq!(table.report(report("core-d", 1, None), there, now), Err(TableFull));
        table.report(report("core-a", 2, None), HERE, now).unwrap();
        let later = now + REPORT_LIFETIME;
        table.report(report("core-d", 1, None), there, later).unwrap();
        assert_eq!(table.summary(&state(1), 0, later).clients, 1);
        assert_eq!(table.by_address.len(), 1);
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_a_limit() {
        let (mut table, now) = (ClientTable::new(10, 2), Instant::now());
        let address = |text: &str| text.parse().unwrap();
        table.report(report("core-a", 1, None), address("fd00:1::1"), now).unwrap();
        table.report(report("core-b", 1, None), address("fd00:1::2:1"), now).unwrap();
        let third = table.report(report("core-c", 1, None), address("fd00:1::3"), now);
        assert_eq!(third, Err(TableFull));
        table.report(report("core-c", 1, None), address("fd00:1:0:1::1"), now).unwrap();
    }

    #[test]
    fn client_without_a_stream_disconnects_after_the_reconnect_time() {
        let (mut table, now) = (ClientTable::new(10, 10), Instant::now());
        let counted = |table: &mut ClientTable, after| {
            let summary = table.summary(&state(7), 0, now + after);
            (summary.clients, summary.disconnected)
        };
        table.stream_opened("core-a");
        table.stream_opened("core-a");
        table.report(report("core-a", 6, None), HERE, now).unwrap();
        table.stream_closed("core-a", now);
        assert_eq!(counted(&mut table, RECONNECT_TIME), (1, 0), "one of two streams");
        table.stream_closed("core-a", now);
        assert_eq!(counted(&mut table, RECONNECT_TIME), (0, 1));
        table.stream_opened("core-a");
        assert_eq!(counted(&mut table, RECONNECT_TIME), (1, 0));
        table.stream_closed("core-z", now);
        assert!(table.streams.len() == 1);
    }

    /// A long poll ends with every answer, also with the one that announces a generation. The core
    /// that has yet to fetch it still counts.
    #[test]
    fn client_between_two_polls_stays_connected() {
        let (mut table, began) = (ClientTable::new(10, 10), Instant::now());
        let name = "core-behind";
        table.report(report(name, 6, None), HERE, began).unwrap();
        for turn in 0..20 {
            let asks = began + turn * Duration::from_secs(26);
            table.stream_opened(name);
            let answered = asks + Duration::from_secs(25);
            table.stream_closed(name, answered);
            for millisecond in [0, 1, 500, 999] {
                let now = answered + Duration::from_millis(millisecond);
                let summary = table.summary(&state(7), 0, now);
                assert_eq!((summary.clients, summary.current, summary.disconnected), (1, 0, 0));
            }
        }
    }

    #[test]
    fn time_before_the_last_report_does_not_panic() {
        let (mut table, early) = (ClientTable::new(10, 10), Instant::now());
        let late = early + REPORT_LIFETIME * 2;
        table.stream_opened("core-a");
        table.report(report("core-a", 7, None), HERE, late).unwrap();
        table.stream_closed("core-a", late);
        let summary = table.summary(&state(7), 0, early);
        assert_eq!((summary.clients, summary.current, summary.disconnected), (1, 1, 0));
    }
}
