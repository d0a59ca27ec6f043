//! The actions of rules, apart from what the rules match. Many rules share a few actions.

use adr_engine::Rule;
use rustc_hash::FxHashMap;

use crate::tree::NO_RULE;

/// Total digits to be removed, and the prefix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Action<'r> {
    /// As in the rule: a negative value removes everything.
    remove: i32,
    pub(crate) prefix: &'r [u8],
}

impl<'r> Action<'r> {
    /// What a rule does; without a rule, numbers stay unchanged.
    pub(crate) fn of(rule: Option<&'r Rule>) -> Self {
        rule.map_or_else(Self::default, |rule| Self {
            remove: rule.remove(),
            prefix: rule.prefix().as_bytes(),
        })
    }

    /// How many bytes are removed from a number of `length` bytes.
    #[inline]
    pub(crate) fn removed_from(&self, length: usize) -> usize {
        usize::try_from(self.remove).map_or(length, |remove| remove.min(length))
    }
}

/// The actions of all rules of some lists, so that walks over a tree need not read the rules.
#[derive(Debug)]
pub(crate) struct ActionTable<'r> {
    /// For every list the identifier of every rule's action.
    ids: Vec<Vec<u32>>,
    /// The actions by identifier.
    distinct: Vec<Action<'r>>,
}

/// The identifier of the action that leaves numbers unchanged.
const IDENTITY: u32 = 0;

impl<'r> ActionTable<'r> {
    pub(crate) fn new(lists: &[&'r [Rule]]) -> Self {
        let identity = Action::default();
        let mut known: FxHashMap<Action<'r>, u32> = FxHashMap::from_iter([(identity, IDENTITY)]);
        let mut distinct = vec![identity];
        let mut identify = |rule| {
            let action = Action::of(Some(rule));
            *known.entry(action).or_insert_with(|| {
                distinct.push(action);
                distinct.len() as u32 - 1
            })
        };
        let ids = lists.iter().map(|rules| rules.iter().map(&mut identify).collect());
        Self { ids: ids.collect(), distinct }
    }

    /// The identifier of the action of a rule of a list, or of [`NO_RULE`]. Equal actions have
    /// equal identifiers.
    #[inline]
    pub(crate) fn id(&self, list: usize, rule: u32) -> u32 {
        if rule == NO_RULE { IDENTITY } else { self.ids[list][rule as usize] }
    }

    /// The action with an identifier.
    #[inline]
    pub(crate) fn get(&self, id: u32) -> Action<'r> {
        self.distinct[id as usize]
    }
}
