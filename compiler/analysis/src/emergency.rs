//! Numbers that come out as emergency numbers though nobody dialed one.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use adr_engine::Rule;

use crate::changes::{Change, ShortestWitnesses};
use crate::class::{Lengths, classes};
use crate::domain::{Domain, dialed};
use crate::form::Form;
use crate::region::{Region, gap_of, residue};
use crate::tree::{LastTree, NONE, Tree};

/// How a number that is not an emergency number comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Accident {
    /// As an emergency number.
    Emergency,
    /// As an emergency number and further digits; the number that was dialed begins with none.
    EmergencyAndMore,
}

/// Numbers in the order of bytes, by where their last `+` stands.
type ByPlus = BTreeMap<Option<usize>, Vec<Vec<u8>>>;

/// Numbers that must stay among themselves, in the orders in which results are looked up.
#[derive(Clone, Debug, Default)]
pub struct EmergencySet {
    all: HashSet<Vec<u8>>,
    /// By length.
    by_length: BTreeMap<usize, ByPlus>,
    /// Those that begin with no other one.
    outermost: ByPlus,
    /// The same in one order.
    beginnings: Vec<Vec<u8>>,
}

impl EmergencySet {
    /// The set of these numbers.
    #[must_use]
    pub fn new<'n>(numbers: impl IntoIterator<Item = &'n [u8]>) -> Self {
        let mut sorted: Vec<Vec<u8>> = numbers.into_iter().map(<[u8]>::to_vec).collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut set = Self::default();
        for number in sorted {
            let plus = number.iter().rposition(|byte| *byte == b'+');
            let of_length = set.by_length.entry(number.len()).or_default();
            of_length.entry(plus).or_default().push(number.clone());
            let is_inner = |last: &Vec<u8>| number.starts_with(last);
            if !set.beginnings.last().is_some_and(is_inner) {
                set.outermost.entry(plus).or_default().push(number.clone());
                set.beginnings.push(number.clone());
            }
            set.all.insert(number);
        }
        set
    }

    /// Rules that do this to some number, each with a shortest one that shows it, in the order of
    /// the list.
    ///
    /// Exact for what people dial: `0-9 * #`, and a `+` in front.
    ///
    /// ```
    /// use adr_analysis::{Accident, EmergencySet};
    /// use adr_engine::Rule;
    ///
    /// let set = EmergencySet::new([&b"911"[..], b"9911"]);
    /// let rules = [Rule::from_deployed("", 2, 0, "9"), Rule::from_deployed("", 7, 0, "9")];
    /// let found = set.accidents(&rules, Accident::Emergency);
    /// assert_eq!((found[0].rule, &found[0].witness[..]), (0, &b"11"[..]));
    /// let found = set.accidents(&rules, Accident::EmergencyAndMore);
    /// assert_eq!((found[0].rule, &found[0].witness[..]), (1, &b"1100000"[..]));
    /// ```
    #[must_use]
    pub fn accidents(&self, rules: &[Rule], asked: Accident) -> Vec<Change> {
        let may: Vec<bool> = rules.iter().map(|rule| self.may(rule, asked)).collect();
        let lengths = rules.iter().zip(&may).filter(|(_, may)| **may);
        let lengths: HashSet<Option<usize>> = lengths.map(|(rule, _)| rule.length()).collect();
        if lengths.is_empty() {
            return Vec::new();
        }
        let mut found = ShortestWitnesses::default();
        let mut last = LastTree::default();
        for class in classes(&[rules], Domain::Dialable) {
            let length = class.lengths.from;
            if !lengths.contains(&Some(length)) && !lengths.contains(&None) {
                continue;
            }
            let tree =
                last.tree(&class, length, |entries| Tree::build(entries, length, Domain::Dialable));
            for at in 0..tree.nodes.len() {
                let winner = tree.nodes[at].best[0];
                let rule = winner as usize;
                if winner == NONE || !may[rule] || found.has_shorter(rule, length) {
                    continue;
                }
                let witness = self.at_node(&rules[rule], (&tree, at), class.lengths, asked);
                if let Some(witness) = witness {
                    found.offer(rule, witness);
                }
            }
        }
        found.into_changes(rules)
    }

    /// Whether a rule may do this at all: what it puts in front and emergency numbers begin alike,
    /// and the length fits.
    fn may(&self, rule: &Rule, asked: Accident) -> bool {
        let prefix = rule.prefix();
        let fits = rule.length().is_none_or(|length| {
            let removed = usize::try_from(rule.remove()).unwrap_or(length).min(length);
            let result = prefix.len() + length - removed;
            asked == Accident::EmergencyAndMore || self.by_length.contains_key(&result)
        });
        fits && self.may_reach(prefix.as_bytes())
    }

    /// A number of what is left of a node to which this happens.
    fn at_node(
        &self,
        rule: &Rule,
        (tree, at): (&Tree<'_>, usize),
        lengths: Lengths,
        asked: Accident,
    ) -> Option<Vec<u8>> {
        let prefix = tree.nodes[at].prefix();
        let form = Form::of(Some(rule), prefix, tree.length);
        let is_dialed = prefix.iter().skip(1).all(|byte| *byte != b'+');
        if !is_dialed || form.equals(&Form::of(None, prefix, tree.length)) {
            return None;
        }
        let text: Vec<u8> = form.text().collect();
        if !self.may_reach(&text) {
            return None;
        }
        let region = residue(tree, at, lengths, tree.nodes[at].best[0])?;
        let is_erased =
            usize::try_from(rule.remove()).map_or(true, |removed| removed >= tree.length);
        if !is_erased {
            return self.at_place(&region, &text, form.dropped, asked);
        }
        // how much is dropped depends on the length
        let last = lengths.from + self.longest() + 1;
        let mut lengths = lengths.from..=lengths.to.map_or(last, |to| to.min(last));
        lengths.find_map(|length| {
            let region =
                Region { lengths: Lengths { from: length, to: Some(length) }, ..region.clone() };
            let dropped = length - region.begins_with.len();
            self.at_place(&region, rule.prefix().as_bytes(), dropped, asked)
        })
    }

    fn at_place(
        &self,
        region: &Region<'_>,
        text: &[u8],
        dropped: usize,
        asked: Accident,
    ) -> Option<Vec<u8>> {
        let place = Place { set: self, region, text, dropped };
        match asked {
            Accident::Emergency => place.emergency(),
            Accident::EmergencyAndMore => place.emergency_and_more(),
        }
    }

    /// The length of the longest emergency number.
    fn longest(&self) -> usize {
        self.by_length.keys().last().copied().unwrap_or(0)
    }

    /// Whether some emergency number and a text begin alike.
    fn may_reach(&self, text: &[u8]) -> bool {
        self.begins(text) || !beginning_with(&self.beginnings, text).is_empty()
    }

    /// Whether a number begins with an emergency number.
    fn begins(&self, number: &[u8]) -> bool {
        let at = self.beginnings.partition_point(|known| known.as_slice() <= number);
        at > 0 && number.starts_with(&self.beginnings[at - 1])
    }
}

