//! A limit on work in progress, in total and per client.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::client::ClientKey;

/// A fixed number of permits, of which one client can hold a share.
#[derive(Debug)]
pub(crate) struct Permits {
    max: u32,
    max_per_client: u32,
    in_use: AtomicU32,
    /// Permits held by each client. A client without permits has no entry, so there are at most
    /// `max` entries.
    by_client: Mutex<HashMap<ClientKey, u32>>,
}

/// One permit; dropping it releases it.
#[derive(Debug)]
pub(crate) struct Permit {
    permits: Arc<Permits>,
    /// The client whose share it counts against; `None` for an exempt client.
    client: Option<ClientKey>,
}

/// Which limit prevents another permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LimitReached {
    /// All permits are in use.
    Server,
    /// The client holds its whole share.
    Client,
}

impl Permits {
    pub(crate) fn new(max: u32, max_per_client: u32) -> Arc<Self> {
        Arc::new(Self {
            max,
            max_per_client,
            in_use: AtomicU32::new(0),
            by_client: Mutex::default(),
        })
    }

    /// Number of permits in use.
    pub(crate) fn in_use(&self) -> u32 {
        self.in_use.load(Ordering::Relaxed)
    }

    /// Whether all permits are in use.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.in_use() >= self.max
    }

    /// Takes a permit that counts against the share of `client`; `None` takes one that counts
    /// against the total only.
    pub(crate) fn acquire(
        self: &Arc<Self>,
        client: Option<ClientKey>,
    ) -> Result<Permit, LimitReached> {
        let more = |in_use: u32| (in_use < self.max).then_some(in_use + 1);
        self.in_use
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .map_err(|_| LimitReached::Server)?;
        // from here on, dropping the permit releases it
        let mut permit = Permit { permits: Arc::clone(self), client: None };
        if let Some(client) = client {
            let mut by_client = self.by_client.lock().unwrap_or_else(PoisonError::into_inner);
            let count = by_client.entry(client).or_default();
            if *count >= self.max_per_client {
                if *count == 0 {
                    by_client.remove(&client);
                }
                return Err(LimitReached::Client);
            }
            *count += 1;
            permit.client = Some(client);
        }
        Ok(permit)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(client) = self.client {
            let by_client = self.permits.by_client.lock();
            let mut by_client = by_client.unwrap_or_else(PoisonError::into_inner);
            if let Some(count) = by_client.get_mut(&client) {
                *count -= 1;
                if *count == 0 {
                    by_client.remove(&client);
                }
            }
        }
        self.permits.in_use.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn dropped_permits_are_released_completely() {
        let permits = Permits::new(3, 2);
        let [a, b, c] =
            ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(|text| Some(ClientKey::from(ip(text))));
        let first = permits.acquire(a).unwrap();
        let second = permits.acquire(a).unwrap();
        assert_eq!(permits.acquire(a).unwrap_err(), LimitReached::Client);
        assert_eq!(permits.in_use(), 2);
        let third = permits.acquire(b).unwrap();
        assert_eq!(permits.acquire(c).unwrap_err(), LimitReached::Server);
        drop((first, second));
        assert!(permits.acquire(None).is_ok());
        drop(third);
        assert_eq!(permits.in_use(), 0);
        assert!(permits.by_client.lock().unwrap().is_empty());
    }

    #[test]
    fn limit_of_zero_grants_nothing() {
        let a = Some(ip("10.0.0.1").into());
        assert_eq!(Permits::new(0, 2).acquire(a).unwrap_err(), LimitReached::Server);
        let permits = Permits::new(2, 0);
        assert_eq!(permits.acquire(a).unwrap_err(), LimitReached::Client);
        assert!(permits.by_client.lock().unwrap().is_empty());
    }
}
