//! Entries of begins-with, in the words of their author.

use adr_diagnostic::{Sources, Span};
use hashbrown::HashSet;

use super::wording::{SHOWN, first_of};
use crate::plan::{BeginsWithEntry, List};

/// Entries of one written rule, each once, in the order written.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// The first few.
    words: Vec<String>,
    count: usize,
    values: Vec<Span>,
}

impl Entries {
    /// The entries that file rules come from; `rows` are their positions in the list, ascending.
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

    /// The same by what is written: a class, a range or a list is one.
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

    /// Only what is named in text is worded: entries may be many.
    fn add(&mut self, words: impl FnOnce() -> String) {
        self.count += 1;
        if self.words.len() < SHOWN {
            self.words.push(words());
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Where the first few values that they come from stand.
    pub(super) fn places(&self) -> impl Iterator<Item = Span> + '_ {
        self.values.iter().copied().take(SHOWN)
    }

    /// "`0800`, `0300` and `4004`", or "`0800`, `0300`, `4004` and 4 more".
    pub(super) fn listed(&self) -> String {
        first_of(&self.words, self.count)
    }
}

/// What an author calls an entry: the value, or what came of a class or a list and the value.
fn words(sources: &Sources, list: &List, at: usize, entry: BeginsWithEntry) -> String {
    let value = sources.slice(entry.value);
    match list.rules().get(at) {
        Some(rule) if value.contains(['$', '[']) => {
            format!("`{}` of `{value}`", rule.begins_with())
        }
        _ => format!("`{value}`"),
    }
}
