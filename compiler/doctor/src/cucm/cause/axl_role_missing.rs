//! `axl-role-missing`: the user has no role for AXL.

use adr_diagnostic::Finding;

use super::because_of;
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::cucm::observation::{Answer, Service};
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "axl-role-missing",
        "the user has no role for AXL",
        include_str!("../../pages/axl-role-missing.md"),
    ),
    step: Step::Roles,
    sources: &[Source::Public("which roles AXL and the serviceability services ask for")],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let asked = case.seen.access.iter().filter(|one| one.service == Service::Axl);
    let refused: Vec<_> = asked.filter(|one| one.answer == Answer::Forbidden).collect();
    if refused.is_empty() {
        return Vec::new();
    }
    let found = CAUSE.found("the user may not use AXL, or not for everything that adrc asks");
    let found = because_of(
        found,
        refused.iter().map(|one| format!("AXL answered HTTP 403 to the question for {}", one.what)),
    );
    vec![found.fix(
        Place::CucmPage,
        "add the user to a group with a role for AXL; the read-only one is enough",
        [
            "User Management > User Settings > Access Control Group: GROUP, Assign Role: Standard \
             AXL Read Only API Access",
            "User Management > Application User: USER, Add to Access Control Group: GROUP",
        ],
    )]
}
