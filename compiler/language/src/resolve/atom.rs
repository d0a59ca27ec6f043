//! The elements of a list, after its lets are replaced.

use adr_diagnostic::Span;
use compact_str::CompactString;

/// One element of a list, after its lets are replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Atom {
    /// A dial string or a number; the field decides which.
    Text(CompactString),
    /// `low..high`; the upper side of an open range is empty.
    Range(Box<(CompactString, CompactString)>),
    /// `any`
    Any,
    /// `matched`
    Matched,
}

/// Receives each element of a value.
pub(super) type Emit<'g> = dyn FnMut(Atom, Span) + 'g;
