//! Client cores that were known once: those of the time before this server started, and those that
//! have not been heard of for long. A bounded table, and its file.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use adr_protocol::{ClientRow, ClientState, NodeClients, is_client_name};
use serde::{Deserialize, Serialize};

use super::announcer::unix_seconds;
use crate::client::ClientKey;

/// How long a core has to come back after its server has started. A core that lost its server often
/// in a row tries again after at most seven and a half minutes.
pub(super) const RETURN_TIME: Duration = Duration::from_secs(15 * 60);

/// Most cores in the file.
const MAX_SAVED: usize = 100_000;

/// The version of the file's format.
const FORMAT_VERSION: u32 = 1;

/// The file of known client cores: names and addresses, and when the server last heard of them.
///
/// A server keeps it in its published folder, so that after a restart it knows which cores have yet
/// to come back. Times are in seconds since 1970, UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownClients {
    format_version: u32,
    /// When the file was written.
    saved: u64,
    /// Whether these are cores of another node, which all other nodes know from its report.
    #[serde(skip)]
    is_of_other_node: bool,
    /// The cores, those that were connected first.
    clients: Vec<SavedClient>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SavedClient {
    client: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
    seen: u64,
    /// How long the next process expects it back, in seconds of its own running: all of
    /// [`RETURN_TIME`] if it was connected, what is left of it if it was expected already, and 0 if
    /// it was gone.
    #[serde(default = "full_return_time", skip_serializing_if = "is_full_return_time")]
    expected_seconds: u64,
}

fn full_return_time() -> u64 {
    RETURN_TIME.as_secs()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_full_return_time(seconds: &u64) -> bool {
    *seconds == full_return_time()
}

impl KnownClients {
    /// The name of the file in a published folder. It begins with a dot: it is not published.
    pub const FILE_NAME: &str = ".clients.json";

    /// Largest file in bytes that a server reads.
    pub const MAX_BYTES: u64 = 32 << 20;

    /// How long a server remembers a core of which it hears nothing: seven days.
    pub const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

    /// How old the file of a running server gets at most, while it knows a core: five minutes. A
    /// server that ends without writing it again still expects all its cores back.
    pub const REFRESH_INTERVAL: Duration = Duration::from_secs(RETURN_TIME.as_secs() / 3);

    /// An empty list of this time.
    #[must_use]
    pub(super) fn new(saved: u64) -> Self {
        let (format_version, clients) = (FORMAT_VERSION, Vec::new());
        Self { format_version, saved, is_of_other_node: false, clients }
    }

    /// Adds a core that was heard of at this time, and that the next process expects back for
    /// `expected`.
    pub(super) fn push(
        &mut self,
        client: &str,
        address: Option<IpAddr>,
        seen: u64,
        expected: Duration,
    ) {
        let (client, expected_seconds) = (client.to_owned(), expected.as_secs());
        self.clients.push(SavedClient { client, address, seen, expected_seconds });
    }

    /// The connected cores of a node that is gone, as a list that another server [takes
    /// over](super::Announcer::restore_clients): it expects them back.
    #[must_use]
    pub fn of_node(node: &NodeClients) -> Self {
        let saved = unix_seconds();
        let is_connected = |row: &&ClientRow| {
            !matches!(row.state, ClientState::Expected | ClientState::Disconnected)
        };
        let mut known = Self { is_of_other_node: true, ..Self::new(saved) };
        // what a node reports about names is not checked before
        let rows = node.clients.rows.iter().filter(is_connected);
        let rows = rows.filter(|row| is_client_name(&row.client)).take(MAX_SAVED);
        for row in rows {
            let age = row.last_seen_seconds.saturating_add(node.age_seconds);
            known.push(&row.client, row.address, saved.saturating_sub(age), RETURN_TIME);
        }
        known
    }

    /// The text of the file, one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    /// Reads the text of a file; `None` if it is not one. Ignores cores with invalid names.
    ///
    /// ```
    /// use adr_server::KnownClients;
    ///
    /// let text = br#"{"format_version":1,"saved":5,"clients":[{"client":"core-0001","seen":4}]}"#;
    /// assert_eq!(KnownClients::parse(text).map(|known| known.len()), Some(1));
    /// assert_eq!(KnownClients::parse(b"{}"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut known: Self = serde_json::from_slice(text).ok()?;
        known.clients.retain(|one| is_client_name(&one.client));
        known.clients.truncate(MAX_SAVED);
        (known.format_version == FORMAT_VERSION).then_some(known)
    }

    /// The number of cores.
    #[must_use]
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// Adds cores of an earlier file, for a folder from which several servers serve. Of a core that
    /// is in both, the entry that was heard of later stays. Removes cores that have not been heard
    /// of for [`Self::LIFETIME`], and keeps at most 100,000.
    #[must_use]
    pub fn merged_with(mut self, earlier: Self) -> Self {
        let own = self.clients.iter().enumerate();
        let own: HashMap<String, usize> = own.map(|(at, one)| (one.client.clone(), at)).collect();
        for one in earlier.clients {
            match own.get(&one.client) {
                Some(at) if self.clients[*at].seen >= one.seen => {}
                Some(at) => self.clients[*at] = one,
                None => self.clients.push(one),
            }
        }
        let oldest = self.saved.saturating_sub(Self::LIFETIME.as_secs());
        self.clients.retain(|one| one.seen >= oldest);
        self.clients.truncate(MAX_SAVED);
        self
    }
}

