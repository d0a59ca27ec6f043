//! Lengths that are to be looked at, and the rules that matter for each.

use std::collections::BTreeSet;

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
        let mut first = [0; 16];
        let length = prefix.len().min(16);
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
            .then_with(|| a.prefix.cmp(b.prefix))
            .then_with(|| (a.list, a.rule).cmp(&(b.list, b.rule)))
    });
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
    let mut exact: Vec<(usize, Entry<'r>)> = Vec::new();
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
                Some(length) => exact.push((length, entry)),
                None => {
                    any.push(entry);
                    breaks.insert(prefix.len().max(1));
                    let removed = usize::try_from(rule.remove()).unwrap_or(0);
                    if removed < LONGEST {
                        breaks.insert(removed + 1);
                    }
                }
            }
        }
    }
    distinct(&mut any);
    exact.sort_by_key(|(length, _)| *length);
    let mut classes: Vec<Class<'r>> = exact
        .chunk_by(|(a, _), (b, _)| a == b)
        .map(|same| class_of(same, &any))
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

fn class_of<'r>(same: &[(usize, Entry<'r>)], any: &[Entry<'r>]) -> Class<'r> {
    let length = same.first().map_or(0, |(length, _)| *length);
    let fitting = any.iter().filter(|entry| entry.prefix.len() <= length);
    let mut entries: Vec<Entry<'r>> = same
        .iter()
        .map(|(_, entry)| *entry)
        .chain(fitting.copied())
        .collect();
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
