//! `deleted-user-still-shown`: a user who was deleted in LDAP is shown for another day.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check};
use crate::found::Found;
use crate::presence::observation::{Observations, Symptom};
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::note(
        "deleted-user-still-shown",
        "a user who was deleted in LDAP is shown for another day",
        include_str!("../../pages/deleted-user-still-shown.md"),
    ),
    step: Step::PresenceServer,
    sources: &[CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    if !seen.symptoms.contains(&Symptom::DeletedUserShown) {
        return Vec::new();
    }
    let found = CAUSE
        .found("deleted users leave with the synchronization of LDAP, up to a day later")
        .because("a deleted user is still shown, by `--symptom`");
    vec![found]
}
