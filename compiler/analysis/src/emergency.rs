//! Numbers that become emergency numbers although the caller did not dial one.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use adr_engine::Rule;

use crate::changes::{Change, ShortestWitnesses};
use crate::domain::{Domain, dialed_symbols};
use crate::length_class::{Lengths, length_classes};
use crate::normal_form::NormalForm;
use crate::region::{Region, residue, visit_gaps};
use crate::tree::{LastTree, NO_RULE, Tree};

/// How the result of a number reaches an emergency service by accident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Accident {
    /// The result is an emergency number, and the number is not.
    Exact,
    /// The result is an emergency number with more digits after it, and the number does not begin
    /// with an emergency number.
    WithMoreDigits,
}

/// Numbers in the order of bytes, by the position of their last `+`.
type ByPlus = BTreeMap<Option<usize>, Vec<Vec<u8>>>;

/// Emergency numbers, indexed in the ways in which results are looked up.
#[derive(Clone, Debug, Default)]
pub struct EmergencySet {
    /// All numbers.
    all: HashSet<Vec<u8>>,
    /// By length.
    by_length: BTreeMap<usize, ByPlus>,
    /// Those that do not begin with another one.
    outermost: ByPlus,
    /// Those of `outermost`, sorted.
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

    /// Rules that cause an accident, each with the shortest number that has it, in the order of the
    /// list.
    ///
    /// Exact for what people dial: `0-9 * #`, optionally after a `+`.
    ///
    /// ```
    /// use adr_analysis::{Accident, EmergencySet};
    /// use adr_engine::Rule;
    ///
    /// let set = EmergencySet::new([&b"911"[..], b"9911"]);
    /// let rules = [Rule::from_deployed("", 2, 0, "9"), Rule::from_deployed("", 7, 0, "9")];
    /// let found = set.accidents(&rules, Accident::Exact);
    /// assert_eq!((found[0].rule, &found[0].witness[..]), (0, &b"11"[..]));
    /// let found = set.accidents(&rules, Accident::WithMoreDigits);
    /// assert_eq!((found[0].rule, &found[0].witness[..]), (1, &b"1100000"[..]));
    /// ```
    #[must_use]
    pub fn accidents(&self, rules: &[Rule], accident: Accident) -> Vec<Change> {
        let can_cause: Vec<bool> =
            rules.iter().map(|rule| self.can_cause(rule, accident)).collect();
        let lengths = rules.iter().zip(&can_cause).filter(|(_, can)| **can);
        let lengths: HashSet<Option<usize>> = lengths.map(|(rule, _)| rule.length()).collect();
        if lengths.is_empty() {
            return Vec::new();
        }
        let mut found = ShortestWitnesses::default();
        let mut last = LastTree::default();
        for class in length_classes(&[rules], Domain::Dialable) {
            let length = class.lengths.from;
            if !lengths.contains(&Some(length)) && !lengths.contains(&None) {
                continue;
            }
            let tree =
                last.tree(&class, length, |entries| Tree::build(entries, length, Domain::Dialable));
            for at in 0..tree.nodes.len() {
                let winner = tree.nodes[at].best[0];
                let rule = winner as usize;
                if winner == NO_RULE || !can_cause[rule] || found.has_shorter(rule, length) {
                    continue;
                }
                let node = NodeAt { tree: &tree, at, lengths: class.lengths };
                let witness = self.at_node(&rules[rule], &node, accident);
                if let Some(witness) = witness {
                    found.offer(rule, witness);
                }
            }
        }
        found.into_changes(rules)
    }

    /// Whether a rule can cause an accident: its prefix and an emergency number agree as far as
    /// both go, and the length fits.
    fn can_cause(&self, rule: &Rule, accident: Accident) -> bool {
        let prefix = rule.prefix();
        let fits = rule.length().is_none_or(|length| {
            let removed = usize::try_from(rule.remove()).unwrap_or(length).min(length);
            let result = prefix.len() + length - removed;
            accident == Accident::WithMoreDigits || self.by_length.contains_key(&result)
        });
        fits && self.can_reach(prefix.as_bytes())
    }

