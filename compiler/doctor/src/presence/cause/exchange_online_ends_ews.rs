//! `exchange-online-ends-ews`: the gateway is Exchange Online, which ends Exchange Web Services.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::Observations;
use crate::presence::retirement::{self, Phase};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "exchange-online-ends-ews",
        "the gateway is Exchange Online, which ends Exchange Web Services",
        include_str!("../../pages/exchange-online-ends-ews.md"),
    ),
    step: Step::Account,
    sources: &[Source::Public("retirement of EWS in Exchange Online")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let gateway = seen.gateway.to_ascii_lowercase();
    let is_blocked = seen.exchanges.iter().any(|one| one.header("x-ews-policy-reason").is_some());
    if !retirement::HOSTS.contains(&&*gateway) || is_blocked {
        return Vec::new();
    }
    let when = match Phase::at(seen.looked_at) {
        Phase::Open => "will be blocked by default",
        Phase::Blocked => "are blocked by default",
        Phase::Ended => "have ended",
    };
    let found = CAUSE
        .found(format!("Exchange Web Services of Exchange Online {when}"))
        .because(format!("the gateway `{}` is Exchange Online", seen.gateway))
        .because(retirement::DATES)
        .fix(
            Place::ExchangeShell,
            "see what the organization has set",
            ["Get-OrganizationConfig | Format-List EwsEnabled,EwsAllowedAppIDs"],
        );
    vec![found]
}
