//! `ews-retired`: Exchange Online has blocked Exchange Web Services.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{Endpoint, Observations};
use crate::presence::retirement::{self, Phase};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "ews-retired",
        "Exchange Online has blocked Exchange Web Services",
        include_str!("../../pages/ews-retired.md"),
    ),
    step: Step::Account,
    sources: &[Source::Public("retirement of EWS in Exchange Online")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let reason = seen.exchanges.iter().find_map(|one| {
        let is_blocked = one.endpoint == Endpoint::Ews && one.last_status() == Some(403);
        if is_blocked { one.header("x-ews-policy-reason") } else { None }
    });
    let Some(reason) = reason else { return Vec::new() };
    let found = CAUSE
        .found("Exchange Online blocks Exchange Web Services for this request")
        .because(format!("403 with X-EWS-Policy-Reason: {reason}"))
        .because(retirement::DATES);
    let found = match Phase::at(seen.looked_at) {
        Phase::Ended => found,
        Phase::Open | Phase::Blocked => found.fix(
            Place::ExchangeShell,
            format!("allow the application until {}", retirement::LAST_DAY),
            [
                "Get-OrganizationConfig | Format-List EwsEnabled,EwsAllowedAppIDs",
                "Set-OrganizationConfig -EwsEnabled $true -EwsAllowedAppIDs \"APPLICATION-ID\"",
            ],
        ),
    };
    vec![found.fix(
        Place::CucmPage,
        "move calendars to an integration that uses Microsoft Graph, or to an Exchange of your own",
        Vec::<String>::new(),
    )]
}
