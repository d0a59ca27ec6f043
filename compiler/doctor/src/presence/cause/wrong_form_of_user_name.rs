//! `wrong-form-of-user-name`: the server takes the account in another form of its name.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::Observations;
use crate::presence::seen::{form, path};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "wrong-form-of-user-name",
        "the server takes the account in another form of its name",
        include_str!("../../pages/wrong-form-of-user-name.md"),
    ),
    step: Step::Account,
    sources: &[Source::Blog],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    for attempts in seen.attempts() {
        // the form in which the account was given is tried first
        let Some(first) = attempts.first() else { continue };
        let taken: Vec<_> = attempts.iter().filter(|one| one.is_accepted()).collect();
        let (Some(given), Some(best)) = (first.user, taken.first().and_then(|one| one.user)) else {
            continue;
        };
        if !first.is_unauthorized() {
            continue;
        }
        let page = path(first.endpoint);
        let found = CAUSE
            .found(format!(
                "`{page}` rejects the name in the form {}, and takes {}",
                form(given),
                form(best)
            ))
            .fix(
                Place::CucmPage,
                "write the account in the form that the server takes",
                [format!("Presence > Gateways > Account Name: {}", form(best).trim_matches('`'))],
            );
        let facts = attempts.iter().filter_map(|one| {
            let status = one.last_status()?;
            Some(format!("{page} as {}: {status}", form(one.user?)))
        });
        return vec![facts.fold(found, Found::because)];
    }
    Vec::new()
}
