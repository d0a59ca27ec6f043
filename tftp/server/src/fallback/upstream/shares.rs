//! A share of the concurrent fetches for each client: one that requests names on which a server
//! hangs waits for its own requests only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::client::ClientKey;

/// The requests that each client may have in progress at the same time. Further ones wait.
#[derive(Debug)]
pub(super) struct Shares {
    max_per_client: usize,
    /// Clients without requests have no entry.
    clients: Mutex<HashMap<ClientKey, Arc<Semaphore>>>,
}

/// A place in the share of a client, or in the queue for it. Dropping it passes the place on.
#[derive(Debug)]
pub(super) struct Share<'s> {
    shares: &'s Shares,
    client: ClientKey,
    semaphore: Arc<Semaphore>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Shares {
    pub(super) fn new(max_per_client: u32) -> Self {
        Self { max_per_client: max_per_client as usize, clients: Mutex::default() }
    }

    /// Waits for a place in the share of a client; `None` for an exempt client, which has no share.
    pub(super) async fn acquire(&self, client: Option<ClientKey>) -> Option<Share<'_>> {
        let mut share = self.enter(client?);
        // the semaphore is never closed
        share.permit = Arc::clone(&share.semaphore).acquire_owned().await.ok();
        Some(share)
    }

    fn enter(&self, client: ClientKey) -> Share<'_> {
        let mut clients = self.clients();
        let new = || Arc::new(Semaphore::new(self.max_per_client));
        let semaphore = Arc::clone(clients.entry(client).or_insert_with(new));
        Share { shares: self, client, semaphore, permit: None }
    }

    fn clients(&self) -> MutexGuard<'_, HashMap<ClientKey, Arc<Semaphore>>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut clients = self.shares.clients();
        self.permit = None;
        // the entry and this place hold the semaphore, and each other place holds it as well
        if Arc::strong_count(&self.semaphore) == 2 {
            clients.remove(&self.client);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_lite::future::poll_once;

    use super::*;

    fn key(text: &str) -> ClientKey {
        text.parse::<std::net::IpAddr>().unwrap().into()
    }

    #[tokio::test]
    async fn client_waits_for_its_own_requests_only() {
        let shares = Shares::new(2);
        let [a, b] = ["10.0.0.1", "10.0.0.2"].map(|text| Some(key(text)));
        let first = shares.acquire(a).await;
        let _second = shares.acquire(a).await;
        let mut third = Box::pin(shares.acquire(a));
        assert!(poll_once(&mut third).await.is_none());
        assert!(poll_once(Box::pin(shares.acquire(b))).await.is_some());
        assert!(poll_once(Box::pin(shares.acquire(None))).await.is_some());
        drop(first);
        assert!(poll_once(&mut third).await.is_some());
    }

    #[tokio::test]
    async fn clients_without_requests_are_forgotten() {
        let shares = Shares::new(1);
        let client = Some(key("10.0.0.1"));
        let first = shares.acquire(client).await;
        let mut canceled = Box::pin(shares.acquire(client));
        assert!(poll_once(&mut canceled).await.is_none());
        drop(canceled);
        assert_eq!(shares.clients().len(), 1);
        drop(first);
        assert!(shares.clients().is_empty());
    }
}
