//! Builds the table of a long list: one sort, one sweep.

use adr_engine::Rule;
use rustc_hash::FxHashMap;

use crate::cache_line::{CacheLine, EntryLayout, LineRange};
use crate::key::Keys;
use crate::lines::LineBuilder;
use crate::table::{AnyLength, NO_LINES, SHORT, Table};
use crate::winner::NO_RULE;

/// Leading `+`, and number of digits (`None` for any).
type LengthClass = (bool, Option<usize>);

/// The table of the rules that fit in it, and the positions of the others; `action_ids` has one
/// identifier for each rule.
pub(crate) fn build(rules: &[Rule], action_ids: &[u32]) -> (Table, Vec<u32>) {
    let digits = rules.iter().filter_map(|rule| split_plus(rule)).map(|(_, digits)| digits.len());
    let layout = EntryLayout::new(rules.len(), digits.max().unwrap_or(0));
    let keys = layout.keys;
    let mut classes = ClassIds::default();
    let mut intervals = Vec::with_capacity(rules.len());
    let mut rest = Vec::new();
    for (at, rule) in (0..).zip(rules) {
        let length = rule.length();
        if length.is_some_and(|length| rule.begins_with().len() > length) {
            continue;
        }
        let Some((plus, digits)) =
            split_plus(rule).filter(|(_, digits)| digits.len() <= keys.digits())
        else {
            rest.push(at);
            continue;
        };
        let mut add = |plus| {
            let class = classes.id((plus, length), digits.len());
            intervals.push(RuleInterval { class, digits, rule: at }.packed(keys));
        };
        add(plus);
        if rule.begins_with().is_empty() {
            add(true);
        }
    }
    intervals.sort_unstable();
    let mut sweep = Sweep::new(layout, action_ids, intervals.len());
    let ranges: Vec<LineRange> = intervals
        .chunk_by(|a, b| class_of(*a) == class_of(*b))
        .map(|intervals| sweep.add_class(intervals))
        .collect();
    (sweep.into_table(&classes, &ranges), rest)
}

/// Whether begins-with has a leading `+`, and its digits; `None` when it has other characters.
fn split_plus(rule: &Rule) -> Option<(bool, &[u8])> {
    let (plus, digits) = match rule.begins_with().as_bytes() {
        [b'+', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    digits.iter().all(u8::is_ascii_digit).then_some((plus, digits))
}

/// Numbers the length classes in the order in which they occur.
#[derive(Default)]
struct ClassIds {
    known: FxHashMap<LengthClass, u32>,
    /// Most digits of a begins-with for any length.
    longest_any: usize,
}

impl ClassIds {
    fn id(&mut self, class: LengthClass, digits: usize) -> u32 {
        if class.1.is_none() {
            self.longest_any = self.longest_any.max(digits);
        }
        let next = self.known.len() as u32;
        *self.known.entry(class).or_insert(next)
    }
}

const START_BITS: u32 = 56;
const LENGTH_BITS: u32 = 5;
const RULE_BITS: u32 = 32;

/// The interval of keys that one rule of a class matches.
struct RuleInterval<'r> {
    class: u32,
    /// The digits of begins-with.
    digits: &'r [u8],
    rule: u32,
}

impl RuleInterval<'_> {
    /// Class, start, length and rule in one integer. In its order an interval comes before those
    /// inside it.
    fn packed(&self, keys: Keys) -> u128 {
        let start =
            u128::from(self.class) << START_BITS | u128::from(keys.interval_start(self.digits));
        (start << LENGTH_BITS | self.digits.len() as u128) << RULE_BITS | u128::from(self.rule)
    }
}

fn class_of(packed: u128) -> u32 {
    (packed >> (RULE_BITS + LENGTH_BITS + START_BITS)) as u32
}

/// An interval that the sweep has reached.
struct ReachedInterval {
    /// First key.
    start: u64,
    /// One above the last key.
    end: u64,
    rule: u32,
}

impl ReachedInterval {
    fn unpack(packed: u128, keys: Keys) -> Self {
        let length = (packed >> RULE_BITS) as usize & ((1 << LENGTH_BITS) - 1);
        let start = (packed >> (RULE_BITS + LENGTH_BITS)) as u64 & ((1 << START_BITS) - 1);
        Self { start, end: keys.interval_end(start, length), rule: packed as u32 }
    }
}

/// An interval around the current key, and the rule that wins in it.
struct OpenInterval {
    /// One above the last key.
    end: u64,
    /// The smallest position of the rules whose intervals are open.
    best: u32,
}

/// The sweep over the keys of all classes.
struct Sweep<'a> {
    builder: LineBuilder<'a>,
    /// What wins from which key on, in the current class.
    entries: Vec<u64>,
}

impl<'a> Sweep<'a> {
    fn new(layout: EntryLayout, action_ids: &'a [u32], intervals: usize) -> Self {
        let builder = LineBuilder { layout, action_ids, lines: vec![CacheLine::EMPTY] };
        Self { builder, entries: Vec::with_capacity(intervals) }
    }

    /// Pushes the smallest rule position down and emits an entry wherever the winner changes.
    fn add_class(&mut self, intervals: &[u128]) -> LineRange {
        self.entries.clear();
        let keys = self.builder.layout.keys;
        let mut open = vec![OpenInterval { end: keys.end(), best: NO_RULE }];
        for interval in intervals.iter().map(|packed| ReachedInterval::unpack(*packed, keys)) {
            self.close_until(&mut open, interval.start);
            let outer = open.last().map_or(NO_RULE, |outer| outer.best);
            if interval.rule < outer {
                self.emit(interval.start, interval.rule);
                open.push(OpenInterval { end: interval.end, best: interval.rule });
            }
        }
        self.close_until(&mut open, keys.end() - 1);
        self.builder.add_class(&self.entries, intervals.len())
    }

    /// Closes the intervals that end at or before `key`.
    fn close_until(&mut self, open: &mut Vec<OpenInterval>, key: u64) {
        while let [.., OpenInterval { best: outer, .. }, OpenInterval { end, .. }] = open[..] {
            if end > key {
                break;
            }
            open.pop();
            self.emit(end, outer);
        }
    }

    fn emit(&mut self, key: u64, rule: u32) {
        let layout = self.builder.layout;
        if self.entries.last().is_some_and(|last| layout.key(*last) == key) {
            self.entries.pop();
        }
        let before = self.entries.last().map_or(NO_RULE, |last| layout.rule(*last));
        if before != rule {
            self.entries.push(layout.entry(key, rule));
        }
    }

    fn into_table(self, classes: &ClassIds, ranges: &[LineRange]) -> Table {
        let mut lines = self.builder.lines;
        lines.shrink_to_fit();
        let range = |class: LengthClass| classes.known.get(&class).map(|id| ranges[*id as usize]);
        let any = [range((false, None)), range((true, None))];
        let mut table = Table {
            short: [[NO_LINES; SHORT]; 2],
            long: FxHashMap::default(),
            any: any.iter().any(Option::is_some).then(|| AnyLength {
                longest: classes.longest_any,
                ranges: any.map(|range| range.unwrap_or(NO_LINES)),
            }),
            layout: self.builder.layout,
            lines,
        };
        for ((plus, length), id) in &classes.known {
            let (Some(length), range) = (*length, ranges[*id as usize]) else {
                continue;
            };
            match table.short[usize::from(*plus)].get_mut(length) {
                Some(slot) => *slot = range,
                None => _ = table.long.insert((*plus, length), range),
            }
        }
        table
    }
}
