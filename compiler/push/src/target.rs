//! What a wanted rule becomes in CUCM.

use adr_cucm::CucmRule;
use adr_engine::Rule;

/// A wanted rule, and the record that it becomes.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// What clients apply.
    pub(crate) rule: Rule,
    /// The record after the push. Its key is that of the record that becomes it.
    pub(crate) record: CucmRule,
    /// The record that becomes it, by its position in the present list.
    pub(crate) from: Option<usize>,
    /// Whether that record moves among those that stay.
    pub(crate) is_moved: bool,
}
