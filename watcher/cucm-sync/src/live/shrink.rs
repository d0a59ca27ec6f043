//! Lists that shrank so much that a second, equal answer has to confirm them.

use std::fmt;

use adr_cucm::RuleKind;

use super::former::Former;
use super::snapshot::Snapshot;

/// The fewest records of a list at which the loss of half of them has to be confirmed. The loss of
/// all records has to be confirmed at any size.
const HALVED_FROM: usize = 4;

/// A list that shrank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shrunk {
    /// The list.
    what: &'static str,
    /// How many records it had; `None` before the first read.
    before: Option<usize>,
    /// How many it has.
    now: usize,
}

/// As a phrase: "CUCM lists 0 application dial rules where it had 12".
impl fmt::Display for Shrunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, before, now } = self;
        match before {
            Some(before) => write!(f, "CUCM lists {now} {what} where it had {before}"),
            None => write!(f, "CUCM lists {now} {what}"),
        }
    }
}

/// The first list that was emptied or halved since it was published, by this run or, with `former`,
/// by an earlier one. Before anything was published, a cluster without any rules counts as well.
pub(super) fn shrunk(
    published: Option<&Snapshot>,
    former: Option<Former>,
    read: &Snapshot,
) -> Option<Shrunk> {
    let of_kind =
        |snapshot: &Snapshot, kind| snapshot.rules.iter().filter(|rule| rule.kind == kind).count();
    let before = |kind| match (published, former) {
        (Some(published), _) => of_kind(published, kind),
        (None, Some(former)) => former.of(kind),
        (None, None) => 0,
    };
    let rules = [
        ("application dial rules", RuleKind::Application),
        ("directory lookup dial rules", RuleKind::DirectoryLookup),
    ]
    .map(|(what, kind)| (what, before(kind), of_kind(read, kind)));
    let flagged = |snapshot: &Snapshot| snapshot.flagged.patterns.len();
    let before = published.map_or(0, flagged);
    let flagged = ("patterns with an emergency flag", before, flagged(read));
    if published.is_none() && former.is_none() && read.rules.is_empty() {
        return Some(Shrunk { what: "dial rules", before: None, now: 0 });
    }
    rules.into_iter().chain([flagged]).find_map(|(what, before, now)| {
        let is_emptied = before > 0 && now == 0;
        let is_halved = before >= HALVED_FROM && now.saturating_mul(2) <= before;
        (is_emptied || is_halved).then_some(Shrunk { what, before: Some(before), now })
    })
}
