//! The requests that wait for a source, and which of them makes room for a newer one.
//!
//! Anyone who forges addresses can send requests for any number of different names. So a request
//! whose address may be forged takes the place of the oldest such one, and a share of the places is
//! reserved for clients that are confirmed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::not_served::NotServed;
use crate::client::Client;
use crate::permits::{Permit, Permits};

/// A quarter of the places, and of the fetches, is reserved for confirmed clients.
const RESERVED_SHARE: u32 = 4;

/// Most requests that lost their place, and are still in memory because the runtime did not get to
/// them: some 512 KB. Confirmed clients may add as many.
const MAX_EVICTED: u32 = 512;

/// How many of `max` places or fetches clients may have that are not confirmed: at least one.
pub(super) fn unconfirmed_share(max: u32) -> u32 {
    max - max / RESERVED_SHARE
}

/// The places of requests that wait.
#[derive(Debug)]
pub(super) struct Queue {
    max: u32,
    /// Limits places per client.
    clients: Arc<Permits>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Places in use.
    waiting: u32,
    /// Those of them that have clients that are not confirmed.
    unconfirmed: u32,
    /// Requests that lost their place, and have not ended yet.
    evicted: u32,
    /// The requests that may lose their place, oldest first.
    evictable: BTreeMap<u64, oneshot::Sender<()>>,
    /// The number of the latest request of a client that is not confirmed.
    number: u64,
}

/// The place of a request. Dropping it frees the place.
#[derive(Debug)]
pub(super) struct Place {
    queue: Arc<Queue>,
    /// The number of the request; `None` if its client is confirmed.
    number: Option<u64>,
    /// Whether the request keeps its place, so that it was not evicted.
    is_kept: AtomicBool,
    _client: Permit,
}

/// The notice to a request that it lost its place.
#[derive(Debug)]
pub(super) struct Eviction(Option<oneshot::Receiver<()>>);

/// A request that has a place from now on.
#[derive(Debug)]
pub(super) struct Entered {
    pub(super) place: Place,
    pub(super) eviction: Eviction,
    /// Whether another request lost its place for it.
    pub(super) has_evicted: bool,
}

impl Queue {
    /// With `max` places, of which one client may have `max_per_client`.
    pub(super) fn new(max: u32, max_per_client: u32) -> Arc<Self> {
        let clients = Permits::new(u32::MAX, max_per_client);
        Arc::new(Self { max, clients, inner: Mutex::default() })
    }

