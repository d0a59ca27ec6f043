//! The table of a long list: cache lines for each length class.
//!
//! Numbers of the same length, with or without a leading `+`, form a length class. The rules of a
//! class with begins-with `p` match the keys of one interval; two such intervals are nested or
//! disjoint. Pushing the smallest rule position down through them leaves adjacent intervals with
//! one winner each. Cache lines hold them, each for an equal part of the keys, so that a look-up
//! computes the position of its line and waits for that line only.

use rustc_hash::FxHashMap;

use crate::cache_line::{CacheLine, EntryLayout, LineRange, LineWinner};
use crate::head::Head;

/// Numbers that are looked up together.
pub(crate) const BATCH: usize = 64;

/// Lines that fit in the second-level cache of a processor: half a megabyte.
const SMALL: usize = (1 << 19) / size_of::<CacheLine>();

/// Lengths below this find their class in an array.
pub(crate) const SHORT: usize = 128;

/// The lines of a class without rules: the empty one, which is the first of every table.
pub(crate) const NO_LINES: LineRange = LineRange { base: 0, scale: 0, first: 0, more: 0 };

/// Cache lines by length class.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// The lines of each length, for numbers without and with a leading `+`.
    pub(crate) short: [[LineRange; SHORT]; 2],
    /// The lines of greater lengths, by leading `+` and length.
    pub(crate) long: FxHashMap<(bool, usize), LineRange>,
    /// The lines of the rules for any length, if there are such rules.
    pub(crate) any: Option<AnyLength>,
    pub(crate) layout: EntryLayout,
    pub(crate) lines: Vec<CacheLine>,
}

/// The rules for any length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnyLength {
    /// Most digits of their begins-with.
    pub(crate) longest: usize,
    /// For numbers without and with a leading `+`.
    pub(crate) ranges: [LineRange; 2],
}

/// Where in the table to find the winner of a number.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slot {
    key: u64,
    /// Position of the cache line.
    line: usize,
}

impl Table {
    /// Where to find the winner of a number, among the rules for its length.
    #[inline(always)]
    pub(crate) fn slot(&self, head: Head, number: &[u8]) -> Slot {
        let plus = number.first() == Some(&b'+');
        let range = match self.short[usize::from(plus)].get(number.len()) {
            Some(range) => range,
            None => self.long.get(&(plus, number.len())).unwrap_or(&NO_LINES),
        };
        let key = self.layout.keys.key(head, plus, number.len());
        Slot { key, line: range.line(key) }
    }

    /// Whether the second-level cache of a processor holds all lines, so that prefetching gains
    /// nothing.
    pub(crate) fn is_small(&self) -> bool {
        self.lines.len() <= SMALL
    }

    /// Makes the processor load the line of a slot; the caller must use the result.
    #[inline]
    pub(crate) fn prefetch(&self, slot: Slot) -> u64 {
        self.lines[slot.line].first_word()
    }

    /// The winner for a number.
    #[inline(always)]
    pub(crate) fn find(&self, slot: Slot, head: Head, number: &[u8]) -> LineWinner {
        let winner = self.find_at(slot);
        match &self.any {
            Some(any) if !number.is_empty() => winner.min(self.find_any(any, head, number)),
            _ => winner,
        }
    }

    #[inline(always)]
    fn find_at(&self, slot: Slot) -> LineWinner {
        let mut line = &self.lines[slot.line];
        while let Some(range) = line.as_index() {
            line = &self.lines[range.line(slot.key)];
        }
        line.find(self.layout, slot.key)
    }

    #[inline(never)]
    fn find_any(&self, any: &AnyLength, head: Head, number: &[u8]) -> LineWinner {
        let plus = number.first() == Some(&b'+');
        let keys = self.layout.keys;
        let key = keys.key_with_end(head, plus, number.len(), any.longest);
        let line = any.ranges[usize::from(plus)].line(key);
        self.find_at(Slot { key, line })
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.lines.capacity() * size_of::<CacheLine>()
            + self.long.capacity() * size_of::<((bool, usize), LineRange)>()
    }
}
