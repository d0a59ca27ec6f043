//! Small files from upstream, and names that nobody has, for a time and within a bound.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use adr_bundle::TreeFile;

use crate::elsewhere::Absent;

/// What an entry costs beside its name and its file.
const ENTRY_BYTES: usize = 160;

/// A bounded memory. When it is full, what was used longest ago goes.
#[derive(Debug)]
pub(super) struct Cache {
    most_bytes: usize,
    inner: Mutex<Inner>,
}

/// What is known about a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    File(Arc<TreeFile>),
    /// Nobody has it, or it is too large.
    Absent(Absent),
}

#[derive(Debug, Default)]
struct Inner {
    entries: HashMap<Box<str>, Entry>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    kept: Kept,
    until: Instant,
    used: Instant,
}

impl Cache {
    pub(super) fn new(most_bytes: usize) -> Self {
        Self { most_bytes, inner: Mutex::default() }
    }

    pub(super) fn get(&self, name: &str, now: Instant) -> Option<Kept> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = inner.entries.get_mut(name)?;
        if now >= entry.until {
            inner.remove(name);
            return None;
        }
        entry.used = now;
        Some(entry.kept.clone())
    }

    /// Keeps what is known for a time; what is larger than the whole cache is not kept.
    pub(super) fn put(&self, name: &str, kept: Kept, time: Duration, now: Instant) {
        let cost = cost(name, &kept);
        if cost > self.most_bytes || time.is_zero() {
            return;
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.remove(name);
        inner.make_room(self.most_bytes - cost, now);
        inner.bytes += cost;
        let until = now + time;
        let used = now;
        inner.entries.insert(name.into(), Entry { kept, until, used });
    }
}

impl Inner {
    fn remove(&mut self, name: &str) {
        if let Some(entry) = self.entries.remove(name) {
            self.bytes -= cost(name, &entry.kept);
        }
    }

    /// Shrinks to `most` bytes and an eighth less, so that a full cache is sorted once in a while
    /// and not at every entry.
    fn make_room(&mut self, most: usize, now: Instant) {
        if self.bytes <= most {
            return;
        }
        let mut names: Vec<_> = self
            .entries
            .iter()
            .map(|(name, entry)| {
                let order = (now < entry.until).then_some(entry.used);
                (order, name.clone())
            })
            .collect();
        names.sort_unstable();
        for (_, name) in names {
            if self.bytes <= most - most / 8 {
                break;
            }
            self.remove(&name);
        }
    }
}

fn cost(name: &str, kept: &Kept) -> usize {
    let file = match kept {
        Kept::File(file) => file.bytes().len(),
        Kept::Absent(_) => 0,
    };
    ENTRY_BYTES + name.len() + file
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn file(size: usize) -> Kept {
        Kept::File(Arc::new(TreeFile::of(vec![7; size])))
    }

    #[test]
    fn what_is_kept_is_forgotten_in_time() {
        let (cache, now) = (Cache::new(10_000), Instant::now());
        cache.put("a", file(10), SECOND * 30, now);
        cache.put("b", Kept::Absent(Absent::Missing), SECOND, now);
        assert_eq!(cache.get("a", now + SECOND), Some(file(10)));
        assert_eq!(cache.get("b", now + SECOND), None);
        assert_eq!(cache.get("a", now + SECOND * 30), None);
        assert_eq!(cache.inner.lock().unwrap().bytes, 0);
    }

    #[test]
    fn memory_is_bounded_whatever_is_asked_for() {
        let (cache, now) = (Cache::new(100_000), Instant::now());
        for number in 0..5_000 {
            let kept = if number % 3 == 0 { file(number) } else { Kept::Absent(Absent::Missing) };
            cache.put(
                &format!("name-{number}"),
                kept,
                SECOND,
                now + Duration::from_nanos(number as u64),
            );
            let inner = cache.inner.lock().unwrap();
            assert!(inner.bytes <= 100_000);
            let sum: usize =
                inner.entries.iter().map(|(name, entry)| cost(name, &entry.kept)).sum();
            assert_eq!(sum, inner.bytes);
        }
        cache.put("large", file(100_000), SECOND, now);
        assert_eq!(cache.get("large", now), None);
        assert!(cache.get("name-4999", now).is_some());
        assert!(cache.get("name-0", now).is_none());
    }

    #[test]
    fn what_was_used_last_stays() {
        let (cache, now) = (Cache::new(1_000), Instant::now());
        cache.put("a", file(200), SECOND, now);
        cache.put("b", file(200), SECOND, now);
        cache.get("a", now + Duration::from_millis(1));
        cache.put("c", file(300), SECOND, now + Duration::from_millis(2));
        assert!(cache.get("a", now).is_some() && cache.get("c", now).is_some());
        assert_eq!(cache.get("b", now), None);
    }
}
