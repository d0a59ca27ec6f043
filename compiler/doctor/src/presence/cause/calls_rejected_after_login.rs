//! `calls-rejected-after-login`: the server takes the account and then rejects its calls.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::Observations;
use crate::presence::seen::path;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "calls-rejected-after-login",
        "the server takes the account and then rejects its calls",
        include_str!("../../pages/calls-rejected-after-login.md"),
    ),
    step: Step::Mailbox,
    sources: &[Source::Public("authentication of Exchange Web Services")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let mut logins = seen.exchanges.iter().filter(|one| one.user.is_some());
    let Some(login) = logins.find(|one| one.is_accepted()) else { return Vec::new() };
    let rejected = seen.telling_answers().filter(|one| one.status == 401 && one.code.is_none());
    let facts: Vec<String> = rejected
        .map(|one| {
            let way = if one.is_impersonated { "with" } else { "without" };
            format!("{:?} {way} impersonation: 401", one.call)
        })
        .collect();
    if facts.is_empty() {
        return Vec::new();
    }
    let taken = format!("GET {} with the same name and password is accepted", path(login.endpoint));
    let found = CAUSE
        .found("the account is accepted, and its calls of Exchange Web Services get 401")
        .because(taken);
    let found = facts.into_iter().fold(found, Found::because);
    vec![
        found
            .fix(
                Place::ExchangeShell,
                "compare the authentication of the servers behind the gateway, and make it equal",
                ["Get-WebServicesVirtualDirectory | Format-List Server,Identity,*Authentication"],
            )
            .fix(
                Place::Adrc,
                "look again: the account may have been locked between",
                ["adrc doctor presence GATEWAY --trust DIR --account USER --mailbox ADDRESS"],
            ),
    ]
}
