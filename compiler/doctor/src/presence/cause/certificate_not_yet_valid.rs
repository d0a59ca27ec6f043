//! `certificate-not-yet-valid`: a certificate of the chain is not valid yet.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{Certificate, Observations};
use crate::presence::seen::day;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "certificate-not-yet-valid",
        "a certificate of the chain is not valid yet",
        include_str!("../../pages/certificate-not-yet-valid.md"),
    ),
    step: Step::Certificate,
    sources: &[Source::Standard("RFC 5280")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(walk) = seen.walk() else { return Vec::new() };
    let early = walk.certificates.iter().filter(|one| one.not_before > seen.looked_at);
    let early = early.filter(|_| seen.looked_at != 0);
    let found = |one: &&Certificate| {
        CAUSE
            .found(format!("`{}` is valid from {} on", one.subject, day(one.not_before)))
            .because(format!("the doctor looked on {}", day(seen.looked_at)))
            .fix(
                Place::CucmCommandLine,
                "compare the clocks; a wrong one is more likely than a wrong certificate",
                ["utils ntp status", "show date"],
            )
            .fix(
                Place::WindowsPrompt,
                "compare the clock of the Exchange server",
                ["w32tm /query /status"],
            )
    };
    early.map(found).collect()
}
