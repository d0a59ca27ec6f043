//! Why a number becomes its result: every rule that was skipped, and the one that won.

use crate::apply::{Applied, apply};
use crate::rule::{Mismatch, Rule};

/// A rule above the winner, and why it did not win.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkippedRule {
    /// Position of the rule, from 0.
    pub rule: usize,
    /// Why it does not match the number.
    pub why: Mismatch,
}

/// The evaluation of a list for one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace<'n> {
    /// Every rule above the winner, in order; all rules when none wins. Rules below the winner are
    /// not evaluated and do not appear.
    pub skipped: Vec<SkippedRule>,
    /// The winner and the result, equal to what [`apply`](crate::apply()) gives.
    pub applied: Applied<'n>,
}

/// Applies rules to a number and records why each rule above the winner does not match.
///
/// ```
/// use adr_engine::{Mismatch, Rule, trace};
///
/// let rules = [Rule::from_deployed("9", 7, 0, "1"), Rule::from_deployed("", 3, 0, "0")];
/// let trace = trace(&rules, b"911");
/// assert_eq!(trace.skipped[0].why, Mismatch::Length { expected: 7, given: 3 });
/// assert_eq!(trace.applied.rule, Some(1));
/// assert_eq!(&*trace.applied.result, b"0911");
/// ```
#[must_use]
pub fn trace<'n>(rules: &[Rule], number: &'n [u8]) -> Trace<'n> {
    let mismatch =
        |(rule, given): (usize, &Rule)| given.mismatch(number).map(|why| SkippedRule { rule, why });
    Trace {
        skipped: rules.iter().enumerate().map_while(mismatch).collect(),
        applied: apply(rules, number),
    }
}