/// A core that has not been heard of since the server started, or for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) address: Option<IpAddr>,
    /// The time from which the age counts.
    since: Instant,
    /// How long it had not been heard of then.
    age: Duration,
    /// Until when the server expects it back.
    expected_until: Option<Instant>,
    /// Whether it was a core of another node.
    pub(super) is_of_other_node: bool,
}

impl Known {
    /// A core that was heard of last at this time.
    pub(super) fn seen_at(address: IpAddr, since: Instant) -> Self {
        let (address, age, expected_until) = (Some(address), Duration::ZERO, None);
        Self { address, since, age, expected_until, is_of_other_node: false }
    }

    /// How long it has not been heard of.
    pub(super) fn age(&self, now: Instant) -> Duration {
        self.age.saturating_add(now.saturating_duration_since(self.since))
    }

    /// Whether the server expects it back.
    pub(super) fn is_expected(&self, now: Instant) -> bool {
        !self.expected_for(now).is_zero()
    }

    /// How long the server still expects it back.
    pub(super) fn expected_for(&self, now: Instant) -> Duration {
        let left = self.expected_until.map(|until| until.saturating_duration_since(now));
        left.unwrap_or_default()
    }
}

/// Cores that were known once, by name. Bounded like the table of reports.
#[derive(Debug, Default)]
pub(super) struct KnownTable {
    clients: HashMap<String, Known>,
    by_address: HashMap<ClientKey, usize>,
}

impl KnownTable {
    /// The cores of a file that was read at this time, in seconds since 1970. Expected are those
    /// that were connected when it was written.
    pub(super) fn restore(
        &mut self,
        file: KnownClients,
        (now, unix): (Instant, u64),
        limits: (usize, usize),
    ) {
        let is_of_other_node = file.is_of_other_node;
        for one in file.clients {
            let age = Duration::from_secs(unix.saturating_sub(one.seen));
            let age_then = Duration::from_secs(file.saved.saturating_sub(one.seen));
            let expected = Duration::from_secs(one.expected_seconds).min(RETURN_TIME);
            // an old entry is that of another server of the folder
            let is_outdated = expected == RETURN_TIME && age_then > RETURN_TIME;
            let expected_until = (!is_outdated).then(|| now + expected);
            if age < KnownClients::LIFETIME {
                let (address, since) = (one.address, now);
                let known = Known { address, since, age, expected_until, is_of_other_node };
                self.insert(one.client, known, limits);
            }
        }
    }

    /// Remembers a core, unless there are too many, in total or from its address.
    pub(super) fn insert(
        &mut self,
        client: String,
        known: Known,
        (max, max_per_address): (usize, usize),
    ) {
        self.remove(&client);
        let key = known.address.map(ClientKey::from);
        let of_address = key.and_then(|key| self.by_address.get(&key)).copied().unwrap_or(0);
        let is_local = known.address.is_none_or(|address| address.to_canonical().is_loopback());
        if self.clients.len() >= max || (of_address >= max_per_address && !is_local) {
            return;
        }
        if let Some(key) = key {
            *self.by_address.entry(key).or_default() += 1;
        }
        self.clients.insert(client, known);
    }

