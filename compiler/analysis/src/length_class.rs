//! Length classes: successive lengths to which the same rules apply, and those rules.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use adr_engine::Rule;

use crate::domain::Domain;

/// Longest number that is analyzed, in bytes. No phone dials longer ones, while a file may ask for
/// the removal of two billion digits.
pub const MAX_LENGTH: usize = 4_096;

/// The length of the longest numbers that answers about these lists cover; `None` when the answers
/// cover numbers of every length.
///
/// The answers are limited to [`MAX_LENGTH`] only for values that CUCM rejects and a client
/// accepts: a longer number of digits or begins-with, and rules for any length that remove so many
/// digits that longer numbers may be treated differently.
///
/// ```
/// use adr_analysis::{MAX_LENGTH, longest_covered};
/// use adr_engine::Rule;
///
/// let usual = [Rule::from_deployed("+", 0, 1, "9011"), Rule::from_deployed("", 7, 0, "9")];
/// assert_eq!(longest_covered(&[&usual]), None);
/// let long = [Rule::from_deployed("", 5_000, 1, "5")];
/// assert_eq!(longest_covered(&[&usual, &long]), Some(MAX_LENGTH));
/// ```
#[must_use]
pub fn longest_covered(lists: &[&[Rule]]) -> Option<usize> {
    // many sites share the default list
    let mut seen = HashSet::new();
    let distinct: Vec<&[Rule]> =
        lists.iter().copied().filter(|rules| seen.insert(rules.as_ptr_range())).collect();
    let rules = || distinct.iter().flat_map(|rules| rules.iter());
    let any: Vec<&Rule> = rules().filter(|rule| rule.length().is_none()).collect();
    let exceeds = |rule: &Rule| match rule.length() {
        Some(length) => length > MAX_LENGTH && rule.begins_with().len() <= length,
        None => {
            let removed = usize::try_from(rule.remove());
            rule.begins_with().len() > MAX_LENGTH
                || removed.is_ok_and(|removed| removed >= MAX_LENGTH)
        }
    };
    let is_covered = varying_up_to(&any) <= MAX_LENGTH && !rules().any(exceeds);
    (!is_covered).then_some(MAX_LENGTH)
}

/// Successive lengths to which the same rules apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lengths {
    /// The shortest, which represents all of them.
    pub from: usize,
    /// The longest; `None` means every length from there on.
    pub to: Option<usize>,
}

impl Lengths {
    fn exactly(length: usize) -> Self {
        Self { from: length, to: Some(length) }
    }
}

/// Bytes of a prefix that its key holds.
pub(crate) const KEY: usize = 8;

/// The first bytes of a prefix, padded with zeros, as an integer with the same order.
pub(crate) fn key(prefix: &[u8]) -> u64 {
    let mut first = [0; KEY];
    let length = prefix.len().min(KEY);
    first[..length].copy_from_slice(&prefix[..length]);
    u64::from_be_bytes(first)
}

/// The begins-with of one rule of a length class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PrefixEntry<'r> {
    /// The first bytes of the prefix, to compare without reading the text.
    pub(crate) key: u64,
    pub(crate) prefix: &'r [u8],
    /// The list in the two highest bits, the position of the rule in the others.
    rule_id: u32,
}

/// Stands for no list: the entry adds a node to the tree, but no rule.
pub(crate) const PROBE: u32 = 2;

const RULE_BITS: u32 = 30;

impl<'r> PrefixEntry<'r> {
    pub(crate) fn new(prefix: &'r [u8], list: u32, rule: u32) -> Self {
        Self { key: key(prefix), prefix, rule_id: list << RULE_BITS | rule }
    }

    /// The list, 0 or 1, or [`PROBE`].
    pub(crate) fn list(&self) -> u32 {
        self.rule_id >> RULE_BITS
    }

    /// The rule's position in its list, from 0.
    pub(crate) fn rule(&self) -> u32 {
        self.rule_id & ((1 << RULE_BITS) - 1)
    }

    pub(crate) fn is_same_prefix(&self, other: &Self) -> bool {
        self.key == other.key && compare_after_key(self.prefix, other.prefix).is_eq()
    }

