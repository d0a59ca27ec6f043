//! `engine-not-restarted`: the Presence Engine runs since before the last change.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{Observations, Symptom};
use crate::presence::seen::day;
use crate::presence::words::{CALENDAR_GUIDE, RESTART, RESTART_WHAT};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "engine-not-restarted",
        "the Presence Engine runs since before the last change",
        include_str!("../../pages/engine-not-restarted.md"),
    ),
    step: Step::PresenceServer,
    sources: &[Source::Blog, CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let is_seen = seen.symptoms.contains(&Symptom::ChangeWithoutEffect);
    let times = (seen.server.engine_started, seen.server.changed);
    let found = match times {
        (Some(started), Some(changed)) if started < changed => CAUSE
            .found("the Presence Engine runs since before the last change")
            .because(format!("it started on {}", day(started)))
            .because(format!(
                "gateways or certificates changed {} later, on {}",
                duration(changed.saturating_sub(started)),
                day(changed),
            )),
        (Some(_), Some(_)) => return Vec::new(),
        _ if is_seen => CAUSE
            .found("the Presence Engine may run since before the last change")
            .severity(Severity::Warning)
            .because("a change has no effect, by `--symptom`"),
        _ => return Vec::new(),
    };
    let found = found.fix(Place::CucmCommandLine, RESTART_WHAT, [RESTART]).fix(
        Place::CucmCommandLine,
        "see when it started",
        ["utils service list"],
    );
    vec![found]
}

/// A time in its largest unit.
fn duration(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} seconds"),
        120..7_200 => format!("{} minutes", seconds / 60),
        7_200..172_800 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
