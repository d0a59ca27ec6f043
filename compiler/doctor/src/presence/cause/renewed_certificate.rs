//! `renewed-certificate`: the uploaded certificate of the server has the right name and another
//! key.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check};
use crate::found::{Found, Place};
use crate::presence::observation::{Certificate, Observations};
use crate::presence::seen::day;
use crate::presence::trust::End;
use crate::presence::words::{CALENDAR_GUIDE, RESTART, RESTART_WHAT, UPLOAD_PAGE};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "renewed-certificate",
        "the uploaded certificate of the server has the right name and another key",
        include_str!("../../pages/renewed-certificate.md"),
    ),
    step: Step::Certificate,
    sources: &[CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(chain) = &seen.chain else { return Vec::new() };
    let (Some(leaf), Some(walk)) = (chain.leaf(), seen.walk()) else { return Vec::new() };
    if walk.end == End::Trusted || chain.has_uploaded(leaf) {
        return Vec::new();
    }
    let is_former = |one: &&Certificate| {
        one.subject == leaf.subject && one.public_key.sha256 != leaf.public_key.sha256
    };
    let Some(former) = chain.readable().find(is_former) else { return Vec::new() };
    let found = CAUSE
        .found(format!("the uploaded `{}` has another key than the server", leaf.subject))
        .because(format!(
            "uploaded: serial number {}, until {}",
            former.serial,
            day(former.not_after)
        ))
        .because(format!("sent: serial number {}, until {}", leaf.serial, day(leaf.not_after)))
        .fix(
            Place::CucmPage,
            "delete the old certificate, and upload that of the issuer, which outlives renewals",
            [format!("{UPLOAD_PAGE}: ca.pem")],
        )
        .fix(Place::CucmCommandLine, RESTART_WHAT, [RESTART]);
    vec![found]
}
