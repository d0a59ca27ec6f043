//! The answer for one number.

use crate::winner::NO_RULE;

/// What a client sends out for one number, and the rule that decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialed<'a> {
    /// Position of the winning rule, from 0, or [`NO_RULE`].
    pub(crate) rule: u32,
    /// The number as the client sends it out.
    pub result: &'a [u8],
}

impl Dialed<'_> {
    /// Position of the rule that won, from 0; `None` when no rule matched.
    #[inline]
    #[must_use]
    pub fn rule(&self) -> Option<usize> {
        (self.rule != NO_RULE).then_some(self.rule as usize)
    }
}
