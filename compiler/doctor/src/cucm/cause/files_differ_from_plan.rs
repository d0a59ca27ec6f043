//! `files-differ-from-plan`: the files on the nodes are not those of the dial plan.

use adr_diagnostic::Finding;

use super::because_of;
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::cucm::compare::differing_from_plan;
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "files-differ-from-plan",
        "the files on the nodes are not those of the dial plan",
        include_str!("../../pages/files-differ-from-plan.md"),
    ),
    step: Step::Files,
    sources: &[Source::Guide("Cisco Unified Communications Manager, TFTP and services")],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let different = differing_from_plan(case);
    if different.is_empty() {
        return Vec::new();
    }
    let found = CAUSE.found("clients get other rules than those of the dial plan");
    vec![because_of(found, different).fix(
        Place::Adrc,
        "see the difference, and upload the files of the dial plan",
        ["adrc diff cucm://HOST PLAN", "adrc deploy cucm://HOST PLAN"],
    )]
}
