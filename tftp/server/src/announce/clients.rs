//! What cores say they run: a bounded table, and what it comes to. Hearsay: it is shown and counted
//! and decides nothing.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adr_protocol::{DETAIL_CHARACTERS, Reason, Refusal, Report, State};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use serde::Serialize;

use super::Announcer;

/// Whoever has not reported for so long is forgotten; cores report every five minutes.
const FORGOTTEN: Duration = Duration::from_secs(15 * 60);

/// Whoever has closed its stream for so long is away. Until then it may be between two streams: a
/// core comes back a second after a long poll, and 7.5 seconds at most after a stream that ended.
const AWAY: Duration = Duration::from_secs(10);

/// Most refusals and most generations that are told one by one.
const TOLD: usize = 100;

/// There is no room for one more client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// Reports by the name of the client.
#[derive(Debug)]
pub(super) struct Table {
    most: usize,
    most_per_address: usize,
    clients: HashMap<String, Client>,
    by_address: HashMap<IpAddr, usize>,
    /// Streams that clients hold open, by their names; no longer than there are listeners.
    streams: HashMap<String, u32>,
}

#[derive(Debug)]
struct Client {
    address: IpAddr,
    seen: Instant,
    generation: u64,
    /// When it closed the last stream that it held open; `None` while it holds one, or has none.
    gone: Option<Instant>,
    refused: Option<Refusal>,
}

impl Client {
    fn is_away(&self, now: Instant) -> bool {
        let is_long = |gone| now.saturating_duration_since(gone) >= AWAY;
        self.gone.is_some_and(is_long)
    }
}

impl Table {
    pub(super) fn new(most: usize, most_per_address: usize) -> Self {
        Self {
            most,
            most_per_address,
            clients: HashMap::new(),
            by_address: HashMap::new(),
            streams: HashMap::new(),
        }
    }

    /// Takes a report; a client that is known replaces what it said before.
    pub(super) fn report(
        &mut self,
        report: Report,
        address: IpAddr,
        now: Instant,
    ) -> Result<(), Full> {
        if !self.clients.contains_key(&report.client) && !self.has_room(address) {
            self.forget(now);
            if !self.has_room(address) {
                return Err(Full);
            }
        }
        self.remove(&report.client);
        *self.by_address.entry(address).or_default() += 1;
        let refused = report.refused.map(bounded);
        let client =
            Client { address, seen: now, generation: report.generation, gone: None, refused };
        self.clients.insert(report.client, client);
        Ok(())
    }

    fn has_room(&self, address: IpAddr) -> bool {
        let of_address = self.by_address.get(&address).copied().unwrap_or(0);
        let has_share = address.to_canonical().is_loopback() || of_address < self.most_per_address;
        self.clients.len() < self.most && has_share
    }

    fn remove(&mut self, name: &str) {
        let Some(client) = self.clients.remove(name) else {
            return;
        };
        if let Some(count) = self.by_address.get_mut(&client.address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&client.address);
            }
        }
    }

    fn forget(&mut self, now: Instant) {
        let is_old = |client: &Client| now.saturating_duration_since(client.seen) >= FORGOTTEN;
        let old = self.clients.iter().filter(|(_, client)| is_old(client));
        let old: Vec<String> = old.map(|(name, _)| name.clone()).collect();
        old.iter().for_each(|name| self.remove(name));
    }

    /// A client opened a stream.
    pub(super) fn came(&mut self, name: &str) {
        *self.streams.entry(name.to_owned()).or_default() += 1;
        if let Some(client) = self.clients.get_mut(name) {
            client.gone = None;
        }
    }

    /// A client closed a stream, or lost it.
    pub(super) fn went(&mut self, name: &str, now: Instant) {
        let Some(streams) = self.streams.get_mut(name) else {
            return;
        };
        *streams -= 1;
        if *streams == 0 {
            self.streams.remove(name);
            if let Some(client) = self.clients.get_mut(name) {
                client.gone = Some(now);
                client.seen = now;
            }
        }
    }

    /// What it comes to.
    pub(super) fn tell(&mut self, state: &State, listeners: u32, now: Instant) -> Clients {
        self.forget(now);
        let mut told = Clients {
            format_version: 1,
            generation: state.generation,
            sha256: state.sha256.clone(),
            listeners,
            ..Clients::default()
        };
        let mut generations: BTreeMap<u64, usize> = BTreeMap::new();
        for (name, client) in &self.clients {
            if client.is_away(now) {
                told.away += 1;
                continue;
            }
            told.clients += 1;
            *generations.entry(client.generation).or_default() += 1;
            let is_current = client.generation == state.generation;
            told.current += usize::from(is_current);
            if let Some(refused) = client.refused.as_ref().filter(|_| !is_current) {
                told.refused += 1;
                *told.reasons.entry(refused.reason).or_default() += 1;
                if told.refusals.len() < TOLD {
                    told.refusals.push(Refused {
                        client: name.clone(),
                        address: client.address,
                        running: client.generation,
                        refusal: refused.clone(),
                    });
                }
            }
        }
        let newest_first = generations.into_iter().rev().take(TOLD);
        told.running =
            newest_first.map(|(generation, clients)| Running { generation, clients }).collect();
        told
    }
}

