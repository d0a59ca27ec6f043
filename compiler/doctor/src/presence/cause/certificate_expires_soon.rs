//! `certificate-expires-soon`: a certificate of the chain ends within 30 days.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::Found;
use crate::presence::observation::{Certificate, Observations};
use crate::presence::seen::day;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "certificate-expires-soon",
        "a certificate of the chain ends within 30 days",
        include_str!("../../pages/certificate-expires-soon.md"),
    ),
    step: Step::Certificate,
    sources: &[Source::Standard("RFC 5280")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

/// How long before its end a certificate is reported, in seconds: 30 days.
const SOON: i64 = 30 * 86_400;

fn find(seen: &Observations) -> Vec<Found> {
    let Some(walk) = seen.walk() else { return Vec::new() };
    let is_ending = |one: &&&Certificate| {
        let left = one.not_after.saturating_sub(seen.looked_at);
        seen.looked_at != 0 && (0..SOON).contains(&left)
    };
    let found = |one: &&Certificate| {
        let days = one.not_after.saturating_sub(seen.looked_at) / 86_400;
        let found = CAUSE
            .found(format!("`{}` ends on {}", one.subject, day(one.not_after)))
            .because(format!("{days} whole days are left"));
        seen.renew(found, one)
    };
    walk.certificates.iter().filter(is_ending).map(found).collect()
}
