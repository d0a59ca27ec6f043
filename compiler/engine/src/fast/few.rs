//! Few rules: those of one length side by side, four compared at a time.

use std::collections::BTreeSet;
use std::hint::select_unpredictable;

use crate::rule::Rule;

use super::action::{Actions, Outcome};
use super::key::Head;
use super::{Found, NOT_FOUND};

/// Most rules that are found this way.
pub(super) const FEW: usize = 48;

/// Numbers of this length and longer ones are looked up rule by rule.
const LENGTHS: usize = 32;

/// Numbers of this length and longer ones have no outcome that is ready; a power of two.
const SHORT: usize = 16;

/// Rules that are compared without a branch between them.
const LANES: usize = 4;

/// What a few rules ask of a number's first eight bytes.
#[derive(Clone, Copy, Debug)]
struct Lanes {
    mask: [u64; LANES],
    value: [u64; LANES],
}

/// No lane agrees: nothing masked is ever one.
const NO_LANES: Lanes = Lanes { mask: [0; LANES], value: [1; LANES] };

/// The first rules for numbers of one length, and what becomes of the numbers: all that most calls
/// need.
#[derive(Clone, Copy, Debug)]
#[repr(align(256))]
struct First {
    lanes: Lanes,
    /// One more than lanes: what becomes of a number with which no lane agrees. An outcome that is
    /// not final leaves the number to [`Few::find`].
    outcomes: [Outcome; LANES + 1],
}

/// A group of rules of one length.
#[derive(Clone, Copy, Debug)]
struct Group {
    lanes: Lanes,
    /// One more than lanes: what a number finds with which no lane agrees.
    found: [Found; LANES + 1],
    /// Lanes that the first eight bytes do not decide, one bit each.
    open: u32,
}

/// At most [`FEW`] rules.
#[derive(Clone, Debug)]
pub(super) struct Few {
    /// For each length the first of its rules.
    first: [First; SHORT],
    /// For each length the place of its groups.
    places: [(u16, u16); LENGTHS],
    /// The rules of each length that occurs, and behind those of all lengths the rules for any
    /// length.
    groups: Vec<Group>,
    /// All rules, for what lanes do not decide.
    rules: Vec<Rule>,
    numbers: Vec<u32>,
}

impl Few {
    /// Takes rules; `numbers` has the number of its action for each of them.
    pub(super) fn build(rules: &[Rule], actions: &Actions, numbers: Vec<u32>) -> Self {
        let nothing = First { lanes: NO_LANES, outcomes: [Outcome::LEFT_TO_FIND; LANES + 1] };
        let mut few = Self {
            first: [nothing; SHORT],
            places: [(0, 0); LENGTHS],
            groups: Vec::new(),
            rules: rules.to_vec(),
            numbers,
        };
        let any = few.take(None);
        let lengths: BTreeSet<usize> = rules.iter().filter_map(Rule::length).collect();
        // the empty number matches no rule
        for length in 1..LENGTHS {
            few.places[length] = match lengths.contains(&length) {
                true => few.take(Some(length)),
                false => any,
            };
        }
        few.first = std::array::from_fn(|length| few.first_of(actions, length));
        few
    }

    /// Groups the rules that match numbers of `length`; gives the place of these groups.
    fn take(&mut self, length: Option<usize>) -> (u16, u16) {
        let start = self.groups.len();
        let matching = |rule: &Rule| rule.length().is_none() || rule.length() == length;
        let rules = (0..).zip(&self.rules).filter(|(_, rule)| matching(rule));
        for (at, (rule, of)) in rules.enumerate() {
            if at % LANES == 0 {
                self.groups.push(Group { lanes: NO_LANES, found: [NOT_FOUND; LANES + 1], open: 0 });
            }
            if let Some(group) = self.groups.last_mut() {
                let action = self.numbers[rule as usize];
                group.set(at % LANES, of, Found { rule, action });
            }
        }
        (start as u16, (self.groups.len() - start) as u16)
    }

