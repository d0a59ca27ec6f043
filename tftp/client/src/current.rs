//! The rules that are running, which any thread reads and one task replaces.
//!
//! Each thread keeps a reference to the rules of its last call and a buffer for results. Checking
//! that these rules are still current is one read of memory; taking a new reference on each call
//! would be two writes to memory that all threads share.
//! `docs/contributing/decisions/0022-each-thread-keeps-its-last-rules.md` has the measurement and
//! the price: a thread that has dialed holds the rules of its last call until its next call, or
//! until it ends.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use adr_dialer::Scratch;
use arc_swap::{ArcSwap, Cache, Guard};

use crate::rules::Rules;

/// The rules that are running.
#[derive(Debug)]
pub(crate) struct CurrentRules {
    /// Identifies this value within the process, so that a thread that dials through two cores does
    /// not mix them up.
    id: u64,
    rules: Arc<ArcSwap<Rules>>,
}

thread_local! {
    static LAST_USED: RefCell<Option<LastUsed>> = const { RefCell::new(None) };
}

/// What a thread keeps from its last call.
struct LastUsed {
    /// The [`CurrentRules`] that the call went through.
    id: u64,
    rules: Cache<Arc<ArcSwap<Rules>>, Arc<Rules>>,
    scratch: Scratch,
}

impl CurrentRules {
    pub(crate) fn new(rules: Rules) -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            rules: Arc::new(ArcSwap::from_pointee(rules)),
        }
    }

    pub(crate) fn load(&self) -> Guard<Arc<Rules>> {
        self.rules.load()
    }

    pub(crate) fn store(&self, rules: Arc<Rules>) {
        self.rules.store(rules);
    }

    /// Calls a function once with the rules that are current at the start of the call.
    #[inline]
    pub(crate) fn with<T>(&self, mut run: impl FnMut(&Rules, &mut Scratch) -> T) -> T {
        let done = LAST_USED.try_with(|last| {
            let mut last = last.try_borrow_mut().ok()?;
            let last = match &mut *last {
                Some(last) if last.id == self.id => last,
                other => other.insert(self.start_using()),
            };
            Some(run(last.rules.load(), &mut last.scratch))
        });
        match done {
            Ok(Some(done)) => done,
            // a call from within `run`, or a thread that is ending
            Ok(None) | Err(_) => run(&self.rules.load(), &mut Scratch::default()),
        }
    }

    #[cold]
    fn start_using(&self) -> LastUsed {
        LastUsed {
            id: self.id,
            rules: Cache::new(Arc::clone(&self.rules)),
            scratch: Scratch::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_rules_are_used_by_the_next_call() {
        let current = CurrentRules::new(Rules::empty());
        let address = || current.with(|rules, _| std::ptr::from_ref(rules));
        let first = address();
        assert_eq!(first, address());
        current.store(Arc::new(Rules::empty()));
        assert_ne!(first, address());
        assert_eq!(address(), Arc::as_ptr(&current.load()));
    }

    #[test]
    fn nested_call_uses_the_rules_of_its_own_core() {
        let (one, other) = (CurrentRules::new(Rules::empty()), CurrentRules::new(Rules::empty()));
        one.with(|rules, _| {
            let outer = std::ptr::from_ref(rules);
            other.with(|rules, _| assert_ne!(outer, std::ptr::from_ref(rules)));
            one.with(|rules, _| assert_eq!(outer, std::ptr::from_ref(rules)));
        });
        other.with(|rules, _| assert_eq!(std::ptr::from_ref(rules), Arc::as_ptr(&other.load())));
    }
}
