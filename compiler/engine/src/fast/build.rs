//! Makes the table of many rules: one sort, one sweep.

use crate::rule::Rule;
use rustc_hash::FxHashMap;

use super::fill::Filler;
use super::key::Keys;
use super::line::{Layout, NO_RULE, Span};
use super::table::{AnyLength, NO_CLASS, SHORT, Table, no_line};

/// Leading `+`, and number of digits (`None` for any).
type ClassKey = (bool, Option<usize>);

/// The table of the rules that fit in it, and the positions of those that do not; `actions` has one
/// for each rule.
pub(super) fn build(rules: &[Rule], actions: &[u32]) -> (Table, Vec<u32>) {
    let digits = rules.iter().filter_map(|rule| parts(rule)).map(|(_, digits)| digits.len());
    let layout = Layout::of(rules.len(), digits.max().unwrap_or(0));
    let keys = layout.keys;
    let mut classes = ClassNumbers::default();
    let mut cones = Vec::with_capacity(rules.len());
    let mut odd = Vec::new();
    for (at, rule) in (0..).zip(rules) {
        let length = rule.length();
        if length.is_some_and(|length| rule.begins_with().len() > length) {
            continue;
        }
        let Some((plus, digits)) = parts(rule).filter(|(_, digits)| digits.len() <= keys.digits())
        else {
            odd.push(at);
            continue;
        };
        let mut add = |plus| {
            let class = classes.number((plus, length), digits.len());
            cones.push(Cone { class, digits, rule: at }.packed(keys));
        };
        add(plus);
        if rule.begins_with().is_empty() {
            add(true);
        }
    }
    cones.sort_unstable();
    let mut sweep = Sweep::new(layout, actions, cones.len());
    let made: Vec<Span> = cones
        .chunk_by(|a, b| class_of(*a) == class_of(*b))
        .map(|cones| sweep.class(cones))
        .collect();
    (sweep.finish(&classes, &made), odd)
}

/// Whether begins-with has a `+` in front, and its digits; `None` when it has something else.
fn parts(rule: &Rule) -> Option<(bool, &[u8])> {
    let (plus, digits) = match rule.begins_with().as_bytes() {
        [b'+', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    digits.iter().all(u8::is_ascii_digit).then_some((plus, digits))
}

/// Numbers the classes in the order in which they occur.
#[derive(Default)]
struct ClassNumbers {
    known: FxHashMap<ClassKey, u32>,
    /// Most digits of a begins-with for any length.
    longest_any: usize,
}

impl ClassNumbers {
    fn number(&mut self, key: ClassKey, digits: usize) -> u32 {
        if key.1.is_none() {
            self.longest_any = self.longest_any.max(digits);
        }
        let next = self.known.len() as u32;
        *self.known.entry(key).or_insert(next)
    }
}

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
    /// Class, start, length and rule in one integer, in whose order a cone stands before those
    /// inside it.
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
        Self { start, end: keys.cone_end(start, length), rule: packed as u32 }
    }
}

/// The sweep over all classes.
struct Sweep<'a> {
    filler: Filler<'a>,
    /// What wins from which key on, in the class that is swept.
    entries: Vec<u64>,
}

impl<'a> Sweep<'a> {
    fn new(layout: Layout, actions: &'a [u32], cones: usize) -> Self {
        let filler = Filler { layout, actions, lines: vec![no_line()] };
        Self { filler, entries: Vec::with_capacity(cones) }
    }

    /// Pushes the smallest rule down and emits an entry wherever the winner changes.
    fn class(&mut self, cones: &[u128]) -> Span {
        self.entries.clear();
        let keys = self.filler.layout.keys;
        let mut open = vec![(keys.end(), NO_RULE)];
        for cone in cones.iter().map(|packed| OpenCone::of(*packed, keys)) {
            self.leave(&mut open, cone.start);
            let outer = open.last().map_or(NO_RULE, |(_, best)| *best);
            if cone.rule < outer {
                self.emit(cone.start, cone.rule);
                open.push((cone.end, cone.rule));
            }
        }
        self.leave(&mut open, keys.end() - 1);
        self.filler.class(&self.entries, cones.len())
    }

    /// Leaves the cones that end at or before `key`.
    fn leave(&mut self, open: &mut Vec<(u64, u32)>, key: u64) {
        while let [.., (_, outer), (end, _)] = open[..] {
            if end > key {
                break;
            }
            open.pop();
            self.emit(end, outer);
        }
    }

    fn emit(&mut self, key: u64, rule: u32) {
        let layout = self.filler.layout;
        if self.entries.last().is_some_and(|last| layout.key(*last) == key) {
            self.entries.pop();
        }
        let before = self.entries.last().map_or(NO_RULE, |last| layout.rule(*last));
        if before != rule {
            self.entries.push(layout.entry(key, rule));
        }
    }

    fn finish(self, numbers: &ClassNumbers, made: &[Span]) -> Table {
        let mut lines = self.filler.lines;
        lines.shrink_to_fit();
        let class = |key: ClassKey| numbers.known.get(&key).map(|number| made[*number as usize]);
        let any = [class((false, None)), class((true, None))];
        let mut table = Table {
            short: [[NO_CLASS; SHORT]; 2],
            long: FxHashMap::default(),
            any: any.iter().any(Option::is_some).then(|| AnyLength {
                longest: numbers.longest_any,
                classes: any.map(|class| class.unwrap_or(NO_CLASS)),
            }),
            layout: self.filler.layout,
            lines,
        };
        for ((plus, length), number) in &numbers.known {
            let (Some(length), span) = (*length, made[*number as usize]) else {
                continue;
            };
            match table.short[usize::from(*plus)].get_mut(length) {
                Some(slot) => *slot = span,
                None => _ = table.long.insert((*plus, length), span),
            }
        }
        table
    }
}
