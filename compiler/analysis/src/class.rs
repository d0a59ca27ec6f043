//! Lengths that are to be looked at, and the rules that matter for each.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use adr_engine::Rule;

use crate::domain::Domain;

/// Numbers of more bytes than this are not looked at: no phone dials them, and a file may ask for the
/// removal of two thousand million digits.
pub const LONGEST: usize = 4_096;

/// A run of lengths that rules treat alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lengths {
    /// The shortest, which stands for all of them.
    pub from: usize,
    /// The longest; `None` means any length from there on.
    pub to: Option<usize>,
}

/// Bytes of a prefix that lie in its key.
const KEY: usize = 16;

/// One rule in a class: `key` is the first bytes of its begins-with, for fast comparison.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'r> {
    key: u128,
    pub(crate) prefix: &'r [u8],
    /// Which list, 0 or 1; [`MARK`] for a place that is only to be looked at.
    pub(crate) list: u32,
    pub(crate) rule: u32,
}

/// A list that is none: an entry that makes a place in the tree and no rule.
pub(crate) const MARK: u32 = 2;

impl<'r> Entry<'r> {
    pub(crate) fn new(prefix: &'r [u8], list: u32, rule: u32) -> Self {
        let mut first = [0; KEY];
        let length = prefix.len().min(KEY);
        first[..length].copy_from_slice(&prefix[..length]);
        Self {
            key: u128::from_be_bytes(first),
            prefix,
            list,
            rule,
        }
    }
}

/// Puts entries in the order in which a tree is built: by prefix, the shorter first, then by position.
pub(crate) fn sort(entries: &mut [Entry<'_>]) {
    entries.sort_unstable_by(|a, b| {
        a.key
            .cmp(&b.key)
            .then_with(|| behind_key(a.prefix, b.prefix))
            .then_with(|| (a.list, a.rule).cmp(&(b.list, b.rule)))
    });
}

/// The order of two prefixes whose keys are equal: short ones lie in their keys, but for their lengths.
fn behind_key(a: &[u8], b: &[u8]) -> Ordering {
    if a.len() <= KEY && b.len() <= KEY {
        a.len().cmp(&b.len())
    } else {
        a.cmp(b)
    }
}

/// A run of lengths with the rules of up to two lists that can match them.
#[derive(Debug)]
pub(crate) struct Class<'r> {
    pub(crate) lengths: Lengths,
    pub(crate) entries: Vec<Entry<'r>>,
}

/// Every class of one list or two, the shortest lengths first.
///
/// Lengths that no rule names and that are treated alike are one class; without rules for any length
/// nothing happens to them, and they are no class at all.
pub(crate) fn classes<'r>(lists: &[&'r [Rule]], domain: Domain) -> Vec<Class<'r>> {
    let mut exact: BTreeMap<usize, Vec<Entry<'r>>> = BTreeMap::new();
    let mut any: Vec<Entry<'r>> = Vec::new();
    let mut breaks = BTreeSet::new();
    for (list, rules) in (0..).zip(lists) {
        for (at, rule) in (0..).zip(*rules) {
            let prefix = rule.begins_with().as_bytes();
            let is_feasible = rule
                .length()
                .is_none_or(|length| (prefix.len()..=LONGEST).contains(&length));
            if !is_feasible || prefix.len() > LONGEST || !domain.holds(prefix) {
                continue;
            }
            let entry = Entry::new(prefix, list, at);
            match rule.length() {
                Some(length) => exact.entry(length).or_default().push(entry),
                None => {
                    any.push(entry);
                    breaks.insert(prefix.len().max(1));
                }
            }
        }
    }
    breaks.extend(uneven(lists));
    distinct(&mut any);
    let mut classes: Vec<Class<'r>> = exact
        .into_iter()
        .map(|(length, entries)| class_of(length, entries, &any))
        .collect();
    if !any.is_empty() {
        let taken: Vec<usize> = classes.iter().map(|class| class.lengths.from).collect();
        breaks.insert(1);
        breaks.extend(taken.iter().map(|length| length + 1));
        let starts: Vec<usize> = breaks
            .into_iter()
            .filter(|start| !taken.contains(start))
            .collect();
        for (at, from) in starts.iter().enumerate() {
            let next = starts.get(at + 1).copied();
            let next = taken
                .iter()
                .copied()
                .filter(|length| length > from)
                .chain(next)
                .min();
            let lengths = Lengths {
                from: *from,
                to: next.map(|next| next - 1),
            };
            let entries = any
                .iter()
                .copied()
                .filter(|entry| entry.prefix.len() <= *from);
            classes.push(Class {
                lengths,
                entries: entries.collect(),
            });
        }
        classes.sort_by_key(|class| class.lengths);
    }
    classes
}

/// Lengths at which a rule for any length may remove a whole number, one by one: what it does there
/// depends on the length. One more length begins where that is over.
fn uneven(lists: &[&[Rule]]) -> std::ops::RangeInclusive<usize> {
    let any = || {
        lists
            .iter()
            .flat_map(|rules| rules.iter())
            .filter(|rule| rule.length().is_none())
    };
    let removed = |rule: &Rule| {
        usize::try_from(rule.remove())
            .ok()
            .filter(|remove| *remove < LONGEST)
    };
    let most = any().filter_map(removed).max().unwrap_or(0);
    // one that removes everything from every number gives its prefix, which others may give as well
    let constant = any()
        .filter(|rule| removed(rule).is_none())
        .map(|rule| rule.prefix().len() + 1)
        .max();
    1..=(most + constant.unwrap_or(0) + 1).min(LONGEST)
}

fn class_of<'r>(length: usize, mut entries: Vec<Entry<'r>>, any: &[Entry<'r>]) -> Class<'r> {
    entries.extend(any.iter().filter(|entry| entry.prefix.len() <= length));
    sort(&mut entries);
    Class {
        lengths: Lengths {
            from: length,
            to: Some(length),
        },
        entries,
    }
}

/// Sorts entries and keeps of equal prefixes in one list the first rule only.
fn distinct(entries: &mut Vec<Entry<'_>>) {
    sort(entries);
    entries.dedup_by(|later, first| later.prefix == first.prefix && later.list == first.list);
}
