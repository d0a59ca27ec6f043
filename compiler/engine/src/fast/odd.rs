//! The rules that the table does not take.
//!
//! Those with something else than digits in begins-with, a leading `+` apart, or with more digits
//! than a key holds. A real plan has few (`*67`, `##`), so each is found by its exact begins-with:
//! one probe for every length of begins-with that occurs, and none for most first bytes.

use crate::rule::Rule;
use rustc_hash::FxHashMap;

/// Rules by number of digits and exact begins-with.
#[derive(Clone, Debug)]
pub(super) struct Odd {
    /// First bytes that occur.
    heads: [bool; 256],
    by_digits: FxHashMap<Option<usize>, OfDigits>,
}

/// The rules with one number of digits.
#[derive(Clone, Debug, Default)]
struct OfDigits {
    /// Lengths of begins-with that occur, ascending.
    lengths: Vec<usize>,
    /// The first rule with a begins-with.
    first: FxHashMap<Box<[u8]>, u32>,
}

impl Odd {
    /// Takes the rules at these positions; `None` when there are none.
    pub(super) fn build(rules: &[Rule], positions: &[u32]) -> Option<Self> {
        if positions.is_empty() {
            return None;
        }
        let mut odd = Self { heads: [false; 256], by_digits: FxHashMap::default() };
        for at in positions {
            odd.add(&rules[*at as usize], *at);
        }
        for of_digits in odd.by_digits.values_mut() {
            of_digits.lengths =
                of_digits.first.keys().map(|begins_with| begins_with.len()).collect();
            of_digits.lengths.sort_unstable();
            of_digits.lengths.dedup();
        }
        Some(odd)
    }

    fn add(&mut self, rule: &Rule, at: u32) {
        let begins_with = rule.begins_with().as_bytes();
        if let Some(head) = begins_with.first() {
            self.heads[usize::from(*head)] = true;
        }
        let of_digits = self.by_digits.entry(rule.length()).or_default();
        of_digits.first.entry(begins_with.into()).or_insert(at);
    }

    /// The position of the first of these rules that matches a number.
    #[inline]
    pub(super) fn find(&self, number: &[u8]) -> Option<u32> {
        let first = number.first()?;
        if !self.heads[usize::from(*first)] {
            return None;
        }
        let exact = self.by_digits.get(&Some(number.len()));
        let any = self.by_digits.get(&None);
        exact.into_iter().chain(any).filter_map(|of_digits| of_digits.find(number)).min()
    }

    /// Bytes that this value holds on the heap, about.
    pub(super) fn heap_bytes(&self) -> usize {
        self.by_digits.values().map(OfDigits::heap_bytes).sum()
    }
}

impl OfDigits {
    fn find(&self, number: &[u8]) -> Option<u32> {
        let heads = self.lengths.iter().map_while(|length| number.get(..*length));
        heads.filter_map(|head| self.first.get(head).copied()).min()
    }

    fn heap_bytes(&self) -> usize {
        let texts: usize = self.first.keys().map(|begins_with| begins_with.len()).sum();
        texts + self.first.capacity() * (size_of::<(Box<[u8]>, u32)>() + 1)
    }
}
