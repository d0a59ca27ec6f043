//! Lists of many rules: a table, and a fallback for the rules that the table cannot hold.

use adr_engine::Rule;

use crate::build;
use crate::cache_line::{LineWinner, OVERFLOW};
use crate::fallback::Fallback;
use crate::head::Head;
use crate::table::{Slot, Table};
use crate::winner::{UNCHANGED, Winner};

/// A list with more rules than [`SMALL_LIMIT`](crate::small::SMALL_LIMIT).
#[derive(Clone, Debug)]
pub(crate) struct LargeList {
    pub(crate) table: Table,
    /// The rules that the table cannot hold, if there are any.
    fallback: Option<Fallback>,
    /// The identifier of the action of each rule; empty when the table holds all that are needed.
    action_ids: Vec<u32>,
}

impl LargeList {
    /// Builds the list from its rules and the identifier of the action of each rule.
    pub(crate) fn build(rules: &[Rule], action_ids: Vec<u32>) -> Self {
        let (table, rest) = build::build(rules, &action_ids);
        let fallback = Fallback::build(rules, &rest);
        let overflows = |action: &u32| *action >= u32::from(OVERFLOW);
        let keeps_actions = fallback.is_some() || action_ids.iter().any(overflows);
        Self { table, fallback, action_ids: if keeps_actions { action_ids } else { Vec::new() } }
    }

    /// The first rule that matches.
    #[inline(always)]
    pub(crate) fn find(&self, slot: Slot, head: Head, number: &[u8]) -> Winner {
        let LineWinner { rule, action } = self.table.find(slot, head, number);
        if action == OVERFLOW || self.fallback.is_some() {
            return self.find_with_fallback(rule, number);
        }
        Winner { rule, action: u32::from(action) }
    }

    /// The winner, where the table has `rule` but the fallback may have an earlier one, or the
    /// action of `rule` did not fit in the table.
    #[cold]
    fn find_with_fallback(&self, rule: u32, number: &[u8]) -> Winner {
        let fallback = self.fallback.as_ref().and_then(|fallback| fallback.find(number));
        let rule = fallback.map_or(rule, |fallback| fallback.min(rule));
        let action = self.action_ids.get(rule as usize);
        Winner { rule, action: action.copied().unwrap_or(UNCHANGED) }
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.table.heap_bytes()
            + self.fallback.as_ref().map_or(0, Fallback::heap_bytes)
            + self.action_ids.capacity() * size_of::<u32>()
    }
}
