//! Pages of a list.

use crate::xml::Body;

/// A part of a list: `first` records after the first `skip`. CUCM promises no order, so use pages
/// only for lists that exceed 8 MB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Records to leave out at the beginning.
    pub skip: u64,
    /// Records to return at most.
    pub first: u64,
}

impl Page {
    /// The page after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self { skip: self.skip.saturating_add(self.first), ..self }
    }

    pub(super) fn write(self, body: &mut Body) {
        body.text("skip", &self.skip.to_string());
        body.text("first", &self.first.to_string());
    }
}
