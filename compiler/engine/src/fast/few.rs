//! Few rules: those of one length side by side, four compared at a time.

use crate::rule::Rule;

use super::key::{Head, first_eight};
use super::{Found, NOT_FOUND};

/// Most rules that are found this way.
pub(super) const FEW: usize = 48;

/// Lengths from this one on are looked up rule by rule.
const LENGTHS: usize = 128;

/// Rules that are compared without a branch between them.
const LANES: usize = 4;

/// What a few rules ask of a number's first eight bytes.
#[derive(Clone, Copy, Debug)]
struct Lanes {
    mask: [u64; LANES],
    value: [u64; LANES],
    /// One more than lanes: what is found when none matches.
    found: [Found; LANES + 1],
    /// Lanes that the first eight bytes do not decide, one bit each.
    open: u32,
}

/// No lane matches: nothing masked is ever one.
const NO_LANES: Lanes = Lanes {
    mask: [0; LANES],
    value: [1; LANES],
    found: [NOT_FOUND; LANES + 1],
    open: 0,
};

/// At most [`FEW`] rules.
#[derive(Clone, Debug)]
pub(super) struct Few {
    /// For each length where its lanes begin, and how many there are.
    starts: [(u16, u16); LENGTHS],
    lanes: Vec<Lanes>,
    /// All rules, for what lanes do not decide.
    rules: Vec<Rule>,
    actions: Vec<u32>,
}

impl Few {
    /// Takes rules; `actions` has one number for each of them.
    pub(super) fn build(rules: &[Rule], actions: Vec<u32>) -> Self {
        let mut few = Self {
            starts: [(0, 0); LENGTHS],
            lanes: vec![NO_LANES],
            rules: rules.to_vec(),
            actions,
        };
        let any = few.add_lanes(None);
        few.starts = [any; LENGTHS];
        for length in rules
            .iter()
            .filter_map(Rule::length)
            .filter(|length| *length < LENGTHS)
        {
            if few.starts[length] == any {
                few.starts[length] = few.add_lanes(Some(length));
            }
        }
        few.starts[0] = (0, 1);
        few
    }

    /// Adds the lanes of the rules that match numbers of `length`.
    fn add_lanes(&mut self, length: Option<usize>) -> (u16, u16) {
        let first = self.lanes.len();
        let matching = |rule: &Rule| rule.length().is_none() || rule.length() == length;
        let rules = (0..).zip(&self.rules).filter(|(_, rule)| matching(rule));
        for (lane, (at, rule)) in rules.enumerate() {
            if lane % LANES == 0 {
                self.lanes.push(NO_LANES);
            }
            let Some(lanes) = self.lanes.last_mut() else {
                continue;
            };
            lanes.set(
                lane % LANES,
                rule,
                Found {
                    rule: at,
                    action: self.actions[at as usize],
                },
            );
        }
        match self.lanes.len() - first {
            0 => (0, 1),
            count => (first as u16, count as u16),
        }
    }

    /// The first rule that matches.
    #[inline]
    pub(super) fn find(&self, head: Head, number: &[u8]) -> Found {
        let Some((start, count)) = self.starts.get(number.len()) else {
            return self.find_long(number);
        };
        let lanes = &self.lanes[usize::from(*start)];
        let matching = lanes.matching(head.first_eight());
        let is_decided = lanes.open == 0 && (*count == 1 || matching != 0);
        if !is_decided {
            return self.find_further(
                &self.lanes[usize::from(*start)..][..usize::from(*count)],
                head,
                number,
            );
        }
        lanes.found[(matching | 1 << LANES).trailing_zeros() as usize]
    }

    /// The first matching rule of each number.
    pub(super) fn find_all(&self, numbers: &[&[u8]], found: &mut [Found]) {
        for (number, found) in numbers.iter().zip(found) {
            *found = self.find(Head::of(number), number);
        }
    }

    fn find_further(&self, lanes: &[Lanes], head: Head, number: &[u8]) -> Found {
        for lanes in lanes {
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

    fn find_long(&self, number: &[u8]) -> Found {
        let winner = self.rules.iter().position(|rule| rule.matches(number));
        winner.map_or(NOT_FOUND, |at| Found {
            rule: at as u32,
            action: self.actions[at],
        })
    }

    /// Bytes that this value holds on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.lanes.capacity() * size_of::<Lanes>()
            + self.rules.capacity() * size_of::<Rule>()
            + self.actions.capacity() * size_of::<u32>()
    }
}

impl Lanes {
    fn set(&mut self, lane: usize, rule: &Rule, found: Found) {
        let begins_with = rule.begins_with().as_bytes();
        let bits = 8 * begins_with.len().min(8) as u32;
        self.mask[lane] = u64::MAX.checked_shr(64 - bits).unwrap_or(0);
        self.value[lane] = first_eight(begins_with);
        self.found[lane] = found;
        // behind a number's end there are zeros as well
        let is_open = begins_with.len() > 8 || begins_with.contains(&0);
        self.open |= u32::from(is_open) << lane;
    }

    /// One bit for each lane that agrees.
    #[inline]
    fn matching(&self, first_eight: u64) -> u32 {
        (0..LANES).fold(0, |bits, lane| {
            bits | u32::from(first_eight & self.mask[lane] == self.value[lane]) << lane
        })
    }
}
