//! Makes the table of intervals: one sort, one sweep.

use crate::rule::Rule;
use rustc_hash::FxHashMap;

use super::intervals::{Class, Intervals, Layout, NO_CLASS, NO_RULE, SHORT, WINDOW};
use super::key::Keys;

/// Leading `+`, and number of digits (`None` for any).
type ClassKey = (bool, Option<usize>);

/// The table of the rules that fit in it, and the positions of those that do not.
pub(super) fn build(rules: &[Rule]) -> (Intervals, Vec<u32>) {
    let layout = Layout::of(rules.len());
    let keys = layout.keys;
    let mut classes = ClassNumbers::default();
    let mut cones = Vec::with_capacity(rules.len());
    let mut odd = Vec::new();
    for (at, rule) in (0..).zip(rules) {
        let begins_with = rule.begins_with().as_bytes();
        if rule
            .length()
            .is_some_and(|length| begins_with.len() > length)
        {
            continue;
        }
        let (plus, digits) = match begins_with {
            [b'+', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        if digits.len() > keys.digits() || !digits.iter().all(u8::is_ascii_digit) {
            odd.push(at);
            continue;
        }
        cones.push(
            Cone {
                class: classes.number((plus, rule.length())),
                digits,
                rule: at,
            }
            .packed(keys),
        );
        if begins_with.is_empty() {
            cones.push(
                Cone {
                    class: classes.number((true, rule.length())),
                    digits,
                    rule: at,
                }
                .packed(keys),
            );
        }
    }
    cones.sort_unstable();
    let mut sweep = Sweep::new(layout, cones.len());
    let made: Vec<Class> = cones
        .chunk_by(|a, b| class_of(*a) == class_of(*b))
        .map(|cones| sweep.class(cones))
        .collect();
    (sweep.finish(&classes, &made), odd)
}

/// Numbers the classes in the order in which they occur.
#[derive(Default)]
struct ClassNumbers {
    known: FxHashMap<ClassKey, u32>,
}

impl ClassNumbers {
    fn number(&mut self, key: ClassKey) -> u32 {
        let next = self.known.len() as u32;
        *self.known.entry(key).or_insert(next)
    }
}

/// Entries to a bucket, on average.
const BUCKET: usize = 2;

const START_BITS: u32 = 56;
const LENGTH_BITS: u32 = 5;
const RULE_BITS: u32 = 32;

/// One rule of one class.
struct Cone<'r> {
    class: u32,
    digits: &'r [u8],
    rule: u32,
}

impl Cone<'_> {
    /// Class, start, length and rule in one integer, in whose order a cone stands before those inside it.
    fn packed(&self, keys: Keys) -> u128 {
        let start = u128::from(self.class) << START_BITS | u128::from(keys.cone_start(self.digits));
        (start << LENGTH_BITS | self.digits.len() as u128) << RULE_BITS | u128::from(self.rule)
    }
}

fn class_of(packed: u128) -> u32 {
    (packed >> (RULE_BITS + LENGTH_BITS + START_BITS)) as u32
}

/// A cone as the sweep meets it.
struct OpenCone {
    start: u64,
    end: u64,
    rule: u32,
}

impl OpenCone {
    fn of(packed: u128, keys: Keys) -> Self {
        let length = (packed >> RULE_BITS) as usize & ((1 << LENGTH_BITS) - 1);
        let start = (packed >> (RULE_BITS + LENGTH_BITS)) as u64 & ((1 << START_BITS) - 1);
        Self {
            start,
            end: start + keys.cone_size(length),
            rule: packed as u32,
        }
    }
}

/// The sweep over all classes.
struct Sweep {
    layout: Layout,
    entries: Vec<u64>,
    buckets: Vec<u32>,
}

impl Sweep {
    fn new(layout: Layout, cones: usize) -> Self {
        let mut sweep = Self {
            layout,
            entries: Vec::with_capacity(2 * cones),
            buckets: Vec::new(),
        };
        sweep.entries.push(layout.entry(0, NO_RULE));
        sweep.close(0);
        sweep
    }

