//! `frozen-after-mailbox-move`: a state does not change any more since the mailbox was moved.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check};
use crate::found::{Found, Place};
use crate::presence::codes::codes_of;
use crate::presence::observation::{Observations, Symptom};
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "frozen-after-mailbox-move",
        "a state does not change any more since the mailbox was moved",
        include_str!("../../pages/frozen-after-mailbox-move.md"),
    ),
    step: Step::PresenceServer,
    sources: &[CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let facts = seen.calls_with(codes_of(CAUSE.finding.name));
    let is_seen = seen.symptoms.contains(&Symptom::FrozenAfterMove);
    if facts.is_empty() && !is_seen {
        return Vec::new();
    }
    let found =
        CAUSE.found("Exchange does not signal to the presence server that a mailbox moved").fix(
            Place::CucmPage,
            "switch calendars off and on again for the user, after the move",
            ["User Management > End User > USER > Include meeting information in presence"],
        );
    let found = facts.into_iter().fold(found, Found::because);
    vec![if is_seen {
        found.because("the state is frozen since a move, by `--symptom`")
    } else {
        found
    }]
}
