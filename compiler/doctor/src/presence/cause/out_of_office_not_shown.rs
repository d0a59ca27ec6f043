//! `out-of-office-not-shown`: Out of Office is not shown by a setting of the presence server.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check};
use crate::found::{Found, Place};
use crate::presence::observation::{Observations, Symptom};
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "out-of-office-not-shown",
        "Out of Office is not shown by a setting of the presence server",
        include_str!("../../pages/out-of-office-not-shown.md"),
    ),
    step: Step::PresenceServer,
    sources: &[CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    if !seen.symptoms.contains(&Symptom::OutOfOfficeNotShown) {
        return Vec::new();
    }
    let found = CAUSE
        .found("the service parameter Calendar Out of Office Information is off")
        .because("Out of Office is not shown, by `--symptom`")
        .fix(
            Place::CucmPage,
            "switch it on",
            ["System > Service Parameters > Cisco Presence Engine > Calendar Out of Office Information"],
        );
    vec![found]
}
