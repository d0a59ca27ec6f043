//! Combinations of a rule that are left out of the file.

use adr_diagnostic::Span;
use compact_str::CompactString;

/// Combinations of begins-with and a number of digits that no number can match, left out of the
/// file.
#[derive(Clone, Debug)]
pub(crate) struct Skipped {
    /// The rule's name.
    pub(crate) name: Span,
    /// How many combinations are left out.
    pub(crate) count: usize,
    /// How many there are.
    pub(crate) of: usize,
    /// The first of them: the value as written, what it begins with, and the number of digits.
    pub(crate) first: (Span, CompactString, u32),
    /// Entries of begins-with that are left out with every number of digits.
    pub(crate) entries: Vec<(Span, CompactString)>,
}
