//! `account-not-judged`: nothing says whether the server takes the account that was given.

use adr_diagnostic::{Finding, Severity};

use super::CHECKS;
use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{HttpExchange, Observations, Withheld};
use crate::presence::seen::{form, path, statuses};
use crate::presence::unseen::reason;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "account-not-judged",
        "nothing says whether the server takes the account",
        include_str!("../../pages/account-not-judged.md"),
    ),
    step: Step::Account,
    sources: &[Source::Public("authentication of Exchange Web Services")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    if !seen.has_account || is_judged(seen) || is_explained(seen) {
        return Vec::new();
    }
    let logins: Vec<&HttpExchange> =
        seen.exchanges.iter().filter(|one| one.user.is_some()).collect();
    let found = if let Some(withheld) = seen.withheld {
        CAUSE
            .found("the account was not tried, because its password was not sent")
            .because(reason(withheld))
    } else if seen.is_cut {
        CAUSE
            .found("the account was not tried in each form of its name")
            .because("the time of the look ended before")
    } else if logins.is_empty() {
        CAUSE
            .found("the account was not tried")
            .because("no connection for the login could be opened, or no page asked for one")
    } else {
        CAUSE.found("the answer to the login says nothing about the account")
    };
    let found = logins.iter().map(|one| answer(one)).fold(found, Found::because);
    let found = match logins.iter().any(|one| !one.is_unauthorized()) {
        true => found.fix(
            Place::WindowsPrompt,
            "see in the log of IIS what became of the request; without an entry, something before \
             Exchange answered it",
            [r#"findstr /i "exchange.asmx" C:\inetpub\logs\LogFiles\W3SVC1\*.log"#],
        ),
        false => found,
    };
    let what = match seen.withheld {
        Some(Withheld::UnknownIssuer) => "name the certificates that were uploaded",
        _ => "then look again",
    };
    vec![found.fix(Place::Adrc, what, ["adrc doctor presence GATEWAY --trust DIR --account USER"])]
}

/// Whether a login, or a call that needs one, shows what the server makes of the account.
fn is_judged(seen: &Observations) -> bool {
    seen.exchanges.iter().any(|one| one.user.is_some() && one.is_accepted())
        || seen.ews.iter().any(|one| one.code.is_some())
}

/// Whether another cause already says why the account is not judged: an error on the way to it,
/// anything wrong at its own step, or, without an answer of the server, a warning on the way.
fn is_explained(seen: &Observations) -> bool {
    let has_answers = !seen.exchanges.is_empty();
    let others = CHECKS.iter().filter(|check| !std::ptr::eq(check.cause, &raw const CAUSE));
    others.flat_map(|check| (check.find)(seen)).any(|one| match one.severity {
        Severity::Error => one.cause.step <= Step::Account,
        Severity::Warning if has_answers => one.cause.step == Step::Account,
        Severity::Warning => one.cause.step <= Step::Account,
        Severity::Information => false,
    })
}

/// The answer to a login.
fn answer(one: &HttpExchange) -> String {
    let user = one.user.map_or("", form);
    let leads = match one.redirects.last() {
        Some(page) => format!(" at `{page}`, which may ignore the account of a request"),
        None => String::new(),
    };
    format!("{} as {user}: {}{leads}", path(one.endpoint), statuses(one))
}
