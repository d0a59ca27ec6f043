//! The transfers in progress, and how many there may be.
//!
//! A transfer whose client has not acknowledged anything may have a forged address. Such transfers
//! have a pool of their own: a new one takes the place of the oldest, first of one whose client has
//! not acknowledged any transfer lately.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use super::clients::Clients;
use super::guesses::Guesses;
use super::held::{Held, HeldBytes};
use super::transfer::{Key, Transfer};
use crate::client::ClientKey;
use crate::limits::TftpLimits;

/// Entries of a queue that belong to ended transfers, before they are removed.
const MAX_ENDED: usize = 1_024;

/// A transfer in the table. The number tells it from later ones in the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    pub(super) place: usize,
    pub(super) number: u64,
}

/// All transfers in progress.
#[derive(Debug)]
pub(super) struct Table {
    places: Vec<Option<Entry>>,
    free: Vec<usize>,
    by_key: HashMap<Key, Id>,
    /// The transfers that a client's port has requested.
    requested: HashMap<Key, Requested>,
    clients: Clients,
    guesses: Guesses,
    /// Acknowledged transfers whose clients stopped answering, longest first.
    stalled: VecDeque<Id>,
    /// Unacknowledged transfers of clients that have not acknowledged any lately, oldest first.
    unknown: VecDeque<Id>,
    /// Those of clients that have.
    known: VecDeque<Id>,
    /// Transfers that began to stream a large file, oldest first.
    streams: VecDeque<Id>,
    /// What unacknowledged transfers hold in memory.
    held: HeldBytes,
    unacknowledged: usize,
    /// How many of these are of known clients.
    unacknowledged_known: usize,
    acknowledged: usize,
    max_unacknowledged: usize,
    max_acknowledged: usize,
    number: u64,
    /// The number of transfers, for other threads.
    in_progress: Arc<AtomicU32>,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    transfer: Transfer,
    is_acknowledged: bool,
    /// Whether the client was known when the transfer began.
    is_known: bool,
    /// Whether it is in the queue of stalled transfers.
    is_noted_as_stalled: bool,
    /// What the transfer holds in memory, as long as it is not acknowledged.
    held: Option<Held>,
}

/// The transfers that one port of a client has requested: two at most, because each of them makes
/// it easier to guess the port of one.
#[derive(Clone, Copy, Debug)]
struct Requested {
    latest: Id,
    earlier: Option<Id>,
}

impl Table {
    pub(super) fn new(
        limits: &TftpLimits,
        in_progress: Arc<AtomicU32>,
        held: HeldBytes,
        now: Instant,
    ) -> Self {
        in_progress.store(0, Ordering::Relaxed);
        Self {
            places: Vec::new(),
            free: Vec::new(),
            by_key: HashMap::new(),
            requested: HashMap::new(),
            clients: Clients::new(
                limits.max_transfers_per_client as usize,
                limits.max_unacknowledged_per_client as usize,
                now,
            ),
            guesses: Guesses::new(now),
            stalled: VecDeque::new(),
            unknown: VecDeque::new(),
            known: VecDeque::new(),
            streams: VecDeque::new(),
            held,
            unacknowledged: 0,
            unacknowledged_known: 0,
            acknowledged: 0,
            max_unacknowledged: limits.max_unacknowledged as usize,
            max_acknowledged: limits.max_transfers as usize,
            number: 0,
            in_progress,
        }
    }

    /// The transfer to which a packet at a port of the pool belongs.
    pub(super) fn find(&self, key: &Key) -> Option<Id> {
        self.by_key.get(key).copied()
    }

    /// The latest transfer that a client's port has requested, while it lasts.
    pub(super) fn latest(&self, request: &Key) -> Option<Id> {
        self.requested.get(request).map(|requested| requested.latest)
    }

    pub(super) fn get(&mut self, id: Id) -> Option<&mut Transfer> {
        let entry = self.places.get_mut(id.place)?.as_mut();
        entry.filter(|entry| entry.number == id.number).map(|entry| &mut entry.transfer)
    }

    /// All transfers.
    pub(super) fn ids(&self) -> Vec<Id> {
        let id = |(place, entry): (usize, &Option<Entry>)| {
            entry.as_ref().map(|entry| Id { place, number: entry.number })
        };
        self.places.iter().enumerate().filter_map(id).collect()
    }

    /// Whether a client may begin a transfer: acknowledged transfers are below both limits.
    pub(super) fn admits(&self, client: Option<ClientKey>) -> bool {
        self.acknowledged < self.max_acknowledged && self.clients.admits(client)
    }

    /// Whether a client has acknowledged a transfer lately, or is exempt from limits.
    pub(super) fn is_known(&self, client: Option<ClientKey>) -> bool {
        self.clients.is_known(client)
    }

