//! `account-rejected`: the server rejects the account in every form that was tried.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{HttpExchange, Observations, Symptom};
use crate::presence::seen::{diagnostics, form, path};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "account-rejected",
        "the server rejects the account in every form that was tried",
        include_str!("../../pages/account-rejected.md"),
    ),
    step: Step::Account,
    sources: &[Source::Blog],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let facts = rejected(seen);
    // one of the forms that were not tried may be the right one
    if facts.is_empty() || seen.is_cut {
        return Vec::new();
    }
    let found = facts
        .into_iter()
        .fold(CAUSE.found("the account is rejected in every form that was tried"), Found::because);
    let has = |symptom| seen.symptoms.contains(&symptom);
    let found = match (has(Symptom::OwnLoginWorks), has(Symptom::OwnLoginFails)) {
        (true, _) => found.because("a user can log in with their own name, so it is this account"),
        (_, true) => found.because("a user cannot log in either, so it is the server"),
        _ => found.fix(
            Place::ClientPc,
            "let a user log in to OWA with their own name; if that works, it is the account",
            [format!("https://{}/owa", seen.gateway)],
        ),
    };
    let found = if has(Symptom::OwnLoginFails) {
        found.fix(
            Place::ExchangeShell,
            "look at the authentication of the virtual directories",
            ["Get-WebServicesVirtualDirectory | Format-List Identity,*Authentication"],
        )
    } else {
        found.fix(
            Place::WindowsPrompt,
            "look whether the account is locked, expired, or has to change its password",
            ["net user ACCOUNT /domain"],
        )
    };
    let found = found.fix(
        Place::CucmPage,
        "enter name and password again",
        ["Presence > Gateways > Account Name, Account Password"],
    );
    vec![found]
}

/// What proves that Basic was offered and the account rejected at an endpoint; empty if it was not.
fn rejected(seen: &Observations) -> Vec<String> {
    // one endpoint that takes the account proves it
    if seen.exchanges.iter().any(|one| one.user.is_some() && one.is_accepted()) {
        return Vec::new();
    }
    for attempts in seen.attempts() {
        let is_rejected = |one: &&HttpExchange| {
            one.is_unauthorized() && (one.schemes.is_empty() || one.offers("basic"))
        };
        if attempts.is_empty() || !attempts.iter().all(is_rejected) {
            continue;
        }
        let fact = |one: &&HttpExchange| {
            let user = one.user.map_or("", form);
            format!("{} as {user}: 401{}", path(one.endpoint), diagnostics(one))
        };
        return attempts.iter().map(fact).collect();
    }
    let was_tried = seen.exchanges.iter().any(|one| one.user.is_some());
    let calls = seen.ews.iter().filter(|one| one.status == 401 && !was_tried);
    calls.map(|one| format!("{:?}: 401", one.call)).collect()
}
