//! Lengths that are to be looked at, and the rules that matter for each.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use adr_engine::Rule;

use crate::domain::Domain;

/// Numbers of more bytes than this are not looked at: no phone dials them, and a file may ask for
/// the removal of two thousand million digits.
pub const LONGEST: usize = 4_096;

/// The longest numbers that answers about these lists cover; `None` where they cover numbers of
/// every length.
///
/// Only values that CUCM rejects and a client accepts lead beyond [`LONGEST`]: a number of digits
/// or a begins-with that is longer, and rules for any length that remove so much, or that compare
/// so long a prefix with a removal, that numbers of up to that length do not show everything that
/// can happen.
///
/// ```
/// use adr_analysis::{LONGEST, longest_covered};
/// use adr_engine::Rule;
///
/// let usual = [Rule::from_deployed("+", 0, 1, "9011"), Rule::from_deployed("", 7, 0, "9")];
/// assert_eq!(longest_covered(&[&usual]), None);
/// let odd = [Rule::from_deployed("", 5_000, 1, "5")];
/// assert_eq!(longest_covered(&[&usual, &odd]), Some(LONGEST));
/// ```
#[must_use]
pub fn longest_covered(lists: &[&[Rule]]) -> Option<usize> {
    // many views have the default list
    let mut seen = HashSet::new();
    let distinct: Vec<&[Rule]> =
        lists.iter().copied().filter(|rules| seen.insert(rules.as_ptr_range())).collect();
    let rules = || distinct.iter().flat_map(|rules| rules.iter());
    let any: Vec<&Rule> = rules().filter(|rule| rule.length().is_none()).collect();
    let is_far = |rule: &Rule| match rule.length() {
        Some(length) => length > LONGEST && rule.begins_with().len() <= length,
        None => {
            let removed = usize::try_from(rule.remove());
            rule.begins_with().len() > LONGEST || removed.is_ok_and(|removed| removed >= LONGEST)
        }
    };
    let is_short = uneven_to(&any) <= LONGEST && !rules().any(is_far);
    (!is_short).then_some(LONGEST)
}

/// A run of lengths that rules treat alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lengths {
    /// The shortest, which stands for all of them.
    pub from: usize,
    /// The longest; `None` means any length from there on.
    pub to: Option<usize>,
}

impl Lengths {
    fn exactly(length: usize) -> Self {
        Self { from: length, to: Some(length) }
    }
}

/// Bytes of a prefix that lie in its key.
pub(crate) const KEY: usize = 8;

/// The first bytes of a prefix, zero where there are none, in an integer that is ordered as they
/// are.
pub(crate) fn key(prefix: &[u8]) -> u64 {
    let mut first = [0; KEY];
    let length = prefix.len().min(KEY);
    first[..length].copy_from_slice(&prefix[..length]);
    u64::from_be_bytes(first)
}

/// One rule in a class: `key` is the first bytes of its begins-with, for comparing without a look
/// at the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'r> {
    pub(crate) key: u64,
    pub(crate) prefix: &'r [u8],
    /// The list in the two highest bits, the rule below.
    place: u32,
}

/// A list that is none: an entry that makes a place in the tree and no rule.
pub(crate) const MARK: u32 = 2;

const RULE_BITS: u32 = 30;

impl<'r> Entry<'r> {
    pub(crate) fn new(prefix: &'r [u8], list: u32, rule: u32) -> Self {
        Self { key: key(prefix), prefix, place: list << RULE_BITS | rule }
    }

    /// Which list, 0 or 1, or [`MARK`].
    pub(crate) fn list(&self) -> u32 {
        self.place >> RULE_BITS
    }

    /// The rule's position in its list, from 0.
    pub(crate) fn rule(&self) -> u32 {
        self.place & ((1 << RULE_BITS) - 1)
    }

    pub(crate) fn is_same_prefix(&self, other: &Self) -> bool {
        self.key == other.key && behind_key(self.prefix, other.prefix).is_eq()
    }

    /// Whether the begins-with of `other` is this one, or begins it.
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

/// Puts entries in the order in which a tree is built: by prefix, the shorter first, then by
/// position.
pub(crate) fn sort(entries: &mut [Entry<'_>]) {
    entries.sort_unstable_by(|a, b| {
        a.key
            .cmp(&b.key)
            .then_with(|| behind_key(a.prefix, b.prefix))
            .then_with(|| a.place.cmp(&b.place))
    });
}

/// The order of two prefixes whose keys are equal: short ones lie in their keys, but for their
/// lengths.
fn behind_key(a: &[u8], b: &[u8]) -> Ordering {
    if a.len() <= KEY && b.len() <= KEY { a.len().cmp(&b.len()) } else { a.cmp(b) }
}

/// Visits sorted entries by their places, each with the nearest one before it whose begins-with
/// begins its own.
pub(crate) fn sweep(entries: &[Entry<'_>], mut visit: impl FnMut(usize, Option<usize>)) {
    let mut open: Vec<usize> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        while open.pop_if(|above| !entry.starts_with(&entries[*above])).is_some() {}
        visit(at, open.last().copied());
        open.push(at);
    }
}

/// A run of lengths with the rules of up to two lists that can match them.
#[derive(Clone, Debug)]
pub(crate) struct Class<'r> {
    pub(crate) lengths: Lengths,
    /// In the order of [`sort`]; classes with the same rules share them.
    pub(crate) entries: Arc<Vec<Entry<'r>>>,
}

/// The classes of one list or two, made one by one.
pub(crate) struct Classes<'r> {
    /// Rules for one length, by that length; taken as their class is made.
    exact: Vec<Vec<Entry<'r>>>,
    /// Rules for any length.
    any: Arc<Vec<Entry<'r>>>,
    lengths: std::vec::IntoIter<Lengths>,
    /// What the last class had of rules for any length alone.
    last: Arc<Vec<Entry<'r>>>,
}

