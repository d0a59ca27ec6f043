//! The rules that the table cannot hold.
//!
//! These are rules whose begins-with has other characters than digits, apart from a leading `+`, or
//! more digits than a key holds. A real dial plan has a handful of them (`*67`, `##`), so each is
//! found by its exact begins-with: one hash probe for every length of begins-with that occurs, and
//! none for most first bytes.

use adr_engine::Rule;
use rustc_hash::FxHashMap;

/// Rules by number of digits and exact begins-with.
#[derive(Clone, Debug)]
pub(crate) struct Fallback {
    /// Whether a begins-with has this first byte.
    first_bytes: [bool; 256],
    /// The rules by number of digits; `None` is any length.
    by_length: FxHashMap<Option<usize>, LengthRules>,
}

/// The rules with one number of digits.
#[derive(Clone, Debug, Default)]
struct LengthRules {
    /// Lengths of begins-with that occur, in bytes, ascending.
    lengths: Vec<usize>,
    /// The position of the first rule with a begins-with.
    first: FxHashMap<Box<[u8]>, u32>,
}

impl Fallback {
    /// Builds the fallback from the rules at these positions; `None` when there are no positions.
    pub(crate) fn build(rules: &[Rule], positions: &[u32]) -> Option<Self> {
        if positions.is_empty() {
            return None;
        }
        let mut fallback = Self { first_bytes: [false; 256], by_length: FxHashMap::default() };
        for at in positions {
            fallback.add(&rules[*at as usize], *at);
        }
        for length_rules in fallback.by_length.values_mut() {
            length_rules.lengths =
                length_rules.first.keys().map(|begins_with| begins_with.len()).collect();
            length_rules.lengths.sort_unstable();
            length_rules.lengths.dedup();
        }
        Some(fallback)
    }

    fn add(&mut self, rule: &Rule, at: u32) {
        let begins_with = rule.begins_with().as_bytes();
        if let Some(byte) = begins_with.first() {
            self.first_bytes[usize::from(*byte)] = true;
        }
        let length_rules = self.by_length.entry(rule.length()).or_default();
        length_rules.first.entry(begins_with.into()).or_insert(at);
    }

    /// The position of the first of these rules that matches a number.
    #[inline]
    pub(crate) fn find(&self, number: &[u8]) -> Option<u32> {
        let first = number.first()?;
        if !self.first_bytes[usize::from(*first)] {
            return None;
        }
        let exact = self.by_length.get(&Some(number.len()));
        let any = self.by_length.get(&None);
        exact.into_iter().chain(any).filter_map(|length_rules| length_rules.find(number)).min()
    }

    /// Bytes on the heap, approximately.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.by_length.values().map(LengthRules::heap_bytes).sum()
    }
}

impl LengthRules {
    fn find(&self, number: &[u8]) -> Option<u32> {
        let prefixes = self.lengths.iter().map_while(|length| number.get(..*length));
        prefixes.filter_map(|prefix| self.first.get(prefix).copied()).min()
    }

    fn heap_bytes(&self) -> usize {
        let texts: usize = self.first.keys().map(|begins_with| begins_with.len()).sum();
        texts + self.first.capacity() * (size_of::<(Box<[u8]>, u32)>() + 1)
    }
}
