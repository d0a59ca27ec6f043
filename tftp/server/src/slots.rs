//! Counts what is in flight, in all and for each client, and says no above a limit.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A number of slots, some for each client address.
#[derive(Debug)]
pub(crate) struct Slots {
    most: u32,
    most_per_client: u32,
    taken: AtomicU32,
    /// No longer than `most`: an address is in it while it has a slot.
    by_client: Mutex<HashMap<IpAddr, u32>>,
}

/// A slot that is taken until this is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Arc<Slots>,
    /// `None` when the client is not counted.
    client: Option<IpAddr>,
}

/// Why there is no slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// All are taken.
    Server,
    /// This client has its share.
    Client,
}

impl Slots {
    pub(crate) fn new(most: u32, most_per_client: u32) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_per_client,
            taken: AtomicU32::new(0),
            by_client: Mutex::default(),
        })
    }

    /// Slots that are taken now.
    pub(crate) fn taken(&self) -> u32 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Takes a slot for a client; one that is not `counted` has no limit of its own.
    pub(crate) fn take(self: &Arc<Self>, client: IpAddr, counted: bool) -> Result<Slot, Full> {
        let more = |taken: u32| (taken < self.most).then_some(taken + 1);
        self.taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .map_err(|_| Full::Server)?;
        // from here on, dropping the slot gives it back
        let mut slot = Slot { slots: Arc::clone(self), client: None };
        if counted {
            let mut by_client = self.by_client.lock().unwrap_or_else(PoisonError::into_inner);
            let count = by_client.entry(client).or_default();
            if *count >= self.most_per_client {
                if *count == 0 {
                    by_client.remove(&client);
                }
                return Err(Full::Client);
            }
            *count += 1;
            slot.client = Some(client);
        }
        Ok(slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(client) = self.client {
            let by_client = self.slots.by_client.lock();
            let mut by_client = by_client.unwrap_or_else(PoisonError::into_inner);
            if let Some(count) = by_client.get_mut(&client) {
                *count -= 1;
                if *count == 0 {
                    by_client.remove(&client);
                }
            }
        }
        self.slots.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_come_back_and_leave_nothing_behind() {
        let slots = Slots::new(3, 2);
        let [a, b, c] = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(|text| text.parse().unwrap());
        let first = slots.take(a, true).unwrap();
        let second = slots.take(a, true).unwrap();
        assert_eq!(slots.take(a, true).unwrap_err(), Full::Client);
        assert_eq!(slots.taken(), 2);
        let third = slots.take(b, true).unwrap();
        assert_eq!(slots.take(c, true).unwrap_err(), Full::Server);
        drop((first, second));
        assert!(slots.take(a, false).is_ok());
        drop(third);
        assert_eq!(slots.taken(), 0);
        assert!(slots.by_client.lock().unwrap().is_empty());
    }

    #[test]
    fn no_slots_are_none() {
        let a = "10.0.0.1".parse().unwrap();
        assert_eq!(Slots::new(0, 2).take(a, true).unwrap_err(), Full::Server);
        let slots = Slots::new(2, 0);
        assert_eq!(slots.take(a, true).unwrap_err(), Full::Client);
        assert!(slots.by_client.lock().unwrap().is_empty());
    }
}
