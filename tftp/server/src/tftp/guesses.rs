//! Packets to ports where their sender has no transfer. An attacker that forges acknowledgements
//! does not see from which port a transfer is served, and most guesses arrive at another one.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::time::{Duration, Instant};

use super::transfer::Key;
use crate::client::ClientKey;

/// Guesses of a client that mean nothing yet: a client whose address changes in the middle of its
/// transfers, behind a router, has as many.
const MAX_GUESSES: u32 = 8;

/// What is noted lasts for one to two such periods.
const PERIOD: Duration = Duration::from_secs(60);

/// Most entries of a kind that are noted in a period, before it ends early: some 2 MB together.
const MAX_ENTRIES: usize = 32_768;

/// The guesses of each client.
#[derive(Debug)]
pub(super) struct Guesses {
    guesses: Periods<HashMap<ClientKey, u32>>,
    /// Hashes of the keys of transfers that ended: their clients do not guess.
    ended: Periods<HashSet<u64>>,
    random: RandomState,
}

/// The entries of this period, and of the one before.
#[derive(Debug)]
struct Periods<T> {
    recent: T,
    before: T,
    end: Instant,
}

impl Guesses {
    /// No guesses yet.
    pub(super) fn new(now: Instant) -> Self {
        Self { guesses: Periods::new(now), ended: Periods::new(now), random: RandomState::new() }
    }

    /// Notes the end of a transfer. Its client may not know of it, and packets may be late.
    pub(super) fn end(&mut self, key: &Key, now: Instant) {
        let is_full = self.ended.recent.len() >= MAX_ENTRIES;
        self.ended.turn(is_full, now);
        self.ended.recent.insert(self.random.hash_one(key));
    }

    /// Counts a packet of a client to a port where it has no transfer, unless it had one.
    pub(super) fn count(&mut self, client: Option<ClientKey>, key: &Key, now: Instant) {
        let Some(client) = client else { return };
        let hash = self.random.hash_one(key);
        if self.ended.current(now).any(|ended| ended.contains(&hash)) {
            return;
        }
        let is_full = self.guesses.recent.len() >= MAX_ENTRIES;
        self.guesses.turn(is_full, now);
        let count = self.guesses.recent.entry(client).or_default();
        *count = count.saturating_add(1);
    }

    /// Whether so many packets of a client were guesses that others may forge its address. An
    /// exempt client is never suspect.
    pub(super) fn is_suspect(&self, client: Option<ClientKey>, now: Instant) -> bool {
        let Some(client) = client else { return false };
        let counts = self.guesses.current(now).filter_map(|guesses| guesses.get(&client));
        counts.fold(0, |sum: u32, count| sum.saturating_add(*count)) > MAX_GUESSES
    }
}

impl<T: Default> Periods<T> {
    fn new(now: Instant) -> Self {
        Self { recent: T::default(), before: T::default(), end: now + PERIOD }
    }

    /// What was noted for less than two periods.
    fn current(&self, now: Instant) -> impl Iterator<Item = &T> {
        let recent = (now < self.end + PERIOD).then_some(&self.recent);
        let before = (now < self.end).then_some(&self.before);
        recent.into_iter().chain(before)
    }

    /// Begins another period if this one is over or full.
    fn turn(&mut self, is_full: bool, now: Instant) {
        if !is_full && now < self.end {
            return;
        }
        let ended = std::mem::take(&mut self.recent);
        self.before = if now < self.end + PERIOD { ended } else { T::default() };
        self.end = now + PERIOD;
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};

    use super::*;

    fn client(number: u32) -> Option<ClientKey> {
        Some(ClientKey::from(IpAddr::V4(number.into())))
    }

    fn key(port: usize) -> Key {
        Key { port, client: SocketAddr::from(([192, 0, 2, 1], 4_000)) }
    }

    #[test]
    fn client_is_suspect_after_some_guesses_and_for_a_while() {
        let now = Instant::now();
        let mut guesses = Guesses::new(now);
        for _ in 0..MAX_GUESSES {
            guesses.count(client(1), &key(1), now);
        }
        assert!(!guesses.is_suspect(client(1), now));
        guesses.count(client(1), &key(2), now);
        assert!(guesses.is_suspect(client(1), now));
        assert!(!guesses.is_suspect(client(2), now) && !guesses.is_suspect(None, now));
        assert!(guesses.is_suspect(client(1), now + PERIOD));
        assert!(!guesses.is_suspect(client(1), now + 2 * PERIOD));
        guesses.count(client(2), &key(1), now + PERIOD);
        assert!(guesses.is_suspect(client(1), now + PERIOD));
        guesses.count(client(2), &key(1), now + 2 * PERIOD);
        assert!(!guesses.is_suspect(client(1), now + 2 * PERIOD));
    }

    #[test]
    fn late_packets_of_ended_transfers_are_not_guesses() {
        let now = Instant::now();
        let mut guesses = Guesses::new(now);
        guesses.end(&key(7), now);
        for _ in 0..2 * MAX_GUESSES {
            guesses.count(client(1), &key(7), now);
        }
        assert!(!guesses.is_suspect(client(1), now));
        for _ in 0..2 * MAX_GUESSES {
            guesses.count(client(1), &key(8), now);
            guesses.count(None, &key(8), now);
        }
        assert!(guesses.is_suspect(client(1), now) && !guesses.is_suspect(None, now));
    }

    #[test]
    fn entries_are_bounded() {
        let now = Instant::now();
        let mut guesses = Guesses::new(now);
        for number in 0..3 * MAX_ENTRIES {
            guesses.end(&key(number), now);
            guesses.count(client(u32::try_from(number).unwrap()), &key(usize::MAX), now);
        }
        let Guesses { guesses, ended, .. } = guesses;
        assert!(guesses.recent.len() <= MAX_ENTRIES && guesses.before.len() <= MAX_ENTRIES);
        assert!(ended.recent.len() <= MAX_ENTRIES && ended.before.len() <= MAX_ENTRIES);
    }
}