fn bounded(mut refusal: Refusal) -> Refusal {
    let is_shown = |c: &char| !c.is_control();
    refusal.detail = refusal.detail.chars().filter(is_shown).take(DETAIL_CHARACTERS).collect();
    refusal
}

/// What cores run, by what they reported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Clients {
    /// 1.
    pub format_version: u32,
    /// The current generation.
    pub generation: u64,
    /// SHA-256 of its manifest.
    pub sha256: String,
    /// Streams and polls that wait at this moment.
    pub listeners: u32,
    /// Clients that have reported lately and are not away.
    pub clients: usize,
    /// Those of them that run the current generation.
    pub current: usize,
    /// Those of them that did not take it and told why.
    pub refused: usize,
    /// Clients that were there, closed their stream, and did not come back within 10 seconds.
    pub away: usize,
    /// How many run which generation, the newest first; 0 for none.
    pub running: Vec<Running>,
    /// How many refused for which reason.
    pub reasons: BTreeMap<Reason, usize>,
    /// Refusals one by one, some at most.
    pub refusals: Vec<Refused>,
}

/// How many run a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Running {
    /// The generation.
    pub generation: u64,
    /// How many.
    pub clients: usize,
}

/// A client that did not take a generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Its name.
    pub client: String,
    /// Where it reported from.
    pub address: IpAddr,
    /// The generation that it runs instead.
    pub running: u64,
    /// What it did not take, and why.
    pub refusal: Refusal,
}

/// The same for Prometheus, counted at the moment of asking. Labels are words of ours and
/// generations; of the latter the newest few, so that no stranger makes series.
#[derive(Debug)]
pub(super) struct Numbers(pub(super) Arc<Announcer>);

/// Generations below the current one that have a series of their own.
const SERIES: u64 = 9;

impl Collector for Numbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let clients = self.0.clients();
        let current = clients.generation;
        let mut running: BTreeMap<String, usize> = BTreeMap::new();
        for one in &clients.running {
            let is_known = (current.saturating_sub(SERIES)..=current).contains(&one.generation);
            let generation = match one.generation {
                0 => "none".to_owned(),
                known if is_known => known.to_string(),
                _ => "other".to_owned(),
            };
            *running.entry(generation).or_default() += one.clients;
        }
        running.entry(current.to_string()).or_default();
        let help = "Client cores by the generation that they say they run";
        let mut family = encoder.encode_descriptor("adr_clients", help, None, MetricType::Gauge)?;
        for (generation, clients) in &running {
            let gauge = ConstGauge::new(gauge(*clients));
            gauge.encode(family.encode_family(&[("generation", generation.as_str())])?)?;
        }
        let help = "Client cores that did not take the current generation, by their reason";
        let mut family =
            encoder.encode_descriptor("adr_clients_refused", help, None, MetricType::Gauge)?;
        for (reason, clients) in &clients.reasons {
            ConstGauge::new(gauge(*clients))
                .encode(family.encode_family(&[("reason", reason.word())])?)?;
        }
        let help = "Streams of events and long polls that wait at this moment";
        let listeners =
            encoder.encode_descriptor("adr_listeners", help, None, MetricType::Gauge)?;
        ConstGauge::new(i64::from(clients.listeners)).encode(listeners)
    }
}

fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
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
    fn the_table_tells_who_runs_what() {
        let (mut table, now) = (Table::new(10, 10), Instant::now());
        table.report(report("core-a", 7, None), HERE, now).unwrap();
        table.report(report("core-b", 6, refusal("a\nb\u{1b}[1m")), HERE, now).unwrap();
        table.report(report("core-c", 6, None), HERE, now).unwrap();
        let told = table.tell(&state(7), 3, now);
        assert_eq!((told.clients, told.current, told.refused, told.listeners), (3, 1, 1, 3));
        assert_eq!(
            told.running,
            [7, 6].map(|generation| Running { generation, clients: (8 - generation) as usize })
        );
        assert_eq!(told.refusals[0].refusal.detail, "ab[1m", "no control characters");
        // what was refused once and is run now is no refusal
        table.report(report("core-b", 7, refusal("")), HERE, now).unwrap();
        assert_eq!(table.tell(&state(7), 0, now).refused, 0);
    }

    #[test]
    fn the_table_is_bounded_and_forgets() {
        let (mut table, now) = (Table::new(3, 2), Instant::now());
        let there = "10.0.0.2".parse().unwrap();
        table.report(report("core-a", 1, None), HERE, now).unwrap();
        table.report(report("core-b", 1, None), HERE, now).unwrap();
        assert_eq!(table.report(report("core-c", 1, None), HERE, now), Err(Full));
        table.report(report("core-c", 1, None), there, now).unwrap();
        assert_eq!(table.report(report("core-d", 1, None), there, now), Err(Full));
        table.report(report("core-a", 2, None), HERE, now).unwrap();
        let later = now + FORGOTTEN;
        table.report(report("core-d", 1, None), there, later).unwrap();
        assert_eq!(table.tell(&state(1), 0, later).clients, 1);
        assert_eq!(table.by_address.len(), 1);
    }

    #[test]
    fn whoever_closed_its_stream_and_stays_away_is_not_waited_for() {
        let (mut table, now) = (Table::new(10, 10), Instant::now());
        let counted = |table: &mut Table, after| {
            let told = table.tell(&state(7), 0, now + after);
            (told.clients, told.away)
        };
        table.came("core-a");
        table.came("core-a");
        table.report(report("core-a", 6, None), HERE, now).unwrap();
        table.went("core-a", now);
        assert_eq!(counted(&mut table, AWAY), (1, 0), "one of two streams");
        table.went("core-a", now);
        assert_eq!(counted(&mut table, AWAY), (0, 1));
        table.came("core-a");
        assert_eq!(counted(&mut table, AWAY), (1, 0));
        table.went("core-z", now);
        assert!(table.streams.len() == 1);
    }

    /// A long poll ends with every answer, also with the one that announces: whoever has not
    /// fetched yet is there.
    #[test]
    fn whoever_is_between_two_polls_is_there() {
        let (mut table, began) = (Table::new(10, 10), Instant::now());
        let name = "core-behind";
        table.report(report(name, 6, None), HERE, began).unwrap();
        for turn in 0..20 {
            let asks = began + turn * Duration::from_secs(26);
            table.came(name);
            let answered = asks + Duration::from_secs(25);
            table.went(name, answered);
            for millisecond in [0, 1, 500, 999] {
                let now = answered + Duration::from_millis(millisecond);
                let told = table.tell(&state(7), 0, now);
                assert_eq!((told.clients, told.current, told.away), (1, 0, 0));
            }
        }
    }

    #[test]
    fn a_moment_before_the_others_is_no_reason_to_panic() {
        let (mut table, early) = (Table::new(10, 10), Instant::now());
        let late = early + FORGOTTEN * 2;
        table.came("core-a");
        table.report(report("core-a", 7, None), HERE, late).unwrap();
        table.went("core-a", late);
        let told = table.tell(&state(7), 0, early);
        assert_eq!((told.clients, told.current, told.away), (1, 1, 0));
    }
}
