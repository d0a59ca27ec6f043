//! The rule that wins for a number, and the action of that rule.

/// Stands for no matching rule where a position of a rule is stored.
pub(crate) const NO_RULE: u32 = u32::MAX;

/// The identifier of the action that leaves a number unchanged.
pub(crate) const UNCHANGED: u32 = 0;

/// No rule matches, so the number stays unchanged.
pub(crate) const NO_WINNER: Winner = Winner { rule: NO_RULE, action: UNCHANGED };

/// The winning rule of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Winner {
    /// Position in the list, from 0, or [`NO_RULE`].
    pub(crate) rule: u32,
    /// Identifier of its action in the `ActionTable`.
    pub(crate) action: u32,
}