    /// A number in the residue of a node that has the accident.
    fn at_node(&self, rule: &Rule, node: &NodeAt<'_, '_>, accident: Accident) -> Option<Vec<u8>> {
        let NodeAt { tree, at, lengths } = *node;
        let prefix = tree.nodes[at].prefix();
        let form = NormalForm::of(Some(rule), prefix, tree.length);
        let is_dialed = prefix.iter().skip(1).all(|byte| *byte != b'+');
        if !is_dialed || form.equals(&NormalForm::of(None, prefix, tree.length)) {
            return None;
        }
        let text: Vec<u8> = form.text().collect();
        if !self.can_reach(&text) {
            return None;
        }
        let region = residue(tree, at, lengths, tree.nodes[at].best[0])?;
        let is_erased =
            usize::try_from(rule.remove()).map_or(true, |removed| removed >= tree.length);
        if !is_erased {
            let results =
                Results { set: self, region: &region, text: &text, dropped: form.dropped };
            return results.first(accident);
        }
        // the number of dropped bytes depends on the length
        let last = lengths.from + self.longest() + 1;
        let mut lengths = lengths.from..=lengths.to.map_or(last, |to| to.min(last));
        lengths.find_map(|length| {
            let region =
                Region { lengths: Lengths { from: length, to: Some(length) }, ..region.clone() };
            let dropped = length - region.begins_with.len();
            let text = rule.prefix().as_bytes();
            Results { set: self, region: &region, text, dropped }.first(accident)
        })
    }

    /// The length of the longest emergency number.
    fn longest(&self) -> usize {
        self.by_length.keys().last().copied().unwrap_or(0)
    }

    /// Whether a text and some emergency number agree as far as both go.
    fn can_reach(&self, text: &[u8]) -> bool {
        self.begins(text) || !beginning_with(&self.beginnings, text).is_empty()
    }

    /// Whether a number begins with an emergency number.
    fn begins(&self, number: &[u8]) -> bool {
        let at = self.beginnings.partition_point(|known| known.as_slice() <= number);
        at > 0 && number.starts_with(&self.beginnings[at - 1])
    }
}

/// The part of sorted numbers that begins with a text.
fn beginning_with<'n>(sorted: &'n [Vec<u8>], text: &[u8]) -> &'n [Vec<u8>] {
    let from = sorted.partition_point(|known| known.as_slice() < text);
    let count = sorted[from..].partition_point(|known| known.starts_with(text));
    &sorted[from..from + count]
}

/// A node of a tree.
struct NodeAt<'t, 'r> {
    tree: &'t Tree<'r>,
    /// Position of the node.
    at: usize,
    lengths: Lengths,
}

/// The results of a region: `text`, then what the numbers have after the region's prefix and
/// `dropped` further bytes.
struct Results<'p, 'r> {
    set: &'p EmergencySet,
    region: &'p Region<'r>,
    text: &'p [u8],
    dropped: usize,
}

impl Results<'_, '_> {
    /// The first of the shortest numbers that have an accident.
    fn first(&self, accident: Accident) -> Option<Vec<u8>> {
        match accident {
            Accident::Exact => self.first_exact(),
            Accident::WithMoreDigits => self.first_with_more_digits(),
        }
    }

    /// Offset in a number of the part that results keep.
    fn kept_from(&self) -> usize {
        self.region.begins_with.len() + self.dropped
    }

    /// Whether the kept part can supply the rest of an emergency number with a `+` at `plus`:
    /// people dial a `+` only in front of a number.
    fn can_keep(&self, plus: Option<usize>) -> bool {
        let in_front = self.kept_from() == 0;
        plus.is_none_or(|plus| plus < self.text.len() || in_front && plus == self.text.len())
    }

    /// A shortest number whose result is an emergency number and that is not one itself.
    fn first_exact(&self) -> Option<Vec<u8>> {
        let Lengths { from, to } = self.region.lengths;
        self.set.by_length.iter().find_map(|(result, numbers)| {
            let length = result.checked_sub(self.text.len())? + self.kept_from();
            if length < from || to.is_some_and(|to| to < length) {
                return None;
            }
            self.first_of_length(numbers, length, Accident::Exact)
        })
    }