    /// Ends a class: entries above every key, so that a window never runs into the next class.
    fn close(&mut self, first: usize) -> Class {
        let class = self.fill_buckets(first);
        self.entries.extend([u64::MAX; WINDOW - 1]);
        class
    }

    /// Pushes the smallest rule down and emits an entry wherever the winner changes.
    fn class(&mut self, cones: &[u128]) -> Class {
        let first = self.entries.len();
        let mut open = vec![(self.layout.keys.end(), NO_RULE)];
        self.emit(first, 0, NO_RULE);
        let keys = self.layout.keys;
        for cone in cones.iter().map(|packed| OpenCone::of(*packed, keys)) {
            self.leave(first, &mut open, cone.start);
            let outer = open.last().map_or(NO_RULE, |(_, best)| *best);
            if cone.rule < outer {
                self.emit(first, cone.start, cone.rule);
                open.push((cone.end, cone.rule));
            }
        }
        self.leave(first, &mut open, self.layout.keys.end() - 1);
        self.close(first)
    }

    /// Leaves the cones that end at or before `key`.
    fn leave(&mut self, first: usize, open: &mut Vec<(u64, u32)>, key: u64) {
        while let [.., (_, outer), (end, _)] = open[..] {
            if end > key {
                break;
            }
            open.pop();
            self.emit(first, end, outer);
        }
    }

    fn emit(&mut self, first: usize, key: u64, rule: u32) {
        let layout = self.layout;
        if self.entries[first..]
            .last()
            .is_some_and(|last| layout.key(*last) == key)
        {
            self.entries.pop();
        }
        if self.entries[first..]
            .last()
            .is_none_or(|last| layout.rule(*last) != rule)
        {
            self.entries.push(layout.entry(key, rule));
        }
    }

    fn fill_buckets(&mut self, first: usize) -> Class {
        let key = |entry: &u64| self.layout.key(*entry);
        let entries = &self.entries[first..];
        let base = entries.get(1).map_or(0, key);
        let top = entries.last().map_or(0, key);
        let count = entries.len().div_ceil(BUCKET);
        let width = u128::from(top.saturating_sub(base)) + 1;
        let class = Class {
            base,
            scale: u64::try_from(((count as u128) << 64) / width).unwrap_or(u64::MAX),
            buckets: self.buckets.len() as u32,
            last_bucket: (count - 1) as u32,
        };
        let mut at = 0;
        for bucket in self.buckets.len()..self.buckets.len() + count {
            while at < entries.len() && class.bucket(key(&entries[at])) < bucket {
                at += 1;
            }
            self.buckets.push((first + at.saturating_sub(1)) as u32);
        }
        self.buckets.push((first + entries.len() - 1) as u32);
        class
    }

    fn finish(mut self, numbers: &ClassNumbers, made: &[Class]) -> Intervals {
        self.entries.shrink_to_fit();
        self.buckets.shrink_to_fit();
        let class = |key: ClassKey| numbers.known.get(&key).map(|number| made[*number as usize]);
        let any = [class((false, None)), class((true, None))];
        let mut intervals = Intervals {
            short: [[NO_CLASS; SHORT]; 2],
            long: FxHashMap::default(),
            any: any
                .iter()
                .any(Option::is_some)
                .then(|| any.map(|class| class.unwrap_or(NO_CLASS))),
            layout: self.layout,
            entries: self.entries,
            buckets: self.buckets,
        };
        for ((plus, length), number) in &numbers.known {
            let Some(length) = *length else { continue };
            match intervals.short[usize::from(*plus)].get_mut(length) {
                Some(slot) => *slot = made[*number as usize],
                None => drop(
                    intervals
                        .long
                        .insert((*plus, length), made[*number as usize]),
                ),
            }
        }
        intervals
    }
}
