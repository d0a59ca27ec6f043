//! Equal requests that come while one is under way wait for that one.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::Landed;

type Cell = Arc<OnceCell<Landed>>;

/// Fetches that are under way, by name.
#[derive(Debug, Default)]
pub(super) struct Flights {
    under_way: Mutex<HashMap<Box<str>, Cell>>,
}

impl Flights {
    /// Waits for the fetch that is under way, or makes `fetch` that one. If whoever fetches gives up, the next one who waits fetches.
    pub(super) async fn join(&self, name: &str, fetch: impl Future<Output = Landed>) -> Landed {
        let cell = {
            let mut under_way = self
                .under_way
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            Cell::clone(under_way.entry(name.into()).or_default())
        };
        let landed = cell.get_or_init(|| fetch).await.clone();
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if under_way
            .get(name)
            .is_some_and(|known| Arc::ptr_eq(known, &cell))
        {
            under_way.remove(name);
        }
        landed
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

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
}