    /// The first group of rules for `length`, made ready.
    fn first_of(&self, actions: &Actions, length: usize) -> First {
        let mut first =
            First { lanes: NO_LANES, outcomes: [actions.outcome(NOT_FOUND, length); LANES + 1] };
        let groups = self.groups_of(length);
        if let Some(group) = groups.first() {
            first.lanes = group.lanes;
            for (lane, found) in group.found[..LANES].iter().enumerate() {
                if group.open >> lane & 1 == 0 {
                    first.outcomes[lane] = actions.outcome(*found, length);
                } else {
                    first.outcomes[lane] = Outcome::LEFT_TO_FIND;
                }
            }
        }
        if groups.len() > 1 {
            first.outcomes[LANES] = Outcome::LEFT_TO_FIND;
        }
        first
    }

    #[inline]
    fn groups_of(&self, length: usize) -> &[Group] {
        let (start, count) = self.places[length];
        &self.groups[usize::from(start)..][..usize::from(count)]
    }

    /// What becomes of a number, where that is known without [`Few::find`].
    #[inline(always)]
    pub(super) fn ready(&self, head: Head, number: &[u8]) -> Option<&Outcome> {
        if number.len() >= SHORT {
            return None;
        }
        let first = &self.first[number.len() & (SHORT - 1)];
        let outcome = &first.outcomes[first.lanes.first_matching(head.first_eight())];
        outcome.is_final().then_some(outcome)
    }

    /// The first rule that matches.
    #[inline]
    pub(super) fn find(&self, head: Head, number: &[u8]) -> Found {
        if number.len() >= LENGTHS {
            return self.find_long(number);
        }
        let groups = self.groups_of(number.len());
        // most lengths have one group, which the first eight bytes decide: no branch asks which
        // lane it is
        if let [group] = groups
            && group.open == 0
        {
            return group.found[group.lanes.first_matching(head.first_eight())];
        }
        for group in groups {
            let mut matching = group.lanes.matching(head.first_eight());
            while matching != 0 {
                let lane = matching.trailing_zeros();
                let found = group.found[lane as usize];
                if group.open >> lane & 1 == 0 || self.rules[found.rule as usize].matches(number) {
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
        winner.map_or(NOT_FOUND, |at| Found { rule: at as u32, action: self.numbers[at] })
    }

    /// Bytes that this value holds on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.groups.capacity() * size_of::<Group>()
            + self.rules.capacity() * size_of::<Rule>()
            + self.numbers.capacity() * size_of::<u32>()
    }
}

impl Group {
    fn set(&mut self, lane: usize, rule: &Rule, found: Found) {
        let begins_with = rule.begins_with().as_bytes();
        let bits = 8 * begins_with.len().min(8) as u32;
        self.lanes.mask[lane] = u64::MAX.checked_shr(64 - bits).unwrap_or(0);
        self.lanes.value[lane] = Head::of(begins_with).first_eight();
        self.found[lane] = found;
        // behind a number's end there are zeros as well
        let is_open = begins_with.len() > 8 || begins_with.contains(&0);
        self.open |= u32::from(is_open) << lane;
    }
}

impl Lanes {
    /// The first lane that agrees, [`LANES`] when none does. The choices are moves and not
    /// branches, for which lane it is changes from number to number.
    #[inline(always)]
    fn first_matching(&self, first_eight: u64) -> usize {
        (0..LANES).rev().fold(LANES, |found, lane| {
            let agrees = first_eight & self.mask[lane] == self.value[lane];
            select_unpredictable(agrees, lane, found)
        })
    }

    /// One bit for each lane that agrees.
    #[inline(always)]
    fn matching(&self, first_eight: u64) -> u32 {
        (0..LANES).fold(0, |bits, lane| {
            bits | u32::from(first_eight & self.mask[lane] == self.value[lane]) << lane
        })
    }
}
