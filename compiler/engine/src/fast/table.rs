//! Many rules: lines for each length and each kind of first byte.
//!
//! Rules with begins-with `p` and length `n` match the keys of one interval; two such intervals are
//! nested or apart. Pushing the smallest rule number down through them leaves neighbouring
//! intervals with one winner each. They are laid out in lines, each for an equal part of the keys,
//! so that a look-up computes its line and waits for that one only.

use rustc_hash::FxHashMap;

use super::key::Head;
use super::line::{Layout, Line, NO_RULE, Span};

/// Numbers that are looked up side by side.
pub(super) const BATCH: usize = 64;

/// Lines that fit in the second cache of a processor: half a megabyte.
const SMALL: usize = (1 << 19) / size_of::<Line>();

/// Lengths below this find their class in an array.
pub(super) const SHORT: usize = 128;

/// A class without rules: its one line says so.
pub(super) const NO_CLASS: Span = Span { base: 0, scale: 0, first: 0, more: 0 };

/// The table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// By length, for numbers without and with a leading `+`.
    pub(super) short: [[Span; SHORT]; 2],
    pub(super) long: FxHashMap<(bool, usize), Span>,
    /// Rules for any length.
    pub(super) any: Option<AnyLength>,
    pub(super) layout: Layout,
    pub(super) lines: Vec<Line>,
}

/// The rules for any length.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnyLength {
    /// Most digits of their begins-with.
    pub(super) longest: usize,
    /// For numbers without and with a leading `+`.
    pub(super) classes: [Span; 2],
}

/// Where a number's winner stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spot {
    key: u64,
    line: usize,
}

impl Table {
    /// Where the winner for a number stands, among the rules for its length.
    #[inline(always)]
    pub(super) fn spot(&self, head: Head, number: &[u8]) -> Spot {
        let plus = number.first() == Some(&b'+');
        let class = match self.short[usize::from(plus)].get(number.len()) {
            Some(class) => class,
            None => self.long.get(&(plus, number.len())).unwrap_or(&NO_CLASS),
        };
        let key = self.layout.keys.key(head, plus, number.len());
        Spot { key, line: class.line(key) }
    }

    /// Whether a processor's cache next to its core holds all lines, so that there is nothing to
    /// wait for.
    pub(super) fn is_small(&self) -> bool {
        self.lines.len() <= SMALL
    }

    /// Has the processor fetch a spot's line; what comes back only has to be used.
    #[inline]
    pub(super) fn fetch(&self, spot: Spot) -> u64 {
        self.lines[spot.line].first_word()
    }

    /// The winner for a number and the action of its place.
    #[inline(always)]
    pub(super) fn find(&self, spot: Spot, head: Head, number: &[u8]) -> (u32, u8) {
        let found = self.find_at(spot);
        match &self.any {
            Some(any) if !number.is_empty() => found.min(self.find_any(any, head, number)),
            _ => found,
        }
    }

    #[inline(always)]
    fn find_at(&self, spot: Spot) -> (u32, u8) {
        let mut line = &self.lines[spot.line];
        while let Some(span) = line.as_span() {
            line = &self.lines[span.line(spot.key)];
        }
        line.find(self.layout, spot.key)
    }

    #[inline(never)]
    fn find_any(&self, any: &AnyLength, head: Head, number: &[u8]) -> (u32, u8) {
        let plus = number.first() == Some(&b'+');
        let keys = self.layout.keys;
        let key = keys.key_with_end(head, plus, number.len(), any.longest);
        let line = any.classes[usize::from(plus)].line(key);
        self.find_at(Spot { key, line })
    }

    /// Bytes that this value holds on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.lines.capacity() * size_of::<Line>()
            + self.long.capacity() * size_of::<((bool, usize), Span)>()
    }
}

/// The line that holds for classes without rules.
pub(super) fn no_line() -> Line {
    Line::of((NO_RULE, 0), 0, &[])
}