    pub(super) fn remove(&mut self, client: &str) {
        let Some(known) = self.clients.remove(client) else { return };
        let Some(key) = known.address.map(ClientKey::from) else { return };
        if let Some(count) = self.by_address.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&key);
            }
        }
    }

    /// Notes that a core will not come back to this server soon.
    pub(super) fn expect_no_longer(&mut self, client: &str) {
        if let Some(known) = self.clients.get_mut(client) {
            known.expected_until = None;
        }
    }

    /// Forgets cores of which nothing was heard for [`KnownClients::LIFETIME`].
    pub(super) fn remove_expired(&mut self, now: Instant) {
        let expired = |known: &Known| known.age(now) >= KnownClients::LIFETIME;
        let expired = self.clients.iter().filter(|(_, known)| expired(known));
        let expired: Vec<String> = expired.map(|(client, _)| client.clone()).collect();
        expired.iter().for_each(|client| self.remove(client));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Known)> {
        self.clients.iter().map(|(client, known)| (client.as_str(), known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const MANY: (usize, usize) = (100, 100);

    /// A file of cores: name, when it was heard of, and whether it was gone.
    fn file(saved: u64, clients: &[(&str, u64, bool)]) -> KnownClients {
        let mut file = KnownClients::new(saved);
        for (name, seen, is_gone) in clients {
            let expected = if *is_gone { Duration::ZERO } else { RETURN_TIME };
            file.push(name, Some(HERE), *seen, expected);
        }
        file
    }

    #[test]
    fn file_reads_back_and_invalid_ones_are_rejected() {
        let written = file(1_000, &[("core-0001", 990, false), ("core-0002", 10, true)]);
        assert_eq!(KnownClients::parse(written.to_json().as_bytes()), Some(written));
        for text in ["", "[]", "{}", r#"{"format_version":2,"saved":1,"clients":[]}"#] {
            assert_eq!(KnownClients::parse(text.as_bytes()), None, "{text}");
        }
        let text = r#"{"format_version":1,"saved":1,"clients":[{"client":"x\n","seen":1}]}"#;
        assert!(KnownClients::parse(text.as_bytes()).unwrap().is_empty());
    }

    #[test]
    fn list_of_another_node_has_only_valid_names() {
        let row = |client: &str| ClientRow { client: client.to_owned(), ..ClientRow::default() };
        let rows = vec![row("core-0001"), row(&"x".repeat(1 << 20)), row("a\nb")];
        let node = NodeClients {
            node: "tftp2".to_owned(),
            state: adr_protocol::NodeState::Down,
            age_seconds: 60,
            version: String::new(),
            clients: adr_protocol::Clients { rows, ..adr_protocol::Clients::default() },
        };
        let known = KnownClients::of_node(&node);
        assert_eq!(known.clients.iter().map(|one| &*one.client).collect::<Vec<_>>(), ["core-0001"]);
    }

    #[test]
    fn merge_keeps_the_later_entry_and_drops_old_ones() {
        let lifetime = KnownClients::LIFETIME.as_secs();
        let now = 2 * lifetime;
        let own = file(now, &[("core-0001", now, false), ("core-0002", now - 50, true)]);
        let earlier = file(
            now - 10,
            &[
                ("core-0001", now - 10, true),
                ("core-0002", now - 10, false),
                ("core-0003", 1, false),
            ],
        );
        let merged = own.merged_with(earlier);
        assert_eq!(merged, file(now, &[("core-0001", now, false), ("core-0002", now - 10, false)]));
    }

    #[test]
    fn core_that_was_connected_is_expected_for_a_while() {
        let (mut table, now) = (KnownTable::default(), Instant::now());
        let saved = 1_000_000;
        let file = file(
            saved,
            &[
                ("connected", saved - 60, false),
                ("was-gone", saved - 60, true),
                ("long-gone", saved - RETURN_TIME.as_secs() - 1, false),
            ],
        );
        table.restore(file, (now, saved + 3_600), MANY);
        let expected = |now| {
            let mut names: Vec<_> =
                table.iter().filter(|(_, it)| it.is_expected(now)).map(|(name, _)| name).collect();
            names.sort_unstable();
            names
        };
        assert_eq!(expected(now), ["connected"], "however long the server was away");
        assert_eq!(expected(now + RETURN_TIME), [""; 0]);
        assert_eq!(table.iter().count(), 3);
        let age = |name| table.iter().find(|(known, _)| *known == name).unwrap().1.age(now);
        assert_eq!(age("connected"), Duration::from_secs(3_660));
        table.remove_expired(now + KnownClients::LIFETIME);
        assert_eq!((table.iter().count(), table.by_address.len()), (0, 0));
    }

    #[test]
    fn table_is_bounded_in_total_and_per_address() {
        let (mut table, now) = (KnownTable::default(), Instant::now());
        let mut add = |number: u8, name: &str| {
            let address = IpAddr::from([10, 0, 0, number]);
            table.insert(name.to_owned(), Known::seen_at(address, now), (3, 2));
            table.clients.len()
        };
        assert_eq!([add(1, "core-0001"), add(1, "core-0002"), add(1, "core-0003")], [1, 2, 2]);
        assert_eq!([add(2, "core-0004"), add(3, "core-0005"), add(1, "core-0001")], [3, 3, 3]);
    }
}