    /// A place for a request of a client. If there is none, the oldest request of a client that is
    /// not confirmed loses its place, unless its fetch has begun.
    ///
    /// # Errors
    ///
    /// [`NotServed::Busy`] if all places have requests that keep them, or if the client has as many
    /// as it may have; [`NotServed::Evicted`] if too many evicted requests are still in memory.
    pub(super) fn enter(self: &Arc<Self>, client: Client) -> Result<Entered, NotServed> {
        let permit = self.clients.acquire(client.limit_key()).map_err(|_| NotServed::Busy)?;
        let mut inner = self.inner();
        let has_share = client.is_confirmed || inner.unconfirmed < unconfirmed_share(self.max);
        let has_evicted = inner.waiting >= self.max || !has_share;
        if has_evicted {
            inner.evict_oldest(client.is_confirmed)?;
        }
        inner.waiting += 1;
        let (number, eviction) = if client.is_confirmed {
            (None, None)
        } else {
            let (number, eviction) = inner.add_unconfirmed();
            (Some(number), Some(eviction))
        };
        drop(inner);
        let (queue, is_kept) = (Arc::clone(self), AtomicBool::new(false));
        let place = Place { queue, number, is_kept, _client: permit };
        Ok(Entered { place, eviction: Eviction(eviction), has_evicted })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn add_unconfirmed(&mut self) -> (u64, oneshot::Receiver<()>) {
        let (sender, receiver) = oneshot::channel();
        self.unconfirmed += 1;
        self.number += 1;
        self.evictable.insert(self.number, sender);
        (self.number, receiver)
    }

    /// Frees the oldest place that is not kept, for a request of a client that is confirmed or not.
    fn evict_oldest(&mut self, is_confirmed: bool) -> Result<(), NotServed> {
        let (max_evicted, too_many) = match is_confirmed {
            true => (2 * MAX_EVICTED, NotServed::Busy),
            false => (MAX_EVICTED, NotServed::Evicted),
        };
        if self.evicted >= max_evicted {
            return Err(too_many);
        }
        let (_, oldest) = self.evictable.pop_first().ok_or(NotServed::Busy)?;
        // a request that is just being dropped wants no notice
        let _ = oldest.send(());
        self.waiting -= 1;
        self.unconfirmed -= 1;
        self.evicted += 1;
        Ok(())
    }
}

impl Place {
    /// Keeps the place, so that nothing is fetched in vain. Returns false if it is lost already.
    pub(super) fn keep(&self) -> bool {
        let Some(number) = self.number else { return true };
        if self.queue.inner().evictable.remove(&number).is_some() {
            self.is_kept.store(true, Ordering::Relaxed);
        }
        self.is_kept.load(Ordering::Relaxed)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let is_kept = *self.is_kept.get_mut();
        let mut inner = self.queue.inner();
        if let Some(number) = self.number {
            if inner.evictable.remove(&number).is_none() && !is_kept {
                inner.evicted -= 1;
                return;
            }
            inner.unconfirmed -= 1;
        }
        inner.waiting -= 1;
    }
}

impl Eviction {
    /// Waits until the request loses its place; forever if it keeps it.
    pub(super) async fn happens(self) {
        if let Some(notice) = self.0
            && notice.await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use futures_lite::future::poll_once;

    use super::*;
    use crate::settings::Settings;

    /// A client with this number as its address.
    fn client(number: u32, is_confirmed: bool) -> Client {
        let address = (Ipv4Addr::from(0x0a00_0000 + number), 0).into();
        Client { is_confirmed, ..Client::new(address, &Settings::default()) }
    }

    fn enter(queue: &Arc<Queue>, number: u32, is_confirmed: bool) -> Result<Entered, NotServed> {
        queue.enter(client(number, is_confirmed))
    }

    async fn is_evicted(entered: &mut Entered) -> bool {
        let eviction = std::mem::replace(&mut entered.eviction, Eviction(None));
        poll_once(eviction.happens()).await.is_some()
    }

    fn counts(queue: &Arc<Queue>) -> (u32, u32, u32) {
        let inner = queue.inner();
        (inner.waiting, inner.unconfirmed, inner.evicted)
    }

    #[tokio::test]
    async fn newer_request_takes_the_place_of_the_oldest_unconfirmed_one() {
        let queue = Queue::new(8, 8);
        let mut waiting: Vec<_> =
            (0..6).map(|number| enter(&queue, number, false).unwrap()).collect();
        assert!(waiting[0].place.keep() && waiting[0].place.keep());
        assert_eq!(counts(&queue), (6, 6, 0));
        let seventh = enter(&queue, 6, false).unwrap();
        assert!(seventh.has_evicted);
        assert_eq!(counts(&queue), (6, 6, 1));
        assert!(is_evicted(&mut waiting[1]).await && !waiting[1].place.keep());
        assert!(!is_evicted(&mut waiting[0]).await && !is_evicted(&mut waiting[2]).await);
        // in any order, each place is freed once
        drop(waiting);
        assert_eq!(counts(&queue), (1, 1, 0));
        drop(seventh);
        assert_eq!(counts(&queue), (0, 0, 0));
        assert!(queue.inner().evictable.is_empty());
    }

    #[tokio::test]
    async fn confirmed_clients_have_a_reserve_and_are_never_evicted() {
        let queue = Queue::new(8, 8);
        let forged: Vec<_> =
            (0..20).filter_map(|number| enter(&queue, number, false).ok()).collect();
        let mut confirmed: Vec<_> =
            (20..22).map(|number| enter(&queue, number, true).unwrap()).collect();
        assert_eq!(counts(&queue), (8, 6, 14));
        assert!(!confirmed.iter().any(|entered| entered.has_evicted));
        // beyond the reserve, they take the places of the others
        confirmed.extend((22..28).map(|number| enter(&queue, number, true).unwrap()));
        assert_eq!(counts(&queue), (8, 0, 20));
        assert_eq!(enter(&queue, 28, true).unwrap_err(), NotServed::Busy);
        assert_eq!(enter(&queue, 29, false).unwrap_err(), NotServed::Busy);
        for entered in &mut confirmed {
            assert!(!is_evicted(entered).await);
        }
        drop((forged, confirmed));
        assert_eq!(counts(&queue), (0, 0, 0));
    }

    #[test]
    fn evicted_requests_in_memory_are_bounded() {
        let queue = Queue::new(4, 1);
        let mut held = Vec::new();
        let refused = (0..).find_map(|number| match enter(&queue, number, false) {
            Ok(entered) => {
                held.push(entered);
                None
            }
            Err(reason) => Some(reason),
        });
        assert_eq!(refused, Some(NotServed::Evicted));
        assert_eq!(counts(&queue), (3, 3, MAX_EVICTED));
        // a confirmed client still finds a place
        let confirmed: Vec<_> =
            (0..4).map(|number| enter(&queue, 9_000 + number, true).unwrap()).collect();
        assert_eq!(counts(&queue), (4, 0, MAX_EVICTED + 3));
        drop((held, confirmed));
        assert_eq!(counts(&queue), (0, 0, 0));
    }

    #[test]
    fn client_with_its_share_of_places_is_refused() {
        let queue = Queue::new(8, 2);
        let _held = [enter(&queue, 1, false), enter(&queue, 1, true)];
        for is_confirmed in [false, true] {
            assert_eq!(enter(&queue, 1, is_confirmed).unwrap_err(), NotServed::Busy);
        }
        assert!(enter(&queue, 2, false).is_ok());
    }
}
