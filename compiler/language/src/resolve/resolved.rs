//! The result of resolving: a dial plan before its lints.

use adr_diagnostic::Span;
use adr_engine::DialString;

use super::skipped::Skipped;
use crate::plan::{DialTest, View};
use crate::tree::ListKind;

/// An emergency number and where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Emergency {
    pub(crate) number: DialString,
    pub(crate) span: Span,
}

/// A dial plan before its lints.
#[derive(Debug)]
pub(crate) struct Resolved {
    /// The view of clients that belong to no site.
    pub(crate) default: View,
    /// The views of the sites, in the order written.
    pub(crate) sites: Vec<View>,
    pub(crate) emergency: Vec<Emergency>,
    pub(crate) tests: Vec<DialTest>,
    /// The places of the first blocks of each view, for findings about a whole list.
    pub(crate) places: Vec<ListPlaces>,
    /// The networks of each site with their places, in the order of the sites.
    pub(crate) networks: Vec<Vec<(ipnet::IpNet, Span)>>,
    /// Groups and lets that nothing uses, by the spans of their names.
    pub(crate) unused_groups: Vec<Span>,
    pub(crate) unused_lets: Vec<Span>,
    /// Rules with combinations that cannot match.
    pub(crate) skipped: Vec<Skipped>,
    /// The number of steps of the expansion.
    pub(crate) steps: usize,
}

/// For each kind of list, the place of the first block that belongs to the view itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ListPlaces {
    pub(crate) application: Option<Span>,
    pub(crate) lookup: Option<Span>,
}

impl ListPlaces {
    pub(crate) fn of(self, kind: ListKind) -> Option<Span> {
        match kind {
            ListKind::Application => self.application,
            ListKind::Lookup => self.lookup,
        }
    }
}
