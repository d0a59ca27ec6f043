//! Lists of few rules: the rules for one length side by side, four compared at a time.

use std::collections::BTreeSet;
use std::hint::select_unpredictable;

use adr_engine::Rule;

use crate::action::{ActionTable, PreparedAction};
use crate::head::Head;
use crate::winner::{NO_WINNER, Winner};

/// Most rules of a list that is searched this way.
pub(crate) const SMALL_LIMIT: usize = 48;

/// Numbers of this length and longer are compared with one rule after the other.
const LENGTHS: usize = 32;

/// Numbers of this length and longer have no prepared action; a power of two.
const SHORT: usize = 16;

/// Rules that are compared without a branch between them.
const LANES: usize = 4;

/// What four rules require of the first eight bytes of a number.
#[derive(Clone, Copy, Debug)]
struct Lanes {
    /// The bytes that count.
    mask: [u64; LANES],
    /// Their values.
    value: [u64; LANES],
}

/// Lanes that match no number: nothing masked with 0 is 1.
const NO_LANES: Lanes = Lanes { mask: [0; LANES], value: [1; LANES] };

/// The first four rules for one length, with their prepared actions: enough for most calls.
#[derive(Clone, Copy, Debug)]
#[repr(align(256))]
struct FirstGroup {
    lanes: Lanes,
    /// The action of each lane, and of numbers that no lane matches. An unprepared one sends the
    /// number to [`SmallList::find`].
    actions: [PreparedAction; LANES + 1],
}

/// Four rules for one length.
#[derive(Clone, Copy, Debug)]
struct Group {
    lanes: Lanes,
    /// The winner of each lane, and of numbers that no lane matches.
    winners: [Winner; LANES + 1],
    /// One bit for each lane whose rule looks at more than the first eight bytes.
    undecided: u32,
}

/// A range of [`SmallList::groups`].
#[derive(Clone, Copy, Debug, Default)]
struct GroupRange {
    start: u16,
    count: u16,
}

/// A list of at most [`SMALL_LIMIT`] rules.
#[derive(Clone, Debug)]
pub(crate) struct SmallList {
    /// The first group of each length.
    first: [FirstGroup; SHORT],
    /// All groups of each length.
    ranges: [GroupRange; LENGTHS],
    /// The groups of the rules for any length, then those of each length that occurs.
    groups: Vec<Group>,
    /// All rules, for numbers that lanes do not decide.
    rules: Vec<Rule>,
    /// The identifier of the action of each rule.
    action_ids: Vec<u32>,
}

impl SmallList {
    /// Builds the list from its rules and the identifier of the action of each rule.
    pub(crate) fn build(rules: &[Rule], actions: &ActionTable, action_ids: Vec<u32>) -> Self {
        let empty =
            FirstGroup { lanes: NO_LANES, actions: [PreparedAction::UNPREPARED; LANES + 1] };
        let mut list = Self {
            first: [empty; SHORT],
            ranges: [GroupRange::default(); LENGTHS],
            groups: Vec::new(),
            rules: rules.to_vec(),
            action_ids,
        };
        let any = list.add_groups(None);
        let lengths: BTreeSet<usize> = rules.iter().filter_map(Rule::length).collect();
        // the empty number matches no rule
        for length in 1..LENGTHS {
            list.ranges[length] = match lengths.contains(&length) {
                true => list.add_groups(Some(length)),
                false => any,
            };
        }
        list.first = std::array::from_fn(|length| list.first_group(actions, length));
        list
    }

    /// Groups the rules that match numbers of `length`, `None` for those of any length.
    fn add_groups(&mut self, length: Option<usize>) -> GroupRange {
        let start = self.groups.len();
        let matching = |rule: &Rule| rule.length().is_none() || rule.length() == length;
        let rules = (0..).zip(&self.rules).filter(|(_, rule)| matching(rule));
        for (at, (position, rule)) in rules.enumerate() {
            if at % LANES == 0 {
                self.groups.push(Group {
                    lanes: NO_LANES,
                    winners: [NO_WINNER; LANES + 1],
                    undecided: 0,
                });
            }
            if let Some(group) = self.groups.last_mut() {
                let action = self.action_ids[position as usize];
                group.set(at % LANES, rule, Winner { rule: position, action });
            }
        }
        GroupRange { start: start as u16, count: (self.groups.len() - start) as u16 }
    }

