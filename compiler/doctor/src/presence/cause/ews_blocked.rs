//! `ews-blocked`: a setting of the mailbox or the organization blocks Exchange Web Services.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{Endpoint, Observations};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "ews-blocked",
        "a setting of the mailbox or the organization blocks Exchange Web Services",
        include_str!("../../pages/ews-blocked.md"),
    ),
    step: Step::Account,
    sources: &[Source::Public("EwsApplicationAccessPolicy")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let forbidden = seen.exchanges.iter().filter(|one| {
        one.endpoint == Endpoint::Ews
            && one.last_status() == Some(403)
            && one.header("x-ews-policy-reason").is_none()
    });
    // with a reason it is `ews-retired`
    let has_reason = seen.exchanges.iter().any(|one| {
        one.endpoint == Endpoint::Ews
            && one.last_status() == Some(403)
            && one.header("x-ews-policy-reason").is_some()
    });
    let pages = forbidden.count();
    let calls = seen.ews.iter().filter(|one| one.status == 403 && one.code.is_none()).count();
    if pages + calls == 0 || has_reason {
        return Vec::new();
    }
    let found = CAUSE
        .found("Exchange Web Services answer 403")
        .because(format!("{pages} requests and {calls} calls were answered with 403"))
        .because("the header X-EWS-Policy-Reason, which Exchange Online sends, is not there")
        .fix(
            Place::ExchangeShell,
            "see what the mailbox says, and allow it",
            [
                "Get-CASMailbox USER | Format-List EwsEnabled,EwsApplicationAccessPolicy,EwsAllowList,\
                 EwsBlockList",
                "Set-CASMailbox USER -EwsEnabled $true",
            ],
        )
        .fix(
            Place::ExchangeShell,
            "see what the organization says",
            ["Get-OrganizationConfig | Format-List Ews*"],
        );
    vec![found]
}