    /// The transfer that has to end before the port of a client can request another one: an
    /// unacknowledged one, which another program may have forged, or the earlier one.
    pub(super) fn surplus_of_port(&self, request: &Key) -> Option<Id> {
        let Requested { latest, earlier } = *self.requested.get(request)?;
        let earlier = earlier?;
        let unacknowledged = [earlier, latest].into_iter().find(|id| self.is_unacknowledged(*id));
        Some(unacknowledged.unwrap_or(earlier))
    }

    /// The acknowledged transfer that has to end before another one can be acknowledged: the one
    /// whose client has been silent for longest. `None` if there is a place, or all clients answer.
    pub(super) fn surplus_stalled(&mut self) -> Option<Id> {
        while self.acknowledged >= self.max_acknowledged {
            let id = self.stalled.pop_front()?;
            let entry = self.places.get_mut(id.place).and_then(Option::as_mut);
            let Some(entry) = entry.filter(|entry| entry.number == id.number) else { continue };
            entry.is_noted_as_stalled = false;
            if entry.transfer.is_stalled() {
                return Some(id);
            }
        }
        None
    }

    /// Notes that the client of a transfer did not answer in time.
    pub(super) fn stall(&mut self, id: Id) {
        let entry = self.places.get_mut(id.place).and_then(Option::as_mut);
        let entry = entry.filter(|entry| entry.number == id.number && entry.is_acknowledged);
        let Some(entry) = entry.filter(|entry| !entry.is_noted_as_stalled) else { return };
        entry.is_noted_as_stalled = true;
        if self.stalled.len() > 2 * self.acknowledged + MAX_ENDED {
            let places = &self.places;
            self.stalled.retain(|id| {
                let entry = places.get(id.place).and_then(Option::as_ref);
                entry.is_some_and(|entry| entry.number == id.number)
            });
        }
        self.stalled.push_back(id);
    }

    /// Whether others may forge the address of a client: see [`Guesses`].
    pub(super) fn is_suspect(&self, client: Option<ClientKey>, now: Instant) -> bool {
        self.guesses.is_suspect(client, now)
    }

    /// Counts a packet of a client to a port where it has no transfer. Returns whether the client
    /// is suspect now.
    pub(super) fn count_guess(
        &mut self,
        client: Option<ClientKey>,
        key: &Key,
        now: Instant,
    ) -> bool {
        self.guesses.count(client, key, now);
        self.guesses.is_suspect(client, now)
    }

    /// Notes that a transfer ended: late packets of its client are not guesses.
    pub(super) fn expect_late(&mut self, key: &Key, now: Instant) {
        self.guesses.end(key, now);
    }

    /// The transfer that has to end before another one of this client can begin.
    pub(super) fn surplus(&mut self, client: Option<ClientKey>) -> Option<Id> {
        if let Some(oldest) = self.clients.surplus(client) {
            return Some(oldest);
        }
        if self.unacknowledged < self.max_unacknowledged {
            return None;
        }
        // a known client may be a forged address, too: unknown ones keep half of the places
        let known_first = self.unacknowledged_known > self.max_unacknowledged / 2;
        self.oldest(known_first).or_else(|| self.oldest(!known_first))
    }

    fn oldest(&mut self, is_known: bool) -> Option<Id> {
        loop {
            let queue = if is_known { &mut self.known } else { &mut self.unknown };
            let id = queue.pop_front()?;
            if self.is_unacknowledged(id) {
                return Some(id);
            }
        }
    }

    /// Notes that a transfer began to stream a large file.
    pub(super) fn streams(&mut self, id: Id) {
        let mut streams = std::mem::take(&mut self.streams);
        if streams.len() > MAX_ENDED {
            streams.retain(|id| self.is_unacknowledged(*id));
        }
        streams.push_back(id);
        self.streams = streams;
    }

    /// The unacknowledged transfer that has streamed for longest. It may have a forged address, so
    /// it ends before another one is refused for lack of streams.
    pub(super) fn oldest_stream(&mut self) -> Option<Id> {
        loop {
            let id = self.streams.pop_front()?;
            if self.is_unacknowledged(id) {
                return Some(id);
            }
        }
    }

    /// Notes what an unacknowledged transfer holds in memory, as soon as it sends.
    pub(super) fn hold(&mut self, id: Id) {
        let entry = self.places.get_mut(id.place).and_then(Option::as_mut);
        let entry = entry.filter(|entry| entry.number == id.number && !entry.is_acknowledged);
        let Some(entry) = entry.filter(|entry| entry.held.is_none()) else { return };
        let Some(held) = entry.transfer.held() else { return };
        entry.held = Some(held);
        let is_known = self.clients.is_known(entry.transfer.limit_key());
        self.held.add(held, id, is_known);
        let places = &self.places;
        self.held.tidy(2 * self.unacknowledged + MAX_ENDED, |id| holds(places, id));
    }