/// Of sorted texts those that begin with a text.
fn beginning_with<'n>(sorted: &'n [Vec<u8>], text: &[u8]) -> &'n [Vec<u8>] {
    let from = sorted.partition_point(|known| known.as_slice() < text);
    let count = sorted[from..].partition_point(|known| known.starts_with(text));
    &sorted[from..from + count]
}

/// Numbers that come out as `text` and what is left of them when their beginning and `dropped`
/// further characters are taken away.
struct Place<'p, 'r> {
    set: &'p EmergencySet,
    region: &'p Region<'r>,
    text: &'p [u8],
    dropped: usize,
}

impl Place<'_, '_> {
    /// Where the part begins that results keep.
    fn kept_from(&self) -> usize {
        self.region.begins_with.len() + self.dropped
    }

    /// Whether what a result keeps can go on as an emergency number does: a `+` stands in front of
    /// a number only.
    fn can_keep(&self, plus: Option<usize>) -> bool {
        let in_front = self.kept_from() == 0;
        plus.is_none_or(|plus| plus < self.text.len() || in_front && plus == self.text.len())
    }

    /// A shortest number that comes out as an emergency number and is not one.
    fn emergency(&self) -> Option<Vec<u8>> {
        let Lengths { from, to } = self.region.lengths;
        self.set.by_length.iter().find_map(|(result, numbers)| {
            let length = result.checked_sub(self.text.len())? + self.kept_from();
            if length < from || to.is_some_and(|to| to < length) {
                return None;
            }
            self.first_of(numbers, length, Accident::Emergency)
        })
    }

