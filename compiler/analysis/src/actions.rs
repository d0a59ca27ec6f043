//! What rules do, without what they match: few different actions for many rules.

use adr_engine::Rule;
use rustc_hash::FxHashMap;

use crate::tree::NONE;

/// Total digits to be removed, and the prefix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Action<'r> {
    remove: i32,
    pub(crate) prefix: &'r [u8],
}

impl<'r> Action<'r> {
    /// What a rule does; no rule leaves numbers as they are.
    pub(crate) fn of(rule: Option<&'r Rule>) -> Self {
        rule.map_or_else(Self::default, |rule| Self {
            remove: rule.remove(),
            prefix: rule.prefix().as_bytes(),
        })
    }

    /// How many bytes are taken off a number of `length` bytes.
    #[inline]
    pub(crate) fn removed_from(&self, length: usize) -> usize {
        usize::try_from(self.remove).map_or(length, |remove| remove.min(length))
    }
}

/// The actions of all rules of some lists, side by side, so that walks over a tree need not look at
/// the rules.
#[derive(Debug)]
pub(crate) struct ActionTable<'r> {
    /// For every list the number of every rule's action.
    of: Vec<Vec<u32>>,
    distinct: Vec<Action<'r>>,
}

/// The number of the action that leaves numbers as they are.
const IDENTITY: u32 = 0;

impl<'r> ActionTable<'r> {
    pub(crate) fn new(lists: &[&'r [Rule]]) -> Self {
        let identity = Action::default();
        let mut known: FxHashMap<Action<'r>, u32> = FxHashMap::from_iter([(identity, IDENTITY)]);
        let mut distinct = vec![identity];
        let mut number = |rule| {
            let action = Action::of(Some(rule));
            *known.entry(action).or_insert_with(|| {
                distinct.push(action);
                distinct.len() as u32 - 1
            })
        };
        let of = lists.iter().map(|rules| rules.iter().map(&mut number).collect());
        Self { of: of.collect(), distinct }
    }

    /// The number of the action of a rule of a list, or of [`NONE`]; equal actions have equal
    /// numbers.
    #[inline]
    pub(crate) fn number(&self, list: usize, rule: u32) -> u32 {
        if rule == NONE { IDENTITY } else { self.of[list][rule as usize] }
    }

    #[inline]
    pub(crate) fn get(&self, number: u32) -> Action<'r> {
        self.distinct[number as usize]
    }
}