    /// A shortest number whose result is an emergency number with more digits, and that does not
    /// begin with one itself.
    fn first_with_more_digits(&self) -> Option<Vec<u8>> {
        let Lengths { from, to } = self.region.lengths;
        let from = from.max(self.kept_from());
        let longest = self.set.longest();
        // beyond this length, more digits make no difference
        let end = from + longest + 1;
        let mut lengths = from..=to.unwrap_or(end).min(end);
        lengths.find_map(|length| {
            if self.set.begins(self.text) {
                return self.search(b"", length, Accident::WithMoreDigits);
            }
            self.first_of_length(&self.set.outermost, length, Accident::WithMoreDigits)
        })
    }

    /// The first number of a length whose result is, or begins with, one of `numbers`.
    fn first_of_length(
        &self,
        numbers: &ByPlus,
        length: usize,
        accident: Accident,
    ) -> Option<Vec<u8>> {
        let numbers = numbers.iter().filter(|(plus, _)| self.can_keep(**plus));
        let mut numbers = numbers.map(|(_, numbers)| beginning_with(numbers, self.text));
        numbers.find_map(|targets| {
            let mut at = 0;
            while let Some(target) = targets.get(at) {
                at += 1;
                let kept = &target[self.text.len()..];
                if let Some(hole) = self.hole_around(kept) {
                    // skip all targets in the same hole
                    let hole = [self.text, &hole[self.region.begins_with.len()..]].concat();
                    at += targets[at..].partition_point(|target| target.starts_with(&hole));
                } else if let Some(found) = self.search(kept, length, accident) {
                    return Some(found);
                }
            }
            None
        })
    }

    /// The exception of the region that contains all numbers whose kept part begins with a text.
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

    /// The first number of a length whose result continues with `kept` after its text.
    fn search(&self, kept: &[u8], length: usize, accident: Accident) -> Option<Vec<u8>> {
        let (from, to) = (self.kept_from(), self.kept_from() + kept.len());
        let begins_with = match self.dropped {
            0 => [&self.region.begins_with[..], kept].concat(),
            _ => self.region.begins_with.to_vec(),
        };
        let is_more = accident == Accident::WithMoreDigits;
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
            kept.unwrap_or(dialed_symbols(at))
        };
        visit_gaps(&begins_with, &holes, &symbols, &mut |gap| {
            let mut number = gap.to_vec();
            number.extend((gap.len()..length).map(|at| symbols(at)[0]));
            // dropped bytes do not change the result
            let first = if is_more { from } else { 0 };
            let free = (gap.len()..length).filter(|at| *at >= first && !(from..to).contains(at));
            let free: Vec<usize> = free.collect();
            while !self.is_accident(&number, accident) {
                increment(&mut number, &free)?;
            }
            Some(number)
        })
    }

    /// Excludes the few candidates that are emergency numbers themselves or, with more digits, have
    /// an emergency number as their result.
    fn is_accident(&self, number: &[u8], accident: Accident) -> bool {
        match accident {
            Accident::Exact => !self.set.all.contains(number),
            Accident::WithMoreDigits => {
                let result = [self.text, &number[self.kept_from()..]].concat();
                !self.set.all.contains(&result)
            }
        }
    }
}

/// The exceptions of a region that begin with a text.
fn inside<'h>(except: &'h [Cow<'_, [u8]>], text: &[u8]) -> Vec<&'h [u8]> {
    let from = except.partition_point(|hole| **hole < *text);
    let inside = except[from..].iter().map(|hole| &**hole);
    inside.take_while(|hole| hole.starts_with(text)).collect()
}

/// Increments the number formed by the digits at some ascending positions; `None` after the last
/// one.
fn increment(number: &mut [u8], positions: &[usize]) -> Option<()> {
    for at in positions.iter().rev() {
        if number[*at] < b'9' {
            number[*at] += 1;
            return Some(());
        }
        number[*at] = b'0';
    }
    None
}