    /// A shortest number that begins with no emergency number, and comes out as one and more.
    fn emergency_and_more(&self) -> Option<Vec<u8>> {
        let Lengths { from, to } = self.region.lengths;
        let from = from.max(self.kept_from());
        let longest = self.set.longest();
        // from there on further digits change nothing
        let end = from + longest + 1;
        let mut lengths = from..=to.unwrap_or(end).min(end);
        lengths.find_map(|length| {
            if self.set.begins(self.text) {
                return self.search(b"", length, Accident::EmergencyAndMore);
            }
            self.first_of(&self.set.outermost, length, Accident::EmergencyAndMore)
        })
    }

    /// The first number of a length whose result is, or begins with, one of some emergency numbers.
    fn first_of(&self, numbers: &ByPlus, length: usize, accident: Accident) -> Option<Vec<u8>> {
        let numbers = numbers.iter().filter(|(plus, _)| self.can_keep(**plus));
        let mut numbers = numbers.map(|(_, numbers)| beginning_with(numbers, self.text));
        numbers.find_map(|targets| {
            let mut at = 0;
            while let Some(target) = targets.get(at) {
                at += 1;
                let kept = &target[self.text.len()..];
                if let Some(hole) = self.hole_around(kept) {
                    // all that lie in the same hole are skipped
                    let hole = [self.text, &hole[self.region.begins_with.len()..]].concat();
                    at += targets[at..].partition_point(|target| target.starts_with(&hole));
                } else if let Some(found) = self.search(kept, length, accident) {
                    return Some(found);
                }
            }
            None
        })
    }

    /// What is excepted from the region and contains all numbers that keep a text.
    fn hole_around(&self, kept: &[u8]) -> Option<&[u8]> {
        if self.dropped > 0 {
            return None;
        }
        let text = [&self.region.begins_with[..], kept].concat();
        let except = &self.region.except;
        let at = except.partition_point(|hole| **hole <= *text);
        let hole = except[..at].last()?;
        text.starts_with(hole).then_some(&**hole)
    }

    /// The first number of a length whose result goes on with `kept` behind its text.
    fn search(&self, kept: &[u8], length: usize, accident: Accident) -> Option<Vec<u8>> {
        let (from, to) = (self.kept_from(), self.kept_from() + kept.len());
        let begins_with = match self.dropped {
            0 => [&self.region.begins_with[..], kept].concat(),
            _ => self.region.begins_with.to_vec(),
        };
        let is_more = accident == Accident::EmergencyAndMore;
        if to > length || is_more && self.set.begins(&begins_with) {
            return None;
        }
        let mut holes = inside(&self.region.except, &begins_with);
        if is_more {
            let others = beginning_with(&self.set.beginnings, &begins_with);
            let others = others.iter().filter(|number| number.len() <= length);
            holes.extend(others.map(Vec::as_slice));
        }
        let symbols = |at: usize| {
            let kept = at.checked_sub(from).and_then(|at| kept.get(at..=at));
            kept.unwrap_or(dialed(at))
        };
        gap_of(&begins_with, &holes, &symbols, &mut |gap| {
            let mut number = gap.to_vec();
            number.extend((gap.len()..length).map(|at| symbols(at)[0]));
            // what is dropped does not change the result
            let first = if is_more { from } else { 0 };
            let free = (gap.len()..length).filter(|at| *at >= first && !(from..to).contains(at));
            let free: Vec<usize> = free.collect();
            while !self.is_let(&number, accident) {
                count_on(&mut number, &free)?;
            }
            Some(number)
        })
    }

    /// Whether a number is one that was looked for, and not one of the few that only look like it.
    fn is_let(&self, number: &[u8], accident: Accident) -> bool {
        match accident {
            Accident::Emergency => !self.set.all.contains(number),
            Accident::EmergencyAndMore => {
                let result = [self.text, &number[self.kept_from()..]].concat();
                !self.set.all.contains(&result)
            }
        }
    }
}

/// Of what is excepted from a region all that begins with a text.
fn inside<'h>(except: &'h [Cow<'_, [u8]>], text: &[u8]) -> Vec<&'h [u8]> {
    let from = except.partition_point(|hole| **hole < *text);
    let inside = except[from..].iter().map(|hole| &**hole);
    inside.take_while(|hole| hole.starts_with(text)).collect()
}

/// The next number that has other digits at some places, which are ascending; `None` after the last
/// one.
fn count_on(number: &mut [u8], places: &[usize]) -> Option<()> {
    for at in places.iter().rev() {
        if number[*at] < b'9' {
            number[*at] += 1;
            return Some(());
        }
        number[*at] = b'0';
    }
    None
}
