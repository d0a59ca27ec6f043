//! The bytes that unacknowledged transfers hold in memory, apart from published files.
//!
//! Anyone who forges addresses can begin transfers of many different files. So these bytes are
//! bounded: the oldest transfers that hold some end, first those of clients that have not
//! acknowledged any transfer lately.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::table::Id;

/// Most bytes that unacknowledged transfers hold together, each file once. A larger cache for files
/// of upstream servers raises the bound to its own size: its files are in memory anyway.
pub(super) const MAX_UNACKNOWLEDGED_BYTES: u64 = 16 << 20;

/// What one transfer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// Identifies a file that transfers share; `None` for bytes that no other transfer has.
    file: Option<usize>,
    bytes: u64,
}

impl Held {
    /// A whole file, at this address in memory.
    pub(super) fn file(address: usize, bytes: u64) -> Self {
        Self { file: Some(address), bytes }
    }

    /// The beginning of a large file.
    pub(super) fn stream(bytes: u64) -> Self {
        Self { file: None, bytes }
    }
}

/// The bytes of all unacknowledged transfers, and which transfers hold them.
#[derive(Debug)]
pub(super) struct HeldBytes {
    max: u64,
    /// How many transfers hold a file.
    holders: HashMap<usize, usize>,
    /// The sum, for other threads as well.
    total: Arc<AtomicU64>,
    /// Transfers that hold bytes, oldest first: of clients that have not acknowledged any transfer
    /// lately, and of those that have.
    queues: [VecDeque<Id>; 2],
}

impl HeldBytes {
    /// Nothing held yet, and at most `max` bytes.
    pub(super) fn new(max: u64, total: Arc<AtomicU64>) -> Self {
        total.store(0, Ordering::Relaxed);
        Self { max, holders: HashMap::new(), total, queues: [VecDeque::new(), VecDeque::new()] }
    }

    /// Adds a transfer that holds this.
    pub(super) fn add(&mut self, held: Held, id: Id, is_known: bool) {
        let holders = held.file.map(|file| self.holders.entry(file).or_default());
        let is_new = holders.is_none_or(|count| {
            *count += 1;
            *count == 1
        });
        if is_new {
            self.total.fetch_add(held.bytes, Ordering::Relaxed);
        }
        self.queues[usize::from(is_known)].push_back(id);
    }

    /// Removes what a transfer held.
    pub(super) fn remove(&mut self, held: Held) {
        if let Some(file) = held.file {
            let Some(count) = self.holders.get_mut(&file) else { return };
            *count -= 1;
            if *count > 0 {
                return;
            }
            self.holders.remove(&file);
        }
        self.total.fetch_sub(held.bytes, Ordering::Relaxed);
    }

    /// The transfer that has to end because too much is held: the oldest one that still holds
    /// something, but not `newest`.
    pub(super) fn surplus(&mut self, newest: Id, holds: impl Fn(Id) -> bool) -> Option<Id> {
        if self.total.load(Ordering::Relaxed) <= self.max {
            return None;
        }
        self.queues.iter_mut().find_map(|queue| {
            while let Some(id) = queue.pop_front() {
                if id == newest {
                    // there is none after it
                    queue.push_back(id);
                    return None;
                }
                if holds(id) {
                    return Some(id);
                }
            }
            None
        })
    }

    /// Forgets transfers that hold nothing any more, if there are more than `max_ended` of them.
    pub(super) fn tidy(&mut self, max_ended: usize, holds: impl Fn(Id) -> bool) {
        for queue in &mut self.queues {
            if queue.len() > max_ended {
                queue.retain(|id| holds(*id));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> Id {
        Id { place: 0, number }
    }

    #[test]
    fn shared_file_counts_once_and_until_its_last_transfer_ends() {
        let total = Arc::<AtomicU64>::default();
        let mut held = HeldBytes::new(100, Arc::clone(&total));
        let total = || total.load(Ordering::Relaxed);
        let (file, other, stream) = (Held::file(7, 60), Held::file(8, 30), Held::stream(5));
        held.add(file, id(1), false);
        held.add(file, id(2), false);
        held.add(other, id(3), false);
        held.add(stream, id(4), false);
        held.add(stream, id(5), false);
        assert_eq!(total(), 100);
        assert_eq!(held.surplus(id(5), |_| true), None);
        held.remove(file);
        assert_eq!(total(), 100);
        held.remove(file);
        assert_eq!(total(), 40);
        held.remove(stream);
        held.remove(other);
        held.remove(stream);
        assert!(total() == 0 && held.holders.is_empty());
    }

    #[test]
    fn oldest_transfer_of_an_unknown_client_ends_first_and_the_newest_never() {
        let mut held = HeldBytes::new(10, Arc::default());
        for (number, is_known) in [(1, true), (2, false), (3, false), (4, false)] {
            held.add(Held::stream(5), id(number), is_known);
        }
        // the second one has ended already
        let mut next = || held.surplus(id(4), |other| other != id(2));
        assert_eq!([next(), next(), next()], [Some(id(3)), Some(id(1)), None]);
        held.tidy(0, |_| false);
        assert!(held.queues.iter().all(VecDeque::is_empty));
    }
}