/// Every class of one list or two, the shortest lengths first.
///
/// Lengths that no rule names and that are treated alike are one class; without rules for any
/// length nothing happens to them, and they are no class at all.
pub(crate) fn classes<'r>(lists: &[&'r [Rule]], domain: Domain) -> Classes<'r> {
    let mut exact = room(lists);
    let mut any: Vec<Entry<'r>> = Vec::new();
    let mut breaks = BTreeSet::new();
    let mut for_any: Vec<&Rule> = Vec::new();
    for (list, rules) in (0..).zip(lists) {
        for (at, rule) in (0..).zip(*rules) {
            let prefix = rule.begins_with().as_bytes();
            let is_feasible =
                rule.length().is_none_or(|length| (prefix.len()..=LONGEST).contains(&length));
            if !is_feasible || prefix.len() > LONGEST || !domain.holds(prefix) {
                continue;
            }
            let entry = Entry::new(prefix, list, at);
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
    breaks.extend(uneven(&for_any));
    distinct(&mut any);
    let named = (0..exact.len()).filter(|length| !exact[*length].is_empty());
    let named: Vec<usize> = named.collect();
    let lengths = if any.is_empty() {
        named.into_iter().map(Lengths::exactly).collect()
    } else {
        runs(&named, breaks)
    };
    Classes { exact, any: Arc::new(any), lengths: lengths.into_iter(), last: Arc::default() }
}

/// Named lengths, and between them the runs of others; a run begins at each of `breaks`.
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

impl<'r> Iterator for Classes<'r> {
    type Item = Class<'r>;

    fn next(&mut self) -> Option<Class<'r>> {
        let lengths = self.lengths.next()?;
        let named = self.exact.get_mut(lengths.from).map(std::mem::take);
        let entries = match named.filter(|named| !named.is_empty()) {
            Some(named) => Arc::new(self.with_any(named, lengths.from)),
            None => self.any_alone(lengths.from),
        };
        Some(Class { lengths, entries })
    }
}

impl<'r> Classes<'r> {
    /// The length that stands for the last class that is left; 0 without classes.
    pub(crate) fn longest(&self) -> usize {
        self.lengths.as_slice().last().map_or(0, |last| last.from)
    }

    /// The rules for one length, and those for any length that are not too long for it.
    fn with_any(&self, mut named: Vec<Entry<'r>>, length: usize) -> Vec<Entry<'r>> {
        named.extend(self.any.iter().filter(|entry| entry.prefix.len() <= length));
        sort(&mut named);
        named
    }

    /// Rules for any length that are not too long for a length that no other rule is for.
    fn any_alone(&mut self, length: usize) -> Arc<Vec<Entry<'r>>> {
        let fits = |entry: &&Entry<'r>| entry.prefix.len() <= length;
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

/// Room for the rules for each length, and no more.
fn room<'r>(lists: &[&'r [Rule]]) -> Vec<Vec<Entry<'r>>> {
    let mut counts: Vec<usize> = Vec::new();
    for length in lists.iter().flat_map(|rules| rules.iter()).filter_map(Rule::length) {
        if length > LONGEST {
            continue;
        }
        if counts.len() <= length {
            counts.resize(length + 1, 0);
        }
        counts[length] += 1;
    }
    counts.into_iter().map(Vec::with_capacity).collect()
}

/// Lengths at which a rule for any length may remove a whole number, one by one: what it does there
/// depends on the length. One more length begins where that is over.
fn uneven(any: &[&Rule]) -> std::ops::RangeInclusive<usize> {
    1..=uneven_to(any).min(LONGEST)
}

/// The last of these lengths.
fn uneven_to(any: &[&Rule]) -> usize {
    let removed =
        |rule: &Rule| usize::try_from(rule.remove()).ok().filter(|remove| *remove < LONGEST);
    let most = any.iter().copied().filter_map(removed).max().unwrap_or(0);
    // one that removes everything from every number gives its prefix, which others may give as well
    let constant =
        any.iter().filter(|rule| removed(rule).is_none()).map(|rule| rule.prefix().len() + 1).max();
    most + constant.unwrap_or(0) + 1
}

/// Sorts entries and keeps of equal prefixes in one list the first two rules only: the one that can
/// win, and the one that would win without it.
fn distinct(entries: &mut Vec<Entry<'_>>) {
    sort(entries);
    let mut repeats = 0;
    entries.dedup_by(|later, first| {
        let is_same = later.is_same_prefix(first) && later.list() == first.list();
        repeats = if is_same { repeats + 1 } else { 0 };
        repeats > 1
    });
}
