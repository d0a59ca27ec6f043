//! Priorities for a list, of which as few as possible change.

use std::collections::HashSet;

use crate::record::Place;

/// The lowest priority that adrc gives.
pub const FIRST_PRIORITY: i64 = 0;

/// The highest priority that adrc gives: the largest integer of CUCM's database.
pub const LAST_PRIORITY: i64 = i32::MAX as i64;

/// Stands for a rule without priority, which comes after all others.
const NO_PRIORITY: i64 = LAST_PRIORITY + 1;

/// A rule that CUCM has already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Current<'p> {
    /// Its place now.
    pub(crate) place: &'p Place,
    /// Whether it keeps its name, so that names may go on ordering rules of one priority.
    pub(crate) keeps_name: bool,
}

/// A new priority for each rule of a list; `None` for a rule that keeps its own. The number of new
/// priorities is the smallest possible. `avoid` has priorities to leave out where there is room.
pub(crate) fn assign(list: &[Option<Current<'_>>], avoid: &HashSet<i64>) -> Vec<Option<i64>> {
    if is_in_order(list) {
        return vec![None; list.len()];
    }
    let kept = longest_chain(list);
    let mut new = vec![None; list.len()];
    let value = |at: usize| list[at].and_then(|current| value(current.place));
    // the gap before each kept rule, and the one after the last
    let mut from = 0;
    let mut low = FIRST_PRIORITY - 1;
    for at in &kept {
        let high = value(*at).unwrap_or(NO_PRIORITY);
        fill(&mut new[from..*at], low, Some(high).filter(|high| *high < NO_PRIORITY), avoid);
        (from, low) = (at + 1, high);
    }
    fill(&mut new[from..], low, None, avoid);
    new
}

/// Whether every rule is present and the order is right already.
fn is_in_order(list: &[Option<Current<'_>>]) -> bool {
    list.iter().all(Option::is_some)
        && list.windows(2).all(|pair| matches!(pair, [Some(a), Some(b)] if precedes(a, b)))
}

/// Whether a rule comes directly before another one at their present places.
fn precedes(a: &Current<'_>, b: &Current<'_>) -> bool {
    a.place < b.place && (!a.place.ties_with(b.place) || a.keeps_name && b.keeps_name)
}

/// The priority as a number that can be kept; `None` for one that adrc would not give.
fn value(place: &Place) -> Option<i64> {
    let value = place.priority().unwrap_or(NO_PRIORITY);
    (FIRST_PRIORITY..=NO_PRIORITY).contains(&value).then_some(value)
}

/// The positions of the most rules that can keep their priorities: between two of them there are
/// as many free priorities as rules.
fn longest_chain(list: &[Option<Current<'_>>]) -> Vec<usize> {
    // rules `i < j` with others between can both be kept if `value - position` does not fall
    let slack = |at: usize| -> Option<i64> { Some(value(list[at]?.place)? - at as i64) };
    let mut slacks: Vec<i64> = (0..list.len()).filter_map(slack).collect();
    slacks.sort_unstable();
    slacks.dedup();
    let mut best: Vec<Option<(usize, Option<usize>)>> = vec![None; list.len()];
    let mut longest = PrefixMaximum::new(slacks.len());
    for at in 0..list.len() {
        if let Some(before) = at.checked_sub(2)
            && let (Some((length, _)), Some(slack)) = (best[before], slack(before))
        {
            longest.raise(slacks.partition_point(|known| *known < slack), (length, before));
        }
        let (Some(current), Some(slack)) = (list[at], slack(at)) else { continue };
        let starts = at == 0 || slack >= FIRST_PRIORITY;
        let mut found = starts.then_some((1, None));
        let mut offer = |length: usize, before: usize| {
            if found.is_none_or(|(known, _)| length + 1 > known) {
                found = Some((length + 1, Some(before)));
            }
        };
        if let Some((length, before)) = longest.up_to(slacks.partition_point(|s| *s <= slack)) {
            offer(length, before);
        }
        if let Some(before) = at.checked_sub(1)
            && let (Some((length, _)), Some(previous)) = (best[before], list[before])
            && precedes(&previous, &current)
        {
            offer(length, before);
        }
        best[at] = found;
    }
    let fits_end = |at: usize| {
        let after = (list.len() - 1 - at) as i64;
        list[at]
            .and_then(|it| value(it.place))
            .is_some_and(|v| after == 0 || LAST_PRIORITY - v >= after)
    };
    let ends = (0..list.len()).filter(|at| fits_end(*at));
    let ends = ends.filter_map(|at| Some((best[at]?.0, at)));
    // of equally long chains the one that ends first, so that rules move to new, higher priorities
    let end = ends.max_by_key(|(length, at)| (*length, std::cmp::Reverse(*at)));
    let before = |at: &usize| best[*at].and_then(|(_, before)| before);
    let mut chain: Vec<usize> = std::iter::successors(end.map(|(_, at)| at), before).collect();
    chain.reverse();
    chain
}

/// Gives ascending priorities between two others, spread evenly; without an upper one, in a row.
fn fill(new: &mut [Option<i64>], low: i64, high: Option<i64>, avoid: &HashSet<i64>) {
    let count = new.len() as i64;
    let mut last = low;
    for (at, new) in new.iter_mut().enumerate() {
        let left = count - at as i64;
        let mut next = match high {
            Some(high) => last + (high - last) / (left + 1),
            None => last + 1,
        };
        // as many priorities as there are rules stay free
        let end = high.unwrap_or(NO_PRIORITY) - left;
        while next < end && avoid.contains(&next) {
            next += 1;
        }
        *new = Some(next);
        last = next;
    }
}

/// The largest value among the first ones of a row: a Fenwick tree.
struct PrefixMaximum(Vec<Option<(usize, usize)>>);

impl PrefixMaximum {
    fn new(length: usize) -> Self {
        Self(vec![None; length + 1])
    }

    /// Raises the value at a position, counted from 0.
    fn raise(&mut self, at: usize, value: (usize, usize)) {
        let mut at = at + 1;
        while let Some(known) = self.0.get_mut(at) {
            *known = (*known).max(Some(value));
            at += at & at.wrapping_neg();
        }
    }

    /// The largest of the first `count` values.
    fn up_to(&self, count: usize) -> Option<(usize, usize)> {
        let mut at = count;
        let mut found = None;
        while at > 0 {
            found = found.max(self.0[at]);
            at &= at - 1;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    /// The most rules that can keep their priorities, by trying all choices.
    fn most_kept(list: &[Option<Current<'_>>]) -> usize {
        let choices = 0..1_u32 << list.len();
        let kept = |choice: u32| (0..list.len()).filter(move |at| choice >> at & 1 == 1);
        let possible =
            choices.filter(|choice| is_possible(list, &kept(*choice).collect::<Vec<_>>()));
        possible.map(u32::count_ones).max().unwrap_or(0) as usize
    }

    fn is_possible(list: &[Option<Current<'_>>], kept: &[usize]) -> bool {
        if kept.len() == list.len() && is_in_order(list) {
            return true;
        }
        let value = |at: &usize| list[*at].and_then(|current| value(current.place));
        if kept.iter().any(|at| value(at).is_none()) {
            return false;
        }
        let room = |low: i64, high: i64, from: usize, to: usize| {
            to == from || high - low > (to - from) as i64
        };
        let (mut low, mut from) = (FIRST_PRIORITY - 1, 0);
        for at in kept {
            let high = value(at).unwrap();
            let is_next = at.checked_sub(1).is_some_and(|before| kept.contains(&before));
            let fits = match is_next {
                true => precedes(&list[at - 1].unwrap(), &list[*at].unwrap()),
                false => room(low, high, from, *at),
            };
            if !fits {
                return false;
            }
            (low, from) = (high, at + 1);
        }
        room(low, NO_PRIORITY, from, list.len())
    }

    proptest! {
        #[test]
        fn as_few_priorities_as_possible_change(
            rules in prop::collection::vec(
                prop::option::weighted(0.8, (prop::option::weighted(0.9, -1..9_i64), any::<bool>())),
                0..8,
            ),
            avoid in prop::collection::hash_set(0..9_i64, 0..3),
        ) {
            let names = ["a", "c", "b", "d", "f", "e", "h", "g"];
            let place = |(at, rule): (usize, &Option<(Option<i64>, bool)>)| {
                rule.map(|(priority, keeps)| (Place::new(priority, names[at].to_owned()), keeps))
            };
            let places: Vec<Option<(Place, bool)>> = rules.iter().enumerate().map(place).collect();
            let list: Vec<Option<Current<'_>>> = places
                .iter()
                .map(|it| it.as_ref().map(|(place, keeps)| Current { place, keeps_name: *keeps }))
                .collect();
            let new = assign(&list, &avoid);
            let kept = new.iter().filter(|priority| priority.is_none()).count();
            prop_assert_eq!(kept, most_kept(&list));
            let last: Vec<Place> = (0..list.len())
                .map(|at| match new[at] {
                    Some(priority) => Place::new(Some(priority), names[at].to_owned()),
                    None => list[at].unwrap().place.clone(),
                })
                .collect();
            prop_assert!(last.is_sorted(), "{:?}", last);
        }
    }
}
