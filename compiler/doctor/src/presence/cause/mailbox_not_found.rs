//! `mailbox-not-found`: Exchange does not know the mailbox.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::codes::codes_of;
use crate::presence::observation::Observations;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "mailbox-not-found",
        "Exchange does not know the mailbox",
        include_str!("../../pages/mailbox-not-found.md"),
    ),
    step: Step::Mailbox,
    sources: &[Source::Public("response codes of Exchange Web Services")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let facts = seen.calls_with(codes_of(CAUSE.finding.name));
    if facts.is_empty() {
        return Vec::new();
    }
    let found = CAUSE
        .found("Exchange does not know the address of the mailbox")
        .fix(
            Place::ExchangeShell,
            "see the addresses of the user",
            ["Get-Mailbox USER | Format-List PrimarySmtpAddress,EmailAddresses"],
        )
        .fix(
            Place::CucmPage,
            "let CUCM read that address from LDAP",
            ["CUCM: System > LDAP > LDAP Directory > Mail ID"],
        );
    vec![facts.into_iter().fold(found, Found::because)]
}
