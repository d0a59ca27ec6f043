//! `axl-user-rejected`: AXL rejects the user or the password.

use adr_diagnostic::Finding;

use super::because_of;
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::cucm::observation::{Answer, Service};
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "axl-user-rejected",
        "AXL rejects the user or the password",
        include_str!("../../pages/axl-user-rejected.md"),
    ),
    step: Step::Roles,
    sources: &[Source::Public("which roles AXL and the serviceability services ask for")],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let asked = case.seen.access.iter().filter(|one| one.service == Service::Axl);
    let rejected: Vec<_> = asked.filter(|one| one.answer == Answer::Unauthorized).collect();
    if rejected.is_empty() {
        return Vec::new();
    }
    let found = CAUSE.found("the user name or the password is not accepted by AXL");
    let found = because_of(
        found,
        rejected
            .iter()
            .map(|one| format!("AXL answered HTTP 401 to the question for {}", one.what)),
    );
    vec![found.fix(
        Place::CucmPage,
        "check that the application user exists and set its password again",
        ["User Management > Application User: USER, Password"],
    )]
}
