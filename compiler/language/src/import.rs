//! A deployed list becomes readable source.

use std::fmt;

use adr_engine::Rule;

use crate::book::ListKind;

/// Writes `.adr` text that compiles to a list which treats every number as `rules` do.
///
/// Names are not in a deployed file, so readable ones are made. Within CUCM's limits the compiled
/// list is equal rule by rule; a value only a client accepts (a negative length, more digits removed
/// than there are) is written as the legal value that means the same.
///
/// # Errors
///
/// The first rule that no legal rule equals, such as one with letters in its begins-with.
pub fn import(kind: ListKind, rules: &[Rule]) -> Result<String, ImportError> {
    let _ = (kind, rules);
    todo!()
}

/// A rule that has no legal equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    /// Position in the file, from 1.
    pub rule: usize,
    /// Why, a phrase.
    pub reason: String,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {}: {}", self.rule, self.reason)
    }
}

impl std::error::Error for ImportError {}
