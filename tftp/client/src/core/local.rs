//! What each thread keeps at hand: the rules that it dialled by last, and buffers for results.
//!
//! Asking whether these are still the current ones is one read of memory, where taking the current
//! ones would be two writes to memory that threads share. The price: a thread that has dialled
//! holds the rules of its last call until its next one, or its end.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use adr_dialer::Scratch;
use arc_swap::{ArcSwap, Cache};

use crate::rules::Rules;

/// Rules that may be swapped at any time.
#[derive(Debug)]
pub(crate) struct Current {
    /// Tells cores of one process apart.
    number: u64,
    rules: Arc<ArcSwap<Rules>>,
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

struct Last {
    number: u64,
    rules: Cache<Arc<ArcSwap<Rules>>, Arc<Rules>>,
    scratch: Scratch,
}

impl Current {
    pub(crate) fn new(rules: Rules) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        Self {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            rules: Arc::new(ArcSwap::from_pointee(rules)),
        }
    }

    pub(crate) fn load(&self) -> arc_swap::Guard<Arc<Rules>> {
        self.rules.load()
    }

    pub(crate) fn store(&self, rules: Arc<Rules>) {
        self.rules.store(rules);
    }

    /// Runs something with the rules that are current when it begins; once.
    #[inline]
    pub(crate) fn with<T>(&self, mut run: impl FnMut(&Rules, &mut Scratch) -> T) -> T {
        let at_hand = LAST.try_with(|last| {
            let mut last = last.try_borrow_mut().ok()?;
            let last = match &mut *last {
                Some(last) if last.number == self.number => last,
                other => other.insert(self.last()),
            };
            Some(run(last.rules.load(), &mut last.scratch))
        });
        match at_hand {
            Ok(Some(done)) => done,
            // a call within a call, or a thread that ends
            Ok(None) | Err(_) => run(&self.rules.load(), &mut Scratch::default()),
        }
    }

    #[cold]
    fn last(&self) -> Last {
        Last {
            number: self.number,
            rules: Cache::new(Arc::clone(&self.rules)),
            scratch: Scratch::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_is_seen_by_the_next_call() {
        let current = Current::new(Rules::none());
        let address = || current.with(|rules, _| std::ptr::from_ref(rules));
        let first = address();
        assert_eq!(first, address());
        current.store(Arc::new(Rules::none()));
        assert_ne!(first, address());
        assert_eq!(address(), Arc::as_ptr(&current.load()));
    }

    #[test]
    fn two_cores_in_one_thread_and_a_call_within_a_call() {
        let (one, other) = (Current::new(Rules::none()), Current::new(Rules::none()));
        one.with(|rules, _| {
            let outer = std::ptr::from_ref(rules);
            other.with(|rules, _| assert_ne!(outer, std::ptr::from_ref(rules)));
            one.with(|rules, _| assert_eq!(outer, std::ptr::from_ref(rules)));
        });
        other.with(|rules, _| assert_eq!(std::ptr::from_ref(rules), Arc::as_ptr(&other.load())));
    }
}
