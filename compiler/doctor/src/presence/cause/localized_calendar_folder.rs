//! `localized-calendar-folder`: the calendar folder has another name in the language of the users.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check};
use crate::found::{Found, Place};
use crate::presence::locale::calendar_names;
use crate::presence::observation::{Observations, Symptom};
use crate::presence::words::{CALENDAR_GUIDE, RESTART, RESTART_WHAT};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "localized-calendar-folder",
        "the calendar folder has another name in the language of the users",
        include_str!("../../pages/localized-calendar-folder.md"),
    ),
    step: Step::PresenceServer,
    sources: &[CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let is_seen = seen.symptoms.contains(&Symptom::LocalizedCalendar);
    let locale = seen.server.user_locale.as_deref();
    let expected = locale.and_then(calendar_names).unwrap_or_default();
    let mut facts = Vec::new();
    for gateway in seen.server.gateways.iter().flatten() {
        let name = gateway.calendar_name.as_deref().unwrap_or("Calendar");
        if !expected.is_empty() && !expected.contains(&name) {
            facts.push(format!("the gateway `{}` looks for the folder `{name}`", gateway.name));
        }
    }
    let is_certain = !facts.is_empty();
    if !is_certain && !is_seen {
        return Vec::new();
    }
    let language = locale.unwrap_or("another language");
    let found = CAUSE
        .found(format!(
            "calendars of users with {language} have another name than the gateway says"
        ))
        .severity(if is_certain { Severity::Error } else { Severity::Warning });
    let mut found = facts.into_iter().fold(found, Found::because);
    if let Some(name) = expected.first() {
        found = found.because(format!("Exchange calls the folder `{name}` in {language}"));
    }
    if is_seen {
        found =
            found.because("calendars of users with another language are not found, by `--symptom`");
    }
    let found = found
        .fix(
            Place::CucmCommandLine,
            "see what the gateway says",
            ["run sql select * from pebackendgateway"],
        )
        .fix(
            Place::CucmPage,
            "set the locale of the users, and save the gateway again",
            ["System > Service Parameters > Cisco Presence Engine > Calendaring"],
        )
        .fix(Place::CucmCommandLine, RESTART_WHAT, [RESTART]);
    vec![found]
}
