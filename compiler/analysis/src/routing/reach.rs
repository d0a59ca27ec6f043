//! The length from which on patterns treat results of all lengths alike.

use super::closeness::Counter;
use super::pattern::{DialPattern, SYMBOLS};
use super::walk::MAX_ROUTED;

/// What the length from which on nothing changes depends on.
///
/// A result is longer than this length, and begins with fixed symbols. A pattern with one element
/// that repeats looks at the symbols before it, at those after it, and at the set of the others.
/// If there are more of these than symbols, one of them occurs twice, and the result without it is
/// matched by the same patterns. Lines say how close each pattern is; beyond the last crossing of
/// two lines their order does not change.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reach {
    /// The length of the longest numbers of patterns for one length.
    longest: usize,
    /// Most elements before one that repeats.
    before: usize,
    /// Most elements after one that repeats.
    after: usize,
    /// The length of the last crossing.
    crossing: usize,
    /// Whether several elements of a pattern repeat, for which none of this holds.
    is_open: bool,
}

impl Reach {
    /// The reach of these patterns.
    pub(super) fn of<'p>(patterns: impl Iterator<Item = &'p DialPattern> + Clone) -> Self {
        let mut reach = Self::default();
        for pattern in patterns.clone() {
            let elements = &pattern.elements;
            match elements.iter().position(|element| element.repeats) {
                None => reach.longest = reach.longest.max(elements.len()),
                Some(at) => {
                    reach.before = reach.before.max(at);
                    reach.after = reach.after.max(elements.len() - at - 1);
                    reach.is_open |= elements[at + 1..].iter().any(|element| element.repeats);
                }
            }
        }
        let counted = patterns.filter(|pattern| !pattern.has_plan);
        reach.crossing = last_crossing(counted.filter_map(|pattern| Counter::new(pattern).line()));
        reach
    }

    /// The length of results from which on all are treated alike, where results have `fixed`
    /// symbols that are not free, and whether that is certain. If not, it is [`MAX_ROUTED`].
    pub(super) fn uniform_from(self, fixed: usize) -> (usize, bool) {
        let free = self.before.max(fixed) + self.after + SYMBOLS.len() + 2;
        let uniform = free.max(self.longest + 1).max(self.crossing);
        match self.is_open || uniform > MAX_ROUTED.max(fixed + SYMBOLS.len() + 2) {
            true => (MAX_ROUTED.max(fixed), false),
            false => (uniform, true),
        }
    }
}

/// The length from which on the order of lines with different bases does not change.
fn last_crossing(lines: impl Iterator<Item = (f64, u32)>) -> usize {
    // the lowest and the highest line of each base
    let mut ranges: Vec<Option<(f64, f64)>> = vec![None; SYMBOLS.len() + 1];
    for (line, base) in lines {
        let range = ranges[base as usize].get_or_insert((line, line));
        *range = (range.0.min(line), range.1.max(line));
    }
    let mut crossing = 0.0_f64;
    for (small, low) in ranges.iter().enumerate() {
        for (large, high) in ranges.iter().enumerate().skip(small + 1) {
            let (Some((_, top)), Some((bottom, _))) = (low, high) else { continue };
            let steepness = (large as f64).ln() - (small as f64).ln();
            crossing = crossing.max((top - bottom) / steepness);
        }
    }
    crossing.ceil() as usize + 1
}
