//! `path-length-exceeded`: an authority may not have as many authorities below it.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::Observations;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "path-length-exceeded",
        "an authority may not have as many authorities below it",
        include_str!("../../pages/path-length-exceeded.md"),
    ),
    step: Step::Certificate,
    sources: &[Source::Standard("RFC 5280")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(walk) = seen.walk() else { return Vec::new() };
    let mut all = Vec::new();
    for (place, authority) in walk.certificates.iter().enumerate().skip(1) {
        let Some(limit) = authority.path_length else { continue };
        let between = &walk.certificates[1..place];
        let count = between.iter().filter(|one| !one.is_self_issued()).count();
        if u32::try_from(count).is_ok_and(|count| count <= limit) {
            continue;
        }
        let names: Vec<_> = between.iter().map(|one| format!("`{}`", one.subject)).collect();
        let found = CAUSE
            .found(format!(
                "`{}` allows {limit} authorities below it, and the chain has {count}",
                authority.subject
            ))
            .because(format!("below it: {}", names.join(", ")))
            .because(format!("its basic constraints have pathlen:{limit} (RFC 5280, 4.2.1.9)"))
            .fix(
                Place::WindowsPrompt,
                "request the certificate of the server from an authority that may issue it, or renew \
                 the authority with a greater path length (CAPolicy.inf: PathLength)",
                ["certutil -renewCert ReuseKeys"],
            );
        all.push(found);
    }
    all
}
