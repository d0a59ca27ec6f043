//! What to write so that emergency numbers stay what they are.

use std::collections::BTreeMap;

use adr_engine::DialString;
use hashbrown::HashSet;

use crate::lint::context::Context;

/// Most numbers that a rule is written out with.
const WRITTEN: usize = 100;

/// Rules to write, under names that are free.
pub(super) struct Advice<'b> {
    /// Names of the rules of all lists: a rule may be in several of them.
    taken: HashSet<&'b str>,
    /// How many names were given.
    given: usize,
}

impl<'b> Advice<'b> {
    /// Advice for a dial plan.
    pub(super) fn of(context: &Context<'b>) -> Self {
        let lists = context.lists.iter();
        let origins = lists.flat_map(|shared| shared.list.origins.iter());
        Self { taken: origins.map(|origin| context.sources.slice(origin.name)).collect(), given: 0 }
    }

    /// Rules that keep these numbers and no others: one for each length, because a rule is for
    /// every begins-with at every length, and `112` of four digits is somebody else's number.
    pub(super) fn keeping<'n>(&mut self, numbers: impl Iterator<Item = &'n DialString>) -> String {
        let mut by_length: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        let mut seen = HashSet::new();
        for number in numbers.map(DialString::as_str) {
            if seen.insert(number) {
                by_length.entry(number.len()).or_default().push(number);
            }
        }
        let rules = by_length.iter().map(|(length, numbers)| {
            let more = match numbers.len().saturating_sub(WRITTEN) {
                0 => String::new(),
                more => format!(", with {more} more numbers in begins-with,"),
            };
            let numbers = &numbers[..numbers.len().min(WRITTEN)];
            format!(
                "`rule \"{}\" {{ begins-with {}; digits {length}; keep }}`{more}",
                self.free_name(),
                numbers.join(", ")
            )
        });
        let rules: Vec<String> = rules.collect();
        format!("write {} above it", rules.join(" and "))
    }

    /// "Emergency", or with the first number that makes it a new name.
    fn free_name(&mut self) -> String {
        loop {
            self.given += 1;
            let name = match self.given {
                1 => "Emergency".to_owned(),
                number => format!("Emergency {number}"),
            };
            if !self.taken.contains(name.as_str()) {
                return name;
            }
        }
    }
}
