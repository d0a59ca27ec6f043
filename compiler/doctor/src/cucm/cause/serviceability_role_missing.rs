//! `serviceability-role-missing`: the user may not ask for the state of services.

use adr_diagnostic::Finding;

use super::because_of;
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::cucm::observation::{Answer, Service};
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "serviceability-role-missing",
        "the user may not ask for the state of services",
        include_str!("../../pages/serviceability-role-missing.md"),
    ),
    step: Step::Roles,
    sources: &[Source::Public("which roles AXL and the serviceability services ask for")],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let asked = case.seen.access.iter().filter(|one| one.service == Service::ControlCenter);
    // 401 is about the login, and not about a role
    let refused: Vec<_> = asked.filter(|one| one.answer == Answer::Forbidden).collect();
    if refused.is_empty() {
        return Vec::new();
    }
    let found = CAUSE.found("the user may not ask ControlCenterServices for the state of services");
    let found = because_of(
        found,
        refused.iter().map(|one| {
            format!("ControlCenterServices answered HTTP 403 to the question for {}", one.what)
        }),
    );
    vec![found.fix(
        Place::CucmPage,
        "add the user to a group with the two roles",
        [
            "User Management > User Settings > Access Control Group: GROUP, Assign Role: Standard \
             SERVICEABILITY Administration, Standard CCM Admin Users",
            "User Management > Application User: USER, Add to Access Control Group: GROUP",
        ],
    )]
}
