//! The help of `emergency-rewritten`: rules that keep the emergency numbers.

use std::collections::BTreeMap;

use adr_engine::DialString;
use hashbrown::HashSet;

use crate::lint::context::Context;

/// Most numbers in the begins-with of a suggested rule.
const WRITTEN: usize = 100;

/// Suggests rules with unused names.
pub(super) struct Advice<'b> {
    /// The names of the rules of all lists, because a rule may be in several lists.
    taken: HashSet<&'b str>,
    /// The number of names that were used so far.
    given: usize,
}

impl<'b> Advice<'b> {
    /// Advice for a dial plan.
    pub(super) fn of(context: &Context<'b>) -> Self {
        let lists = context.lists.iter();
        let origins = lists.flat_map(|shared| shared.list.origins.iter());
        Self { taken: origins.map(|origin| context.sources.slice(origin.name)).collect(), given: 0 }
    }

    /// Suggests rules that keep exactly these numbers: one rule for each length, because a rule
    /// applies to every combination of begins-with and length.
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

    /// "Emergency", or "Emergency" with the first number that makes it unused.
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
