//! Equal requests that come while one is under way wait for that one.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use super::Landed;

type Cell = Arc<OnceCell<Landed>>;

/// Fetches that are under way, by name.
#[derive(Debug, Default)]
pub(super) struct Flights {
    under_way: Mutex<HashMap<Box<str>, Cell>>,
}

impl Flights {
    /// Waits for the fetch that is under way, or makes `fetch` that one. If whoever fetches gives
    /// up, the next one who waits fetches; if nobody waits any more, nothing is left of it.
    pub(super) async fn join(&self, name: &str, fetch: impl Future<Output = Landed>) -> Landed {
        let passenger = self.board(name);
        passenger.cell.get_or_init(|| fetch).await.clone()
    }

    fn board<'f>(&'f self, name: &'f str) -> Passenger<'f> {
        let cell = Cell::clone(self.under_way().entry(name.into()).or_default());
        Passenger { flights: self, name, cell }
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<Box<str>, Cell>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who waits for a fetch, to its end or until nobody wants to know any more.
struct Passenger<'f> {
    flights: &'f Flights,
    name: &'f str,
    cell: Cell,
}

impl Drop for Passenger<'_> {
    fn drop(&mut self) {
        let mut under_way = self.flights.under_way();
        // dropped before the lock is, so that of two who leave at once the second one sees that it
        // is the last
        let cell = std::mem::take(&mut self.cell);
        let is_last = Arc::strong_count(&cell) == 2;
        let is_same = |known: &Cell| Arc::ptr_eq(known, &cell);
        if under_way.get(self.name).is_some_and(is_same) && (is_last || cell.initialized()) {
            under_way.remove(self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_lite::future::poll_once;

    use super::*;
    use crate::elsewhere::Absent;

    #[tokio::test]
    async fn equal_requests_are_one_fetch() {
        let (flights, fetches) = (Flights::default(), AtomicUsize::new(0));
        let fetch = || async {
            fetches.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Landed::Absent(Absent::Missing)
        };
        tokio::join!(
            flights.join("a", fetch()),
            flights.join("a", fetch()),
            flights.join("b", fetch()),
        );
        assert_eq!(fetches.load(Ordering::Relaxed), 2);
        assert!(flights.under_way.lock().unwrap().is_empty());
        flights.join("a", fetch()).await;
        assert_eq!(fetches.load(Ordering::Relaxed), 3);
    }
    #[tokio::test]
    async fn nothing_is_left_of_a_fetch_that_nobody_waits_for() {
        let flights = Flights::default();
        let mut first = Box::pin(flights.join("a", std::future::pending()));
        let mut second = Box::pin(flights.join("a", async { Landed::Large }));
        assert!(poll_once(&mut first).await.is_none());
        assert!(poll_once(&mut second).await.is_none());
        drop(first);
        assert_eq!(flights.under_way().len(), 1);
        assert!(matches!(second.await, Landed::Large));
        assert!(flights.under_way().is_empty());
        let mut alone = Box::pin(flights.join("a", std::future::pending()));
        assert!(poll_once(&mut alone).await.is_none());
        drop(alone);
        assert!(flights.under_way().is_empty());
    }
}
