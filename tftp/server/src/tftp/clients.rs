//! The transfers of each client, and which clients have acknowledged one lately.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::table::Id;
use crate::client::ClientKey;

/// A client is known for one to two such periods after an acknowledgement.
const PERIOD: Duration = Duration::from_secs(600);

/// Most clients that become known in a period, before it ends early: some 2 MB.
const MAX_KNOWN: usize = 32_768;

/// Counts of transfers, by client. An exempt client is not counted.
#[derive(Debug)]
pub(super) struct Clients {
    max_acknowledged: usize,
    max_unacknowledged: usize,
    transfers: HashMap<ClientKey, Transfers>,
    recent: HashSet<ClientKey>,
    before: HashSet<ClientKey>,
    period_end: Instant,
}

#[derive(Debug, Default)]
struct Transfers {
    acknowledged: usize,
    /// Oldest first.
    unacknowledged: VecDeque<Id>,
}

impl Clients {
    /// With these limits for each client.
    pub(super) fn new(max_acknowledged: usize, max_unacknowledged: usize, now: Instant) -> Self {
        Self {
            max_acknowledged,
            max_unacknowledged,
            transfers: HashMap::new(),
            recent: HashSet::new(),
            before: HashSet::new(),
            period_end: now + PERIOD,
        }
    }

    /// Whether a client is below its limit of acknowledged transfers.
    pub(super) fn admits(&self, client: Option<ClientKey>) -> bool {
        let transfers = client.and_then(|client| self.transfers.get(&client));
        transfers.is_none_or(|transfers| transfers.acknowledged < self.max_acknowledged)
    }

    /// The oldest unacknowledged transfer of a client that has as many as it may have.
    pub(super) fn surplus(&self, client: Option<ClientKey>) -> Option<Id> {
        let queue = &self.transfers.get(&client?)?.unacknowledged;
        queue.front().copied().filter(|_| queue.len() >= self.max_unacknowledged)
    }

    /// Counts an unacknowledged transfer. Returns whether the client is known.
    pub(super) fn insert(&mut self, client: Option<ClientKey>, id: Id) -> bool {
        let Some(client) = client else { return true };
        self.transfers.entry(client).or_default().unacknowledged.push_back(id);
        self.is_known(Some(client))
    }

    /// Whether a client has acknowledged a transfer lately, or is exempt.
    pub(super) fn is_known(&self, client: Option<ClientKey>) -> bool {
        client.is_none_or(|it| self.recent.contains(&it) || self.before.contains(&it))
    }

    /// Counts a transfer as acknowledged, and its client as known.
    pub(super) fn acknowledge(&mut self, client: Option<ClientKey>, id: Id, now: Instant) {
        let Some(client) = client else { return };
        let transfers = self.transfers.entry(client).or_default();
        transfers.unacknowledged.retain(|other| *other != id);
        transfers.acknowledged += 1;
        if self.recent.contains(&client) {
            return;
        }
        if self.recent.len() >= MAX_KNOWN || now >= self.period_end {
            self.before = std::mem::take(&mut self.recent);
            self.period_end = now + PERIOD;
        }
        self.recent.insert(client);
    }

    /// Forgets an ended transfer.
    pub(super) fn remove(&mut self, client: Option<ClientKey>, id: Id, is_acknowledged: bool) {
        let Some(client) = client else { return };
        let Some(transfers) = self.transfers.get_mut(&client) else { return };
        if is_acknowledged {
            transfers.acknowledged -= 1;
        } else {
            transfers.unacknowledged.retain(|other| *other != id);
        }
        if transfers.acknowledged == 0 && transfers.unacknowledged.is_empty() {
            self.transfers.remove(&client);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn clients_are_known_for_a_while_and_bounded() {
        let now = Instant::now();
        let client = |number: u32| Some(ClientKey::from(IpAddr::V4(number.into())));
        let mut clients = Clients::new(1, 1, now);
        let mut acknowledge = |number: u32, now| {
            let id = Id { place: 0, number: number.into() };
            let is_known = clients.insert(client(number), id);
            clients.acknowledge(client(number), id, now);
            clients.remove(client(number), id, true);
            (is_known, clients.recent.len() + clients.before.len(), clients.transfers.len())
        };
        assert!(!acknowledge(1, now).0 && acknowledge(1, now).0);
        assert!(acknowledge(1, now + PERIOD).0 && !acknowledge(2, now + PERIOD).0);
        assert!(acknowledge(1, now + PERIOD).0);
        acknowledge(3, now + 2 * PERIOD);
        acknowledge(4, now + 3 * PERIOD);
        assert!(!acknowledge(1, now + 3 * PERIOD).0, "forgotten");
        let most = (10..200_000).map(|number| acknowledge(number, now)).fold(0, |most, now| {
            assert_eq!(now.2, 0);
            most.max(now.1)
        });
        assert_eq!(most, 2 * MAX_KNOWN);
    }
}
