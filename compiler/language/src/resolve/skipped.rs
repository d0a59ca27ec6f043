//! Combinations of a rule that are omitted from the XML file.

use adr_diagnostic::Span;
use compact_str::CompactString;

/// Combinations of an entry of begins-with and a number of digits that no number can match. They
/// are omitted from the XML file.
#[derive(Clone, Debug)]
pub(crate) struct Skipped {
    /// The rule's name.
    pub(crate) name: Span,
    /// The number of omitted combinations.
    pub(crate) count: usize,
    /// The number of all combinations of the rule.
    pub(crate) of: usize,
    /// The first omitted one: the span of the value, the dial string, and the number of digits.
    pub(crate) first: (Span, CompactString, u32),
    /// The entries of begins-with that are omitted with every number of digits.
    pub(crate) entries: Vec<(Span, CompactString)>,
}
