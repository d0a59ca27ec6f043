//! `unreadable-route-pattern`: adrc does not understand a pattern.

use adr_diagnostic::Finding;

use super::{because_of, counted};
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "unreadable-route-pattern",
        "adrc does not understand a pattern",
        include_str!("../../pages/unreadable-route-pattern.md"),
    ),
    step: Step::Routing,
    sources: &[Source::Guide(
        "Cisco Unified Communications Manager, call routing and closest match",
    )],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let unread = case.routed().map(|routing| &routing.unread[..]).unwrap_or_default();
    if unread.is_empty() {
        return Vec::new();
    }
    let found = CAUSE.found(format!(
        "adrc does not understand {}, and answers as if they were not there",
        counted(unread.len(), "pattern")
    ));
    let facts =
        unread.iter().map(|one| format!("{}: {}", case.pattern_words(one.pattern), one.error));
    vec![because_of(found, facts).fix(
        Place::CucmPage,
        "check the pattern",
        ["Call Routing > Route/Hunt > Route Pattern: PATTERN"],
    )]
}
