//! The list as it is between steps, and the check that a step sends no number elsewhere.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use adr_engine::Rule;

use crate::record::Place;

/// Most rules that all checks of a plan look at together, about a second's work. What is not
/// checked is replaced instead of updated in place.
const CHECK_LIMIT: usize = 10_000_000;

/// The list between steps. A rule has a number: first come those of the old list, then those of the
/// new one.
pub(crate) struct Model<'r> {
    rules: Vec<&'r Rule>,
    /// How many rules are of the old list.
    old: usize,
    /// The rules of each number of digits, sorted by begins-with.
    by_length: BTreeMap<Option<usize>, Vec<usize>>,
    /// Where a rule is in the list, if it is there.
    places: Vec<Option<Place>>,
    /// The list.
    order: BTreeMap<Place, usize>,
    /// How many rules the checks looked at so far.
    looked_at: usize,
}

/// A change of the list in one call.
#[derive(Clone, Debug)]
pub(crate) struct Swap {
    /// The rule that disappears from its place, if any.
    pub(crate) out: Option<usize>,
    /// The rule that appears, and where.
    pub(crate) into: Option<(usize, Place)>,
}

impl Swap {
    /// A rule appears.
    pub(crate) fn add(rule: usize, place: Place) -> Self {
        Self { out: None, into: Some((rule, place)) }
    }

    /// A rule disappears.
    pub(crate) fn remove(rule: usize) -> Self {
        Self { out: Some(rule), into: None }
    }
}

