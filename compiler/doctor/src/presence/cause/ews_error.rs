//! `ews-error`: Exchange Web Services answer with another error.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::codes::cause_of_code;
use crate::presence::observation::Observations;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "ews-error",
        "Exchange Web Services answer with another error",
        include_str!("../../pages/ews-error.md"),
    ),
    step: Step::Mailbox,
    sources: &[Source::Public("response codes of Exchange Web Services")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let mut facts = Vec::new();
    let mut first = None;
    let mut has_foreign = false;
    for one in seen.telling_answers() {
        let what = match (&one.code, one.status) {
            (Some(code), _) if code != "NoError" && cause_of_code(code).is_none() => code.clone(),
            // 401 is about the account, and 403 is `ews-blocked`
            (None, 401 | 403) => continue,
            (None, status) => {
                has_foreign |= matches!(status, 200..=299);
                format!("status {status} without a response code")
            }
            _ => continue,
        };
        facts.push(format!("{:?}: {what}", one.call));
        first.get_or_insert(what);
    }
    let Some(first) = first else { return Vec::new() };
    let found = CAUSE.found(format!("a call of Exchange Web Services ends with `{first}`")).fix(
        Place::ExchangeShell,
        "test the service with a mailbox of your own",
        ["Test-WebServicesConnectivity -ClientAccessServer SERVER"],
    );
    let found = facts.into_iter().fold(found, Found::because);
    vec![match has_foreign {
        true => found
            .because("a success of Exchange Web Services has a response code: this answer is not one of them"),
        false => found,
    }]
}
