//! A bounded cache of small files from upstream, and of names that no server has.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use adr_bundle::TreeFile;

use crate::fallback::not_served::NotServed;

/// Bytes that an entry costs beyond its name and its file.
const ENTRY_BYTES: usize = 160;

/// A cache of bounded size. When it is full, the least recently used entries are evicted.
#[derive(Debug)]
pub(super) struct Cache {
    max_bytes: usize,
    inner: Mutex<Inner>,
}

/// What is known about a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CachedResult {
    File(Arc<TreeFile>),
    /// No server has it, or it is too large.
    NotServed(NotServed),
}

#[derive(Debug, Default)]
struct Inner {
    entries: HashMap<Box<str>, CacheEntry>,
    /// Sum of the costs of all entries.
    bytes: usize,
}

#[derive(Debug)]
struct CacheEntry {
    result: CachedResult,
    expires: Instant,
    last_used: Instant,
}

impl Cache {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, inner: Mutex::default() }
    }

    pub(super) fn get(&self, name: &str, now: Instant) -> Option<CachedResult> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = inner.entries.get_mut(name)?;
        if now >= entry.expires {
            inner.remove(name);
            return None;
        }
        entry.last_used = now;
        Some(entry.result.clone())
    }

    /// Keeps a result for a time. A result larger than the whole cache is not kept.
    pub(super) fn put(&self, name: &str, result: CachedResult, time: Duration, now: Instant) {
        let cost = cost(name, &result);
        if cost > self.max_bytes || time.is_zero() {
            return;
        }
        let Some(expires) = now.checked_add(time) else {
            return;
        };
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.remove(name);
        inner.shrink_to(self.max_bytes - cost, now);
        inner.bytes += cost;
        inner.entries.insert(name.into(), CacheEntry { result, expires, last_used: now });
    }
}

impl Inner {
    fn remove(&mut self, name: &str) {
        if let Some(entry) = self.entries.remove(name) {
            self.bytes -= cost(name, &entry.result);
        }
    }

    /// Evicts entries until an eighth less than `max` bytes is in use, so that a full cache is
    /// sorted once in a while and not at every insertion. Expired entries are evicted first.
    fn shrink_to(&mut self, max: usize, now: Instant) {
        if self.bytes <= max {
            return;
        }
        let mut names: Vec<_> = self
            .entries
            .iter()
            .map(|(name, entry)| {
                let order = (now < entry.expires).then_some(entry.last_used);
                (order, name.clone())
            })
            .collect();
        names.sort_unstable();
        for (_, name) in names {
            if self.bytes <= max - max / 8 {
                break;
            }
            self.remove(&name);
        }
    }
}

fn cost(name: &str, result: &CachedResult) -> usize {
    let file = match result {
        CachedResult::File(file) => file.bytes().len(),
        CachedResult::NotServed(_) => 0,
    };
    ENTRY_BYTES + name.len() + file
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn file(size: usize) -> CachedResult {
        CachedResult::File(Arc::new(TreeFile::of(vec![7; size])))
    }

    fn missing() -> CachedResult {
        CachedResult::NotServed(NotServed::Missing)
    }

    #[test]
    fn entries_expire() {
        let (cache, now) = (Cache::new(10_000), Instant::now());
        cache.put("a", file(10), SECOND * 30, now);
        cache.put("b", missing(), SECOND, now);
        assert_eq!(cache.get("a", now + SECOND), Some(file(10)));
        assert_eq!(cache.get("b", now + SECOND), None);
        assert_eq!(cache.get("a", now + SECOND * 30), None);
        assert_eq!(cache.inner.lock().unwrap().bytes, 0);
    }

    #[test]
    fn memory_stays_within_the_bound() {
        let (cache, now) = (Cache::new(100_000), Instant::now());
        for number in 0..5_000 {
            let result = if number % 3 == 0 { file(number) } else { missing() };
            cache.put(
                &format!("name-{number}"),
                result,
                SECOND,
                now + Duration::from_nanos(number as u64),
            );
            let inner = cache.inner.lock().unwrap();
            assert!(inner.bytes <= 100_000);
            let sum: usize =
                inner.entries.iter().map(|(name, entry)| cost(name, &entry.result)).sum();
            assert_eq!(sum, inner.bytes);
        }
        cache.put("large", file(100_000), SECOND, now);
        assert_eq!(cache.get("large", now), None);
        assert!(cache.get("name-4999", now).is_some());
        assert!(cache.get("name-0", now).is_none());
    }

    #[test]
    fn least_recently_used_entry_is_evicted() {
        let (cache, now) = (Cache::new(1_000), Instant::now());
        cache.put("a", file(200), SECOND, now);
        cache.put("b", file(200), SECOND, now);
        cache.get("a", now + Duration::from_millis(1));
        cache.put("c", file(300), SECOND, now + Duration::from_millis(2));
        assert!(cache.get("a", now).is_some() && cache.get("c", now).is_some());
        assert_eq!(cache.get("b", now), None);
    }
}
