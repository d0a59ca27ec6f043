//! The reference: top to bottom, the first match wins, once.

use std::borrow::Cow;

use crate::rule::Rule;

/// What a client makes of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied<'n> {
    /// Position of the rule that won, from 0; `None` when none matched.
    pub rule: Option<usize>,
    /// What goes out. Bytes, because removal may cut a character.
    pub result: Cow<'n, [u8]>,
}

/// The position, from 0, of the first rule that matches.
#[must_use]
pub fn first_match(rules: &[Rule], number: &[u8]) -> Option<usize> {
    rules.iter().position(|rule| rule.matches(number))
}

/// Applies rules to a number as a client does: no best match, no chaining.
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

/// Applies rules and appends the result to a caller's buffer; gives the position of the winner.
pub fn apply_into(rules: &[Rule], number: &[u8], result: &mut Vec<u8>) -> Option<usize> {
    let winner = first_match(rules, number);
    match winner {
        None => result.extend_from_slice(number),
        Some(at) => rules[at].rewrite(number, result),
    }
    winner
}
