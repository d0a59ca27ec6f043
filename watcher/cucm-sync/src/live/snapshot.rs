//! What CUCM held at one moment.

use std::sync::Arc;

use adr_cucm::{CucmRule, FlaggedPatterns};

/// What CUCM holds: all dial rules, and the patterns with an emergency flag. Both are in a fixed
/// order, so that equal contents are equal values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The dial rules of both kinds.
    pub rules: Arc<Vec<CucmRule>>,
    /// The flagged patterns.
    pub flagged: Arc<FlaggedPatterns>,
}
