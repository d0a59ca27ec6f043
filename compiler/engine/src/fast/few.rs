//! Few rules: those of one length side by side, four compared at a time.

use std::collections::BTreeSet;

use crate::rule::Rule;

use super::key::Head;
use super::line::NO_RULE;
use super::{Found, NOT_FOUND};

/// Most rules that are found this way.
pub(super) const FEW: usize = 48;

/// Numbers of this length and longer ones are looked up rule by rule.
const LENGTHS: usize = 32;

/// Rules that are compared without a branch between them.
const LANES: usize = 4;

/// What a few rules ask of a number's first eight bytes.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Lanes {
    mask: [u64; LANES],
    value: [u64; LANES],
    /// One more than lanes: what is found when none agrees.
    found: [Found; LANES + 1],
    /// Lanes that the first eight bytes do not decide, one bit each.
    open: u32,
    /// More rules of this length follow, in so many of [`Few::more`].
    more: (u16, u16),
    /// Whether these lanes do not always decide.
    is_open: bool,
}

/// No lane agrees: nothing masked is ever one.
const NO_LANES: Lanes = Lanes {
    mask: [0; LANES],
    value: [1; LANES],
    found: [NOT_FOUND; LANES + 1],
    open: 0,
    more: (0, 0),
    is_open: false,
};

/// At most [`FEW`] rules.
#[derive(Clone, Debug)]
pub(super) struct Few {
    /// For each length the first of its rules.
    lanes: [Lanes; LENGTHS],
    more: Vec<Lanes>,
    /// All rules, for what lanes do not decide.
    rules: Vec<Rule>,
    actions: Vec<u32>,
}

impl Few {
    /// Takes rules; `actions` has one number for each of them.
    pub(super) fn build(rules: &[Rule], actions: Vec<u32>) -> Self {
        let mut few = Self {
            lanes: [NO_LANES; LENGTHS],
            more: Vec::new(),
            rules: rules.to_vec(),
            actions,
        };
        let any = few.take(None);
        few.lanes[1..].fill(any);
        let lengths: BTreeSet<usize> = rules.iter().filter_map(Rule::length).collect();
        for length in lengths.range(..LENGTHS) {
            few.lanes[*length] = few.take(Some(*length));
        }
        few
    }

    /// The lanes of the rules that match numbers of `length`.
    fn take(&mut self, length: Option<usize>) -> Lanes {
        let matching = |rule: &Rule| rule.length().is_none() || rule.length() == length;
        let rules = (0..).zip(&self.rules).filter(|(_, rule)| matching(rule));
        let mut taken = vec![NO_LANES];
        for (at, (rule, of)) in rules.enumerate() {
            if at > 0 && at % LANES == 0 {
                taken.push(NO_LANES);
            }
            if let Some(lanes) = taken.last_mut() {
                let action = self.actions[rule as usize];
                lanes.set(at % LANES, of, Found { rule, action });
            }
        }
        let mut first = taken.remove(0);
        first.more = (self.more.len() as u16, taken.len() as u16);
        first.is_open = first.open != 0 || !taken.is_empty();
        self.more.append(&mut taken);
        first
    }

    /// The first rule that matches.
    #[inline(always)]
    pub(super) fn find(&self, head: Head, number: &[u8]) -> Found {
        let Some(lanes) = self.lanes.get(number.len()) else {
            return self.find_long(number);
        };
        let found = lanes.first_matching(head.first_eight());
        if lanes.is_open && (lanes.open != 0 || found.rule == NO_RULE) {
            return self.find_further(lanes, head, number);
        }
        found
    }

    #[inline(never)]
    fn find_further(&self, first: &Lanes, head: Head, number: &[u8]) -> Found {
        let (start, count) = first.more;
        let more = &self.more[usize::from(start)..][..usize::from(count)];
        for lanes in std::iter::once(first).chain(more) {
            let mut matching = lanes.matching(head.first_eight());
            while matching != 0 {
                let lane = matching.trailing_zeros();
                let found = lanes.found[lane as usize];
                if lanes.open >> lane & 1 == 0 || self.rules[found.rule as usize].matches(number) {
                    return found;
                }
                matching &= matching - 1;
            }
        }
        NOT_FOUND
    }

    #[cold]
    fn find_long(&self, number: &[u8]) -> Found {
        let winner = self.rules.iter().position(|rule| rule.matches(number));
        winner.map_or(NOT_FOUND, |at| Found {
            rule: at as u32,
            action: self.actions[at],
        })
    }

    /// Bytes that this value holds on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.more.capacity() * size_of::<Lanes>()
            + self.rules.capacity() * size_of::<Rule>()
            + self.actions.capacity() * size_of::<u32>()
    }
}

impl Lanes {
    fn set(&mut self, lane: usize, rule: &Rule, found: Found) {
        let begins_with = rule.begins_with().as_bytes();
        let bits = 8 * begins_with.len().min(8) as u32;
        self.mask[lane] = u64::MAX.checked_shr(64 - bits).unwrap_or(0);
        self.value[lane] = Head::of(begins_with).first_eight();
        self.found[lane] = found;
        // behind a number's end there are zeros as well
        let is_open = begins_with.len() > 8 || begins_with.contains(&0);
        self.open |= u32::from(is_open) << lane;
    }

    /// What the first lane that agrees has found.
    #[inline]
    fn first_matching(&self, first_eight: u64) -> Found {
        let first = (self.matching(first_eight) | 1 << LANES).trailing_zeros();
        self.found[first as usize]
    }

    /// One bit for each lane that agrees.
    #[inline]
    fn matching(&self, first_eight: u64) -> u32 {
        (0..LANES).fold(0, |bits, lane| {
            bits | u32::from(first_eight & self.mask[lane] == self.value[lane]) << lane
        })
    }
}
