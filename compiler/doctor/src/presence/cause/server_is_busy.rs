//! `server-is-busy`: Exchange slows the account down.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::codes::codes_of;
use crate::presence::observation::Observations;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "server-is-busy",
        "Exchange slows the account down",
        include_str!("../../pages/server-is-busy.md"),
    ),
    step: Step::Mailbox,
    sources: &[Source::Public("throttling of Exchange Web Services")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let facts = seen.calls_with(codes_of(CAUSE.finding.name));
    if facts.is_empty() {
        return Vec::new();
    }
    let wait = seen.ews.iter().filter_map(|one| one.back_off_milliseconds).max();
    let found = CAUSE.found(match wait {
        Some(wait) => {
            format!("Exchange asks the account to wait for {} seconds", wait.div_ceil(1000))
        }
        None => "Exchange asks the account to wait".to_owned(),
    });
    let found = found
        .fix(Place::Adrc, "wait, then look again", ["adrc doctor presence GATEWAY --watch 60s"])
        .fix(
            Place::ExchangeShell,
            "if it stays, give the account a policy of its own (on premises)",
            [
                "New-ThrottlingPolicy PresencePolicy -EwsMaxConcurrency Unlimited \
                 -EwsMaxSubscriptions Unlimited",
                "Set-ThrottlingPolicyAssociation ACCOUNT -ThrottlingPolicy PresencePolicy",
            ],
        );
    vec![facts.into_iter().fold(found, Found::because)]
}