    /// The transfer that has to end because unacknowledged ones hold too many bytes, after `newest`
    /// began to hold some.
    pub(super) fn surplus_holder(&mut self, newest: Id) -> Option<Id> {
        let places = &self.places;
        self.held.surplus(newest, |id| holds(places, id))
    }

    /// Whether a transfer lasts, and does not count as acknowledged.
    pub(super) fn is_unacknowledged(&self, id: Id) -> bool {
        let entry = self.places.get(id.place).and_then(Option::as_ref);
        entry.is_some_and(|entry| entry.number == id.number && !entry.is_acknowledged)
    }

    /// Adds a transfer that is not acknowledged yet. Its port must have no other one of the client.
    pub(super) fn insert(&mut self, transfer: Transfer) -> Id {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() - 1
        });
        self.number += 1;
        let id = Id { place, number: self.number };
        self.by_key.insert(transfer.key(), id);
        let request = transfer.request_key();
        let earlier = self.latest(&request);
        self.requested.insert(request, Requested { latest: id, earlier });
        let is_known = self.clients.insert(transfer.limit_key(), id);
        self.enqueue(is_known, id);
        self.places[place] = Some(Entry {
            number: id.number,
            transfer,
            is_acknowledged: false,
            is_known,
            is_noted_as_stalled: false,
            held: None,
        });
        self.unacknowledged += 1;
        self.unacknowledged_known += usize::from(is_known);
        self.in_progress.fetch_add(1, Ordering::Relaxed);
        id
    }

    /// Adds to a queue, and removes ended transfers from it now and then.
    fn enqueue(&mut self, is_known: bool, id: Id) {
        let queue = if is_known { &mut self.known } else { &mut self.unknown };
        let mut queue = std::mem::take(queue);
        if queue.len() > 2 * self.unacknowledged + MAX_ENDED {
            queue.retain(|id| self.is_unacknowledged(*id));
        }
        queue.push_back(id);
        *(if is_known { &mut self.known } else { &mut self.unknown }) = queue;
    }

    /// Counts a transfer as acknowledged from now on, unless its client is suspect. Returns whether
    /// the limits allow it.
    pub(super) fn acknowledge(&mut self, id: Id, now: Instant) -> bool {
        let entry = self.places.get_mut(id.place).and_then(Option::as_mut);
        let Some(entry) = entry.filter(|entry| entry.number == id.number) else { return false };
        let is_suspect = self.guesses.is_suspect(entry.transfer.limit_key(), now);
        if is_suspect && !entry.is_acknowledged {
            return true;
        }
        if std::mem::replace(&mut entry.is_acknowledged, true) {
            return true;
        }
        if let Some(held) = entry.held.take() {
            self.held.remove(held);
        }
        self.unacknowledged_known -= usize::from(entry.is_known);
        let client = entry.transfer.limit_key();
        let is_within = self.acknowledged < self.max_acknowledged && self.clients.admits(client);
        self.clients.acknowledge(client, id, now);
        self.unacknowledged -= 1;
        self.acknowledged += 1;
        is_within
    }

    /// Removes a transfer.
    pub(super) fn remove(&mut self, id: Id) -> Option<Transfer> {
        let entry = self.places.get_mut(id.place)?;
        let entry = entry.take_if(|entry| entry.number == id.number)?;
        self.free.push(id.place);
        if let Some(held) = entry.held {
            self.held.remove(held);
        }
        self.by_key.remove(&entry.transfer.key());
        self.forget_request(&entry.transfer.request_key(), id);
        self.clients.remove(entry.transfer.limit_key(), id, entry.is_acknowledged);
        if entry.is_acknowledged {
            self.acknowledged -= 1;
        } else {
            self.unacknowledged -= 1;
            self.unacknowledged_known -= usize::from(entry.is_known);
        }
        self.in_progress.fetch_sub(1, Ordering::Relaxed);
        Some(entry.transfer)
    }

    fn forget_request(&mut self, request: &Key, id: Id) {
        let Some(requested) = self.requested.get_mut(request) else { return };
        match requested.earlier.filter(|earlier| *earlier != id) {
            Some(earlier) if requested.latest == id => {
                *requested = Requested { latest: earlier, earlier: None };
            }
            None if requested.latest == id => {
                self.requested.remove(request);
            }
            earlier => requested.earlier = earlier,
        }
    }
}

/// Whether a transfer lasts, and holds bytes that count.
fn holds(places: &[Option<Entry>], id: Id) -> bool {
    let entry = places.get(id.place).and_then(Option::as_ref);
    entry.is_some_and(|entry| entry.number == id.number && entry.held.is_some())
}
