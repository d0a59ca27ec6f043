//! Concurrent requests for the same name share one fetch.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

/// Fetches in progress, by name; `R` is the result, which every waiting request receives.
#[derive(Debug)]
pub(super) struct InFlight<R> {
    fetches: Mutex<HashMap<Box<str>, Arc<OnceCell<R>>>>,
}

impl<R> Default for InFlight<R> {
    fn default() -> Self {
        Self { fetches: Mutex::default() }
    }
}

impl<R: Clone> InFlight<R> {
    /// Waits for the fetch of this name that is in progress, or runs `fetch`. When the request that
    /// fetches is canceled, the next waiting request fetches. When no request waits any more, the
    /// entry is removed.
    pub(super) async fn join(&self, name: &str, fetch: impl Future<Output = R>) -> R {
        let waiter = self.waiter(name);
        waiter.cell.get_or_init(|| fetch).await.clone()
    }

    fn waiter<'f>(&'f self, name: &'f str) -> Waiter<'f, R> {
        let cell = Arc::clone(self.fetches().entry(name.into()).or_default());
        Waiter { in_flight: self, name, cell }
    }
}

impl<R> InFlight<R> {
    fn fetches(&self) -> MutexGuard<'_, HashMap<Box<str>, Arc<OnceCell<R>>>> {
        self.fetches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that waits for a fetch, until the fetch ends or the request is canceled.
struct Waiter<'f, R> {
    in_flight: &'f InFlight<R>,
    name: &'f str,
    cell: Arc<OnceCell<R>>,
}

impl<R> Drop for Waiter<'_, R> {
    fn drop(&mut self) {
        let mut fetches = self.in_flight.fetches();
        // Drop the cell while the lock is held: of two waiters that leave at the same time, the
        // second one then sees that it is the last.
        let cell = std::mem::take(&mut self.cell);
        let is_last = Arc::strong_count(&cell) == 2;
        let is_same = |known: &Arc<OnceCell<R>>| Arc::ptr_eq(known, &cell);
        if fetches.get(self.name).is_some_and(is_same) && (is_last || cell.initialized()) {
            fetches.remove(self.name);
        }
        drop(cell);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_lite::future::poll_once;

    use super::*;

    #[tokio::test]
    async fn concurrent_requests_share_one_fetch() {
        let (in_flight, count) = (InFlight::default(), AtomicUsize::new(0));
        let fetch = || async {
            count.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            "result"
        };
        tokio::join!(
            in_flight.join("a", fetch()),
            in_flight.join("a", fetch()),
            in_flight.join("b", fetch()),
        );
        assert_eq!(count.load(Ordering::Relaxed), 2);
        assert!(in_flight.fetches.lock().unwrap().is_empty());
        in_flight.join("a", fetch()).await;
        assert_eq!(count.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn canceled_fetch_passes_to_the_next_waiter_and_leaves_nothing() {
        let in_flight = InFlight::default();
        let mut first = Box::pin(in_flight.join("a", std::future::pending()));
        let mut second = Box::pin(in_flight.join("a", async { "result" }));
        assert!(poll_once(&mut first).await.is_none());
        assert!(poll_once(&mut second).await.is_none());
        drop(first);
        assert_eq!(in_flight.fetches().len(), 1);
        assert_eq!(second.await, "result");
        assert!(in_flight.fetches().is_empty());
        let mut alone = Box::pin(in_flight.join("a", std::future::pending()));
        assert!(poll_once(&mut alone).await.is_none());
        drop(alone);
        assert!(in_flight.fetches().is_empty());
    }
}
