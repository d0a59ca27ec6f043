//! `no-impersonation-role`: the account may not impersonate the owners of mailboxes.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::codes::codes_of;
use crate::presence::observation::Observations;
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "no-impersonation-role",
        "the account may not impersonate the owners of mailboxes",
        include_str!("../../pages/no-impersonation-role.md"),
    ),
    step: Step::Mailbox,
    sources: &[Source::Public("response codes of Exchange Web Services"), CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let facts = seen.calls_with(codes_of(CAUSE.finding.name));
    if facts.is_empty() {
        return Vec::new();
    }
    let mut found = CAUSE.found("the account may not impersonate the owner of the mailbox").fix(
        Place::ExchangeShell,
        "give the account the role, and see that it has it",
        [
            "New-ManagementRoleAssignment -Name:PresenceImpersonation -Role:ApplicationImpersonation \
             -User:ACCOUNT",
            "Get-ManagementRoleAssignment -Role:ApplicationImpersonation -RoleAssignee:ACCOUNT",
        ],
    );
    let has_direct = seen.ews.iter().any(|one| !one.is_impersonated && one.is_success());
    if has_direct {
        found = found.because("the same call without impersonation succeeds");
    }
    vec![facts.into_iter().fold(found, Found::because)]
}
