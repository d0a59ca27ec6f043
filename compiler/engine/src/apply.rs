//! The specification of every faster engine: top to bottom, the first match wins, once.

use std::borrow::Cow;

use crate::rule::Rule;

/// The answer for one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied<'n> {
    /// Position of the rule that won, from 0; `None` when no rule matched.
    pub rule: Option<usize>,
    /// What the client sends out. These are bytes, because removing some may split a character.
    pub result: Cow<'n, [u8]>,
}

/// The position, from 0, of the first rule that matches.
#[must_use]
pub fn first_match(rules: &[Rule], number: &[u8]) -> Option<usize> {
    rules.iter().position(|rule| rule.matches(number))
}

/// Applies rules to a number as a client does: the first match wins, and its result is not matched
/// again.
///
/// ```
/// use adr_engine::{Rule, apply};
///
/// let rules = [Rule::from_deployed("", 7, 0, "9")];
/// assert_eq!(&*apply(&rules, b"5551212").result, b"95551212");
/// assert_eq!(&*apply(&rules, b"911").result, b"911");
/// ```
#[must_use]
pub fn apply<'n>(rules: &[Rule], number: &'n [u8]) -> Applied<'n> {
    match first_match(rules, number) {
        None => Applied { rule: None, result: Cow::Borrowed(number) },
        Some(at) => {
            let mut result = Vec::new();
            rules[at].rewrite(number, &mut result);
            Applied { rule: Some(at), result: Cow::Owned(result) }
        }
    }
}

/// Like [`apply`], but appends the result to a buffer; returns the position of the winner.
pub fn apply_into(rules: &[Rule], number: &[u8], result: &mut Vec<u8>) -> Option<usize> {
    let winner = first_match(rules, number);
    match winner {
        None => result.extend_from_slice(number),
        Some(at) => rules[at].rewrite(number, result),
    }
    winner
}
