//! The limit on concurrent fetches, with a reserve for confirmed clients.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::fallback::queue::unconfirmed_share;

/// Concurrent fetches.
#[derive(Debug)]
pub(super) struct Fetches {
    all: Semaphore,
    /// Those for clients that are not confirmed. Their requests wait for these first, and so not
    /// before those of confirmed clients.
    unconfirmed: Semaphore,
}

/// The right to fetch; dropping it passes the right on.
#[derive(Debug)]
pub(super) struct Fetch<'f> {
    _one: Option<SemaphorePermit<'f>>,
    _unconfirmed: Option<SemaphorePermit<'f>>,
}

impl Fetches {
    pub(super) fn new(max: u32) -> Self {
        let unconfirmed = Semaphore::new(unconfirmed_share(max) as usize);
        Self { all: Semaphore::new(max as usize), unconfirmed }
    }

    /// Waits for a fetch. The semaphores are never closed.
    pub(super) async fn acquire(&self, is_confirmed: bool) -> Fetch<'_> {
        let unconfirmed = match is_confirmed {
            true => None,
            false => self.unconfirmed.acquire().await.ok(),
        };
        Fetch { _one: self.all.acquire().await.ok(), _unconfirmed: unconfirmed }
    }
}

#[cfg(test)]
mod tests {
    use futures_lite::future::poll_once;

    use super::*;

    #[tokio::test]
    async fn unconfirmed_clients_leave_a_reserve() {
        let fetches = Fetches::new(8);
        let mut held = Vec::new();
        for _ in 0..6 {
            held.push(fetches.acquire(false).await);
        }
        let mut unconfirmed = Box::pin(fetches.acquire(false));
        assert!(poll_once(&mut unconfirmed).await.is_none());
        for _ in 0..2 {
            held.push(poll_once(Box::pin(fetches.acquire(true))).await.unwrap());
        }
        let mut confirmed = Box::pin(fetches.acquire(true));
        assert!(poll_once(&mut confirmed).await.is_none());
        // the first one passes its right to the confirmed client, which waits for any
        held.remove(0);
        let last = poll_once(&mut confirmed).await;
        assert!(last.is_some() && poll_once(&mut unconfirmed).await.is_none());
        drop(last);
        assert!(poll_once(&mut unconfirmed).await.is_some());
    }

    #[tokio::test]
    async fn single_fetch_is_for_everyone() {
        let fetches = Fetches::new(1);
        assert!(poll_once(Box::pin(fetches.acquire(false))).await.is_some());
    }
}