    /// Whether this prefix begins with that of `other`.
    pub(crate) fn starts_with(&self, other: &Self) -> bool {
        let first = (self.key ^ other.key).leading_zeros() as usize / 8;
        let length = other.prefix.len();
        if length <= KEY {
            length <= self.prefix.len() && length <= first
        } else {
            first == KEY && self.prefix.starts_with(other.prefix)
        }
    }
}

/// Sorts entries in the order in which a tree is built: by prefix, then by position.
pub(crate) fn sort(entries: &mut [PrefixEntry<'_>]) {
    entries.sort_unstable_by(|a, b| {
        a.key
            .cmp(&b.key)
            .then_with(|| compare_after_key(a.prefix, b.prefix))
            .then_with(|| a.rule_id.cmp(&b.rule_id))
    });
}

/// Compares two prefixes with equal keys. Of short ones only the lengths can differ.
fn compare_after_key(a: &[u8], b: &[u8]) -> Ordering {
    if a.len() <= KEY && b.len() <= KEY { a.len().cmp(&b.len()) } else { a.cmp(b) }
}

/// Visits sorted entries by position, each with the nearest entry around it: the last one before it
/// whose prefix begins its own.
pub(crate) fn sweep(entries: &[PrefixEntry<'_>], mut visit: impl FnMut(usize, Option<usize>)) {
    let mut open: Vec<usize> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        while open.pop_if(|around| !entry.starts_with(&entries[*around])).is_some() {}
        visit(at, open.last().copied());
        open.push(at);
    }
}

/// Successive lengths, with the rules of up to two lists that can match them.
#[derive(Clone, Debug)]
pub(crate) struct LengthClass<'r> {
    pub(crate) lengths: Lengths,
    /// In the order of [`sort`]; classes with the same rules share them.
    pub(crate) entries: Arc<Vec<PrefixEntry<'r>>>,
}

/// Computes the length classes of one list or two, one by one.
pub(crate) struct LengthClasses<'r> {
    /// Rules for one length, by that length; taken out when their class is computed.
    exact: Vec<Vec<PrefixEntry<'r>>>,
    /// Rules for any length.
    any: Arc<Vec<PrefixEntry<'r>>>,
    /// The lengths of the classes that remain.
    lengths: std::vec::IntoIter<Lengths>,
    /// The entries of the last class with rules for any length only.
    last: Arc<Vec<PrefixEntry<'r>>>,
}

/// Every length class of one list or two, the shortest lengths first.
///
/// Consecutive lengths to which the same rules apply form one class. Lengths that no rule can match
/// are omitted.
pub(crate) fn length_classes<'r>(lists: &[&'r [Rule]], domain: Domain) -> LengthClasses<'r> {
    let mut exact = buckets(lists);
    let mut any: Vec<PrefixEntry<'r>> = Vec::new();
    let mut breaks = BTreeSet::new();
    let mut for_any: Vec<&Rule> = Vec::new();
    for (list, rules) in (0..).zip(lists) {
        for (at, rule) in (0..).zip(*rules) {
            let prefix = rule.begins_with().as_bytes();
            let is_feasible =
                rule.length().is_none_or(|length| (prefix.len()..=MAX_LENGTH).contains(&length));
            if !is_feasible || prefix.len() > MAX_LENGTH || !domain.allows(prefix) {
                continue;
            }
            let entry = PrefixEntry::new(prefix, list, at);
            match rule.length() {
                Some(length) => exact[length].push(entry),
                None => {
                    for_any.push(rule);
                    any.push(entry);
                    breaks.insert(prefix.len().max(1));
                }
            }
        }
    }
    breaks.extend(varying(&for_any));
    drop_repeats(&mut any);
    let named = (0..exact.len()).filter(|length| !exact[*length].is_empty());
    let named: Vec<usize> = named.collect();
    let lengths = if any.is_empty() {
        named.into_iter().map(Lengths::exactly).collect()
    } else {
        runs(&named, breaks)
    };
    LengthClasses { exact, any: Arc::new(any), lengths: lengths.into_iter(), last: Arc::default() }
}