impl<'r> Model<'r> {
    /// The old list, in order and with places, and the new list, in order.
    pub(crate) fn new(
        old: impl IntoIterator<Item = (&'r Rule, Place)>,
        new: impl IntoIterator<Item = &'r Rule>,
    ) -> Self {
        let (mut rules, places): (Vec<&Rule>, Vec<Place>) = old.into_iter().unzip();
        let old = rules.len();
        rules.extend(new);
        let mut by_length: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
        for (at, rule) in rules.iter().enumerate() {
            by_length.entry(rule.length()).or_default().push(at);
        }
        for same in by_length.values_mut() {
            same.sort_by_key(|at| rules[*at].begins_with());
        }
        let order = places.iter().cloned().enumerate().map(|(at, place)| (place, at)).collect();
        let mut places: Vec<Option<Place>> = places.into_iter().map(Some).collect();
        places.resize(rules.len(), None);
        Self { rules, old, by_length, places, order, looked_at: 0 }
    }

    /// The number of a rule of the new list.
    pub(crate) fn new_rule(&self, at: usize) -> usize {
        self.old + at
    }

    /// Where a rule is now.
    pub(crate) fn place(&self, rule: usize) -> Option<&Place> {
        self.places[rule].as_ref()
    }

    /// Whether another rule than `rule` has the priority of a place.
    pub(crate) fn has_tie(&self, rule: usize, place: &Place) -> bool {
        let first = Place::new(place.priority(), String::new());
        let same = self.order.range(first..).take_while(|(other, _)| other.ties_with(place));
        same.take(2).any(|(_, other)| *other != rule)
    }

    /// Whether a rule stays between the same two others when it moves to a place.
    pub(crate) fn stays_between(&self, rule: usize, place: &Place) -> bool {
        let Some(now) = self.place(rule) else { return false };
        let (low, high) = if now < place { (now, place) } else { (place, now) };
        let mut between = self.order.range(low.clone()..=high.clone());
        between.all(|(_, other)| *other == rule)
    }

    /// Makes a change.
    pub(crate) fn make(&mut self, swap: Swap) {
        if let Some(place) = swap.out.and_then(|rule| self.places[rule].take()) {
            self.order.remove(&place);
        }
        if let Some((rule, place)) = swap.into {
            self.order.insert(place.clone(), rule);
            self.places[rule] = Some(place);
        }
    }

    /// Makes a change if after it every number goes where the old or the new list sends it,
    /// provided that this was so before.
    pub(crate) fn make_if_safe(&mut self, swap: Swap) -> bool {
        let before = swap.out.and_then(|rule| Some((rule, self.places[rule].clone()?)));
        let mut touched: Vec<usize> =
            swap.out.into_iter().chain(swap.into.iter().map(|(rule, _)| *rule)).collect();
        touched.dedup();
        let undo = Swap { out: swap.into.as_ref().map(|(rule, _)| *rule), into: before };
        self.make(swap);
        let is_safe = touched.iter().all(|rule| self.is_safe_for_numbers_of(*rule));
        if !is_safe {
            self.make(undo);
        }
        is_safe
    }

    /// Whether every number that a rule matches goes where the old or the new list sends it. May
    /// miss that two rules do the same; never calls a wrong result right.
    fn is_safe_for_numbers_of(&mut self, rule: usize) -> bool {
        let rule = self.rules[rule];
        let shortest = rule.begins_with().len().max(1);
        let lengths: Vec<Option<usize>> = match rule.length() {
            Some(length) => vec![Some(length)],
            // every length that rules have, and all others
            None => self.by_length.keys().copied().collect(),
        };
        let mut lengths = lengths.into_iter().filter(|it| it.is_none_or(|it| it >= shortest));
        lengths.all(|length| self.is_safe_for(rule.begins_with(), length))
    }

    /// The same for the numbers of one length that begin with a text; without a length, for the
    /// numbers whose length no rule has.
    fn is_safe_for(&mut self, begins_with: &str, length: Option<usize>) -> bool {
        if self.looked_at > CHECK_LIMIT {
            return false;
        }
        let mut related = Vec::new();
        let mut above = Best::default();
        let any = length.is_some().then_some(None);
        for same in any.into_iter().chain([length]).filter_map(|key| self.by_length.get(&key)) {
            let text = |at: &usize| self.rules[*at].begins_with();
            for end in (0..begins_with.len()).filter(|end| begins_with.is_char_boundary(*end)) {
                let text_above = &begins_with[..end];
                let from = same.partition_point(|at| text(at) < text_above);
                let equal = same[from..].iter().take_while(|at| text(at) == text_above);
                for rule in equal {
                    self.looked_at += 1;
                    above = self.better(above, *rule);
                }
            }
            let from = same.partition_point(|at| text(at) < begins_with);
            let inside = same[from..].iter().take_while(|at| text(at).starts_with(begins_with));
            let fits = |at: &&usize| length.is_none_or(|length| text(at).len() <= length);
            related.extend(inside.filter(fits).copied());
        }
        self.looked_at += related.len();
        related.sort_by_key(|at| self.rules[*at].begins_with());
        self.is_safe_below(begins_with, &related, above, length)
    }

    /// Walks over the tree of the begins-with of sorted rules. `above` are the winners of all of
    /// its numbers among rules with a shorter begins-with.
    fn is_safe_below(
        &self,
        begins_with: &str,
        sorted: &[usize],
        above: Best,
        length: Option<usize>,
    ) -> bool {
        let mut open: Vec<(&str, Best)> = vec![(begins_with, above)];
        let by_text =
            |a: &usize, b: &usize| self.rules[*a].begins_with() == self.rules[*b].begins_with();
        sorted.chunk_by(by_text).all(|same| {
            let text = same.first().map_or("", |at| self.rules[*at].begins_with());
            while open.len() > 1 && open.last().is_some_and(|(outer, _)| !text.starts_with(outer)) {
                open.pop();
            }
            let outer = open.last().map_or(above, |(_, best)| *best);
            let best = same.iter().fold(outer, |best, rule| self.better(best, *rule));
            open.push((text, best));
            let does_same = |one, other| self.do_same(one, other, text.as_bytes(), length);
            does_same(best.now, best.old) || does_same(best.now, best.new)
        })
    }

    /// The winners when one more rule matches.
    fn better(&self, best: Best, rule: usize) -> Best {
        let first = |known: Option<usize>, is_of_list: bool| match (known, is_of_list) {
            (known, false) => known,
            (None, true) => Some(rule),
            (Some(known), true) => Some(known.min(rule)),
        };
        let is_earlier = |known: usize| match (&self.places[rule], &self.places[known]) {
            (Some(place), Some(known)) => place.cmp(known) == Ordering::Less,
            _ => false,
        };
        let wins = self.places[rule].is_some() && best.now.is_none_or(is_earlier);
        Best {
            old: first(best.old, rule < self.old),
            new: first(best.new, rule >= self.old),
            now: if wins { Some(rule) } else { best.now },
        }
    }

    /// Whether two rules, or no rule, have the same results for all numbers of a length that begin
    /// with a text.
    fn do_same(
        &self,
        one: Option<usize>,
        other: Option<usize>,
        text: &[u8],
        length: Option<usize>,
    ) -> bool {
        let action = |rule: Option<usize>| {
            let rule = rule.map(|at| self.rules[at]);
            let remove =
                rule.map_or(0, |rule| usize::try_from(rule.remove()).unwrap_or(usize::MAX));
            (remove, rule.map_or("", Rule::prefix))
        };
        let (one, other) = (action(one), action(other));
        if one == other {
            return true;
        }
        // digits behind the text that are removed, and what results begin with
        let form = |(remove, prefix): (usize, &str)| {
            let removed = remove.min(length.unwrap_or(usize::MAX));
            let left = &text[removed.min(text.len())..];
            (removed.saturating_sub(text.len()), [prefix.as_bytes(), left].concat())
        };
        let (one, other) = (form(one), form(other));
        // of numbers of unknown length, only the text is known to be there
        one == other && (length.is_some() || one.0 == 0)
    }
}

/// The first rule that matches: in the old list, in the new list, and in the list as it is now.
#[derive(Clone, Copy, Debug, Default)]
struct Best {
    old: Option<usize>,
    new: Option<usize>,
    now: Option<usize>,
}
