//! Many rules: one sorted table of intervals for each length, and a bucket table to enter it.
//!
//! Rules with begins-with `p` and length `n` match the keys of one interval; two such intervals are
//! nested or apart. Pushing the smallest rule number down through them leaves neighbouring intervals
//! with one winner each, so a look-up is one search for the last interval that starts at or before
//! the number's key.

use rustc_hash::FxHashMap;

use super::key::{Head, Keys};

/// No rule: the number stays as it is.
pub(super) const NO_RULE: u32 = u32::MAX;

/// Numbers that are looked up side by side.
pub(super) const BATCH: usize = 64;

/// Lengths below this find their class in an array.
pub(super) const SHORT: usize = 128;

/// Entries that are looked at without asking where the bucket ends.
pub(super) const WINDOW: usize = 8;

/// How a key and the rule that wins from it on lie in 64 bits, in the order of the keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    rule_bits: u32,
    pub(super) keys: Keys,
}

impl Layout {
    /// The layout for a list of `rules` rules.
    pub(super) fn of(rules: usize) -> Self {
        let rule_bits = usize::BITS - rules.leading_zeros();
        Self {
            rule_bits,
            keys: Keys::below(u64::BITS - rule_bits),
        }
    }

    /// The entry that says: from `key` on `rule` wins; [`NO_RULE`] becomes all ones.
    pub(super) fn entry(self, key: u64, rule: u32) -> u64 {
        key << self.rule_bits | u64::from(rule) & self.rule_mask()
    }

    /// The largest entry for a key.
    #[inline]
    fn last_entry(self, key: u64) -> u64 {
        key << self.rule_bits | self.rule_mask()
    }

    pub(super) fn key(self, entry: u64) -> u64 {
        entry >> self.rule_bits
    }

    #[inline]
    pub(super) fn rule(self, entry: u64) -> u32 {
        let rule = entry & self.rule_mask();
        if rule == self.rule_mask() {
            NO_RULE
        } else {
            rule as u32
        }
    }

    #[inline]
    fn rule_mask(self) -> u64 {
        (1 << self.rule_bits) - 1
    }
}

/// The intervals of one length and one kind of first byte.
#[derive(Clone, Copy, Debug)]
pub(super) struct Class {
    /// Keys below this are in the first bucket.
    pub(super) base: u64,
    /// Buckets to `2^64` keys.
    pub(super) scale: u64,
    /// Where this class's bucket starts begin.
    pub(super) buckets: u32,
    /// Number of its last bucket.
    pub(super) last_bucket: u32,
}

/// A class without rules: its one bucket starts at an entry that says so.
pub(super) const NO_CLASS: Class = Class {
    base: 0,
    scale: 0,
    buckets: 0,
    last_bucket: 0,
};

/// The table.
#[derive(Clone, Debug)]
pub(super) struct Intervals {
    /// By length, for numbers without and with a leading `+`.
    pub(super) short: [[Class; SHORT]; 2],
    pub(super) long: FxHashMap<(bool, usize), Class>,
    /// Rules for any length.
    pub(super) any: Option<[Class; 2]>,
    pub(super) layout: Layout,
    pub(super) entries: Vec<u64>,
    pub(super) buckets: Vec<u32>,
}

impl Intervals {
    /// The winner for a non-empty number.
    #[inline]
    pub(super) fn find(&self, head: Head, number: &[u8]) -> u32 {
        let (class, any, key) = self.enter(head, number);
        let found = self.leave(class, key);
        any.map_or(found, |any| found.min(self.leave(any, key)))
    }

    /// The winners for many numbers; for an empty number any answer will do.
    ///
    /// Three passes, so that the memory of many numbers is waited for at once.
    pub(super) fn find_all(&self, numbers: &[&[u8]], found: &mut [u32]) {
        let mut keys = [(0, 0, None); BATCH];
        let mut starts = [0; BATCH];
        for (number, slot) in numbers.iter().zip(&mut keys) {
            let (class, any, key) = self.enter(Head::of(number), number);
            *slot = (key, class.bucket(key), any);
        }
        for ((_, bucket, _), start) in keys.iter().zip(&mut starts).take(numbers.len()) {
            *start = self.buckets[*bucket] as usize;
        }
        for (((key, bucket, any), start), found) in
            keys.iter().zip(starts).zip(found).take(numbers.len())
        {
            *found = self.search(start, *bucket, *key);
            if let Some(any) = any {
                *found = (*found).min(self.leave(any, *key));
            }
        }
    }

    /// The class of a number, that of any length, and the key.
    #[inline]
    fn enter(&self, head: Head, number: &[u8]) -> (&Class, Option<&Class>, u64) {
        let plus = number.first() == Some(&b'+');
        let class = match self.short[usize::from(plus)].get(number.len()) {
            Some(class) => class,
            None => self.long.get(&(plus, number.len())).unwrap_or(&NO_CLASS),
        };
        (
            class,
            self.any.as_ref().map(|any| &any[usize::from(plus)]),
            self.layout.keys.key(head, plus),
        )
    }

    #[inline]
    fn leave(&self, class: &Class, key: u64) -> u32 {
        let bucket = class.bucket(key);
        self.search(self.buckets[bucket] as usize, bucket, key)
    }

    /// The rule of the last entry from `start` on that is not above a key.
    #[inline]
    fn search(&self, start: usize, bucket: usize, key: u64) -> u32 {
        let last = self.layout.last_entry(key);
        let window = &self.entries[start..][..WINDOW];
        let passed = window[1..]
            .iter()
            .map(|entry| usize::from(*entry <= last))
            .sum::<usize>();
        if passed + 1 < WINDOW {
            return self.layout.rule(window[passed]);
        }
        let rest = &self.entries[start + WINDOW..=self.buckets[bucket + 1] as usize];
        self.layout
            .rule(self.entries[start + WINDOW - 1 + rest.partition_point(|entry| *entry <= last)])
    }

    /// Bytes that this value holds on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<u64>()
            + self.buckets.capacity() * size_of::<u32>()
            + self.long.capacity() * size_of::<((bool, usize), Class)>()
    }
}

impl Class {
    /// Where the start of a key's bucket stands.
    #[inline]
    pub(super) fn bucket(&self, key: u64) -> usize {
        let scaled = u128::from(key.saturating_sub(self.base)) * u128::from(self.scale);
        self.buckets as usize + ((scaled >> 64) as usize).min(self.last_bucket as usize)
    }
}
