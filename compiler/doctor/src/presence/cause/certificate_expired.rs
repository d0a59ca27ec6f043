//! `certificate-expired`: a certificate of the chain is no longer valid.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::Found;
use crate::presence::observation::{Certificate, Observations};
use crate::presence::seen::day;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "certificate-expired",
        "a certificate of the chain is no longer valid",
        include_str!("../../pages/certificate-expired.md"),
    ),
    step: Step::Certificate,
    sources: &[Source::Standard("RFC 5280")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(walk) = seen.walk() else { return Vec::new() };
    let expired = walk.certificates.iter().filter(|one| one.not_after < seen.looked_at);
    let expired = expired.filter(|_| seen.looked_at != 0);
    let found = |one: &&Certificate| {
        let found = CAUSE
            .found(format!("`{}` expired on {}", one.subject, day(one.not_after)))
            .because(format!("the doctor looked on {}", day(seen.looked_at)))
            .because(format!("its serial number is {}", one.serial));
        seen.renew(found, one)
    };
    expired.map(found).collect()
}