/// The lengths that rules name, and runs of the others between them; a run begins at each of
/// `breaks`.
fn runs(named: &[usize], mut breaks: BTreeSet<usize>) -> Vec<Lengths> {
    breaks.insert(1);
    breaks.extend(named.iter().flat_map(|length| [*length, length + 1]));
    let starts: Vec<usize> = breaks.into_iter().collect();
    let next = starts.iter().skip(1).map(|next| Some(*next)).chain([None]);
    let run = |(from, next): (&usize, Option<usize>)| Lengths {
        from: *from,
        to: next.map(|next| next - 1),
    };
    starts.iter().zip(next).map(run).collect()
}

impl<'r> Iterator for LengthClasses<'r> {
    type Item = LengthClass<'r>;

    fn next(&mut self) -> Option<LengthClass<'r>> {
        let lengths = self.lengths.next()?;
        let named = self.exact.get_mut(lengths.from).map(std::mem::take);
        let entries = match named.filter(|named| !named.is_empty()) {
            Some(named) => Arc::new(self.with_any(named, lengths.from)),
            None => self.any_alone(lengths.from),
        };
        Some(LengthClass { lengths, entries })
    }
}

impl<'r> LengthClasses<'r> {
    /// The length that represents the last class; 0 without classes.
    pub(crate) fn longest(&self) -> usize {
        self.lengths.as_slice().last().map_or(0, |last| last.from)
    }

    /// The rules for one length, and those for any length whose begins-with is not longer.
    fn with_any(&self, mut named: Vec<PrefixEntry<'r>>, length: usize) -> Vec<PrefixEntry<'r>> {
        named.extend(self.any.iter().filter(|entry| entry.prefix.len() <= length));
        sort(&mut named);
        named
    }

    /// The rules for any length whose begins-with is not longer than `length`, which no other rule
    /// names.
    fn any_alone(&mut self, length: usize) -> Arc<Vec<PrefixEntry<'r>>> {
        let fits = |entry: &&PrefixEntry<'r>| entry.prefix.len() <= length;
        let count = self.any.iter().filter(fits).count();
        if count == self.any.len() {
            return Arc::clone(&self.any);
        }
        if count != self.last.len() {
            self.last = Arc::new(self.any.iter().filter(fits).copied().collect());
        }
        Arc::clone(&self.last)
    }
}

/// An empty vector for the rules of each length, with exactly the capacity that it needs.
fn buckets<'r>(lists: &[&'r [Rule]]) -> Vec<Vec<PrefixEntry<'r>>> {
    let mut counts: Vec<usize> = Vec::new();
    for length in lists.iter().flat_map(|rules| rules.iter()).filter_map(Rule::length) {
        if length > MAX_LENGTH {
            continue;
        }
        if counts.len() <= length {
            counts.resize(length + 1, 0);
        }
        counts[length] += 1;
    }
    counts.into_iter().map(Vec::with_capacity).collect()
}

/// Lengths at which a rule for any length may remove a whole number, so that its effect depends on
/// the length, and one more, at which the effect becomes uniform.
fn varying(any: &[&Rule]) -> std::ops::RangeInclusive<usize> {
    1..=varying_up_to(any).min(MAX_LENGTH)
}

/// The last of the lengths of [`varying`].
fn varying_up_to(any: &[&Rule]) -> usize {
    let removed =
        |rule: &Rule| usize::try_from(rule.remove()).ok().filter(|remove| *remove < MAX_LENGTH);
    let most = any.iter().copied().filter_map(removed).max().unwrap_or(0);
    // a rule that removes everything gives its prefix, which may equal a result of another rule
    let constant =
        any.iter().filter(|rule| removed(rule).is_none()).map(|rule| rule.prefix().len() + 1).max();
    most + constant.unwrap_or(0) + 1
}

/// Sorts entries, and keeps only the first two rules with the same prefix in the same list: the one
/// that can win, and the one that would win without it.
fn drop_repeats(entries: &mut Vec<PrefixEntry<'_>>) {
    sort(entries);
    let mut repeats = 0;
    entries.dedup_by(|later, first| {
        let is_same = later.is_same_prefix(first) && later.list() == first.list();
        repeats = if is_same { repeats + 1 } else { 0 };
        repeats > 1
    });
}
