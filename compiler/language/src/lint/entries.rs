//! Names entries of begins-with in messages, as their author wrote them.

use adr_diagnostic::{Sources, Span};
use hashbrown::HashSet;

use super::wording::{SHOWN, first_of};
use crate::plan::{BeginsWithEntry, List};

/// The entries of one written rule, unique and in the order written.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// The names of the first few.
    words: Vec<String>,
    /// The number of entries.
    count: usize,
    /// The spans of their values.
    values: Vec<Span>,
}

impl Entries {
    /// The entries that deployed rules were made from; `rows` are the positions of these rules in
    /// the list, ascending.
    pub(super) fn of(sources: &Sources, list: &List, rows: &[usize]) -> Self {
        let mut entries = Self::default();
        let mut seen = HashSet::new();
        for at in rows {
            let origin = list.origin(*at);
            let Some(entry) = origin.and_then(|origin| origin.entry) else {
                continue;
            };
            if seen.insert(entry.number) {
                entries.add(|| words(sources, list, *at, entry));
                if entries.values.last() != Some(&entry.value) {
                    entries.values.push(entry.value);
                }
            }
        }
        entries
    }

    /// The same, where a class, a range or a list counts as one entry.
    pub(super) fn as_written(sources: &Sources, list: &List, rows: &[usize]) -> Self {
        let mut entries = Self::default();
        for at in rows {
            let origin = list.origin(*at);
            let Some(entry) = origin.and_then(|origin| origin.entry) else {
                continue;
            };
            if entries.values.last() != Some(&entry.value) {
                entries.add(|| format!("`{}`", sources.slice(entry.value)));
                entries.values.push(entry.value);
            }
        }
        entries
    }

    /// Only the entries that are shown get a name, because there may be many.
    fn add(&mut self, words: impl FnOnce() -> String) {
        self.count += 1;
        if self.words.len() < SHOWN {
            self.words.push(words());
        }
    }

    /// The number of entries.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The places of the first few entries.
    pub(super) fn places(&self) -> impl Iterator<Item = Span> + '_ {
        self.values.iter().copied().take(SHOWN)
    }

    /// Lists the names: "`0800`, `0300` and `4004`", or "`0800`, `0300`, `4004` and 4 more".
    pub(super) fn listed(&self) -> String {
        first_of(&self.words, self.count)
    }
}

/// The name of an entry: its value, or the dial string and the class or list that it is a member
/// of.
fn words(sources: &Sources, list: &List, at: usize, entry: BeginsWithEntry) -> String {
    let value = sources.slice(entry.value);
    match list.rules().get(at) {
        Some(rule) if value.contains(['$', '[']) => {
            format!("`{}` of `{value}`", rule.begins_with())
        }
        _ => format!("`{value}`"),
    }
}