    /// The first group of rules for `length`, with prepared actions.
    fn first_group(&self, actions: &ActionTable, length: usize) -> FirstGroup {
        let mut first = FirstGroup {
            lanes: NO_LANES,
            actions: [actions.prepare(NO_WINNER, length); LANES + 1],
        };
        let groups = self.groups_of(length);
        if let Some(group) = groups.first() {
            first.lanes = group.lanes;
            for (lane, winner) in group.winners[..LANES].iter().enumerate() {
                if group.undecided >> lane & 1 == 0 {
                    first.actions[lane] = actions.prepare(*winner, length);
                } else {
                    first.actions[lane] = PreparedAction::UNPREPARED;
                }
            }
        }
        if groups.len() > 1 {
            first.actions[LANES] = PreparedAction::UNPREPARED;
        }
        first
    }

    #[inline]
    fn groups_of(&self, length: usize) -> &[Group] {
        let GroupRange { start, count } = self.ranges[length];
        &self.groups[usize::from(start)..][..usize::from(count)]
    }

    /// The prepared action for a number; `None` when [`SmallList::find`] is needed.
    #[inline(always)]
    pub(crate) fn prepared(&self, head: Head, number: &[u8]) -> Option<&PreparedAction> {
        if number.len() >= SHORT {
            return None;
        }
        let first = &self.first[number.len() & (SHORT - 1)];
        let action = &first.actions[first.lanes.first_matching(head.first_eight())];
        action.is_prepared().then_some(action)
    }

    /// The first rule that matches.
    #[inline]
    pub(crate) fn find(&self, head: Head, number: &[u8]) -> Winner {
        if number.len() >= LENGTHS {
            return self.find_long(number);
        }
        let groups = self.groups_of(number.len());
        // most lengths have one group that the first eight bytes decide: no branch on the lane
        if let [group] = groups
            && group.undecided == 0
        {
            return group.winners[group.lanes.first_matching(head.first_eight())];
        }
        for group in groups {
            let mut matching = group.lanes.matching(head.first_eight());
            while matching != 0 {
                let lane = matching.trailing_zeros();
                let winner = group.winners[lane as usize];
                if group.undecided >> lane & 1 == 0
                    || self.rules[winner.rule as usize].matches(number)
                {
                    return winner;
                }
                matching &= matching - 1;
            }
        }
        NO_WINNER
    }

    #[cold]
    fn find_long(&self, number: &[u8]) -> Winner {
        let first = self.rules.iter().position(|rule| rule.matches(number));
        first.map_or(NO_WINNER, |at| Winner { rule: at as u32, action: self.action_ids[at] })
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.groups.capacity() * size_of::<Group>()
            + self.rules.capacity() * size_of::<Rule>()
            + self.action_ids.capacity() * size_of::<u32>()
    }
}

impl Group {
    fn set(&mut self, lane: usize, rule: &Rule, winner: Winner) {
        let begins_with = rule.begins_with().as_bytes();
        let bits = 8 * begins_with.len().min(8) as u32;
        self.lanes.mask[lane] = u64::MAX.checked_shr(64 - bits).unwrap_or(0);
        self.lanes.value[lane] = Head::of(begins_with).first_eight();
        self.winners[lane] = winner;
        // a head is padded with zeros, so a NUL in begins-with may match past the number's end
        let is_undecided = begins_with.len() > 8 || begins_with.contains(&0);
        self.undecided |= u32::from(is_undecided) << lane;
    }
}

impl Lanes {
    /// The first lane that matches, [`LANES`] when none does.
    ///
    /// Compiles to conditional moves instead of branches, because the branch predictor cannot
    /// foresee the lane of the next number.
    #[inline(always)]
    fn first_matching(&self, first_eight: u64) -> usize {
        (0..LANES).rev().fold(LANES, |first, lane| {
            let matches = first_eight & self.mask[lane] == self.value[lane];
            select_unpredictable(matches, lane, first)
        })
    }

    /// One bit for each lane that matches.
    #[inline(always)]
    fn matching(&self, first_eight: u64) -> u32 {
        (0..LANES).fold(0, |bits, lane| {
            bits | u32::from(first_eight & self.mask[lane] == self.value[lane]) << lane
        })
    }
}
