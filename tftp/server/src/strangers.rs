//! Remembers addresses in whose name requests came that nobody ever acknowledged, and grants them
//! no more for a while.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// For so long an address is remembered from its first unanswered transfer on.
const MEMORY: Duration = Duration::from_secs(60);

/// Most addresses that are remembered: what a forger can make us remember, about 400 KB.
const MOST_ADDRESSES: usize = 4_096;

/// Addresses and their transfers that ran out without any acknowledgement. Who forges a victim's
/// address makes the victim such an address, and with it saves the victim most of what would come.
#[derive(Debug)]
pub(crate) struct Strangers {
    most: u32,
    known: Mutex<HashMap<IpAddr, Entry>>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    count: u32,
    since: Instant,
}

impl Entry {
    fn is_fresh(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < MEMORY
    }
}

impl Strangers {
    /// An address is granted `most` unanswered transfers a minute.
    pub(crate) fn new(most: u32) -> Self {
        Self { most, known: Mutex::default() }
    }

    /// Whether the address has had its share.
    pub(crate) fn is_refused(&self, client: IpAddr, now: Instant) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = known.get(&client);
        entry.is_some_and(|entry| entry.is_fresh(now) && entry.count >= self.most)
    }

    /// A transfer ran out without an acknowledgement.
    pub(crate) fn ran_out(&self, client: IpAddr, now: Instant) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_ADDRESSES && !known.contains_key(&client) {
            known.retain(|_, entry| entry.is_fresh(now));
            if known.len() >= MOST_ADDRESSES {
                return;
            }
        }
        let fresh = Entry { count: 0, since: now };
        let entry = known.entry(client).or_insert(fresh);
        if !entry.is_fresh(now) {
            *entry = fresh;
        }
        entry.count += 1;
    }

    /// The address acknowledged something: somebody is there.
    pub(crate) fn answered(&self, client: IpAddr) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.is_empty() {
            known.remove(&client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u32) -> IpAddr {
        IpAddr::V4(number.into())
    }

    #[test]
    fn an_address_has_its_share_each_minute() {
        let (strangers, now) = (Strangers::new(2), Instant::now());
        let [a, b] = [1, 2].map(address);
        strangers.ran_out(a, now);
        assert!(!strangers.is_refused(a, now));
        strangers.ran_out(a, now);
        assert!(strangers.is_refused(a, now) && !strangers.is_refused(b, now));
        assert!(!strangers.is_refused(a, now + MEMORY));
        strangers.ran_out(a, now + MEMORY);
        assert!(!strangers.is_refused(a, now + MEMORY));
    }

    #[test]
    fn whoever_answers_is_no_stranger() {
        let (strangers, now) = (Strangers::new(1), Instant::now());
        strangers.ran_out(address(1), now);
        strangers.answered(address(1));
        assert!(!strangers.is_refused(address(1), now));
    }

    #[test]
    fn memory_is_bounded() {
        let (strangers, now) = (Strangers::new(1), Instant::now());
        for number in 0..20_000 {
            strangers.ran_out(address(number), now);
        }
        let known = || strangers.known.lock().unwrap().len();
        assert_eq!(known(), MOST_ADDRESSES);
        // what is remembered stays so, and is forgotten in time
        assert!(strangers.is_refused(address(0), now));
        strangers.ran_out(address(20_000), now + MEMORY);
        assert_eq!(known(), 1);
    }
}
