//! `wildcard-certificate`: the certificate is for a wildcard.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::names::{quoted, write_the_name};
use crate::presence::observation::Observations;
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "wildcard-certificate",
        "the certificate is for a wildcard",
        include_str!("../../pages/wildcard-certificate.md"),
    ),
    step: Step::Certificate,
    sources: &[Source::Standard("RFC 6125"), CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(leaf) = seen.leaf() else { return Vec::new() };
    let (gateway, names) = (&seen.gateway, leaf.names_that_count());
    if names.contains(gateway) || !leaf.wildcard_covers(gateway) {
        return Vec::new();
    }
    let found = CAUSE
        .found(format!("the certificate is for {}, and the gateway is `{gateway}`", quoted(&names)))
        .because(format!("browsers take `{gateway}` for it (RFC 6125)"))
        .because("the guides ask for an exact match and do not say what happens to wildcards");
    let names: Vec<String> = names.into_iter().filter(|name| !name.starts_with("*.")).collect();
    let found = match names.is_empty() {
        false => write_the_name(found, seen, &names),
        true => found.fix(
            Place::ExchangeShell,
            "request a certificate with the exact name",
            [format!(
                "New-ExchangeCertificate -GenerateRequest -SubjectName \"CN={gateway}\" -DomainName \
                 {gateway}"
            )],
        ),
    };
    vec![found]
}
