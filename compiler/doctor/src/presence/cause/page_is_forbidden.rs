//! `page-is-forbidden`: the web server of Exchange forbids a page before it asks for a user.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{Endpoint, HttpExchange, Observations};
use crate::presence::seen::{path, statuses};
use crate::presence::words::NOT_USED;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "page-is-forbidden",
        "the web server of Exchange forbids a page before it asks for a user",
        include_str!("../../pages/page-is-forbidden.md"),
    ),
    step: Step::Http,
    sources: &[Source::Public("status codes of IIS")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let forbidden: Vec<_> = seen
        .exchanges
        .iter()
        .filter(|one| one.endpoint != Endpoint::Ews && one.last_status() == Some(403))
        .collect();
    let Some(first) = forbidden.first() else { return Vec::new() };
    let page = path(first.endpoint);
    let found = CAUSE.found(format!("`{page}` is forbidden")).fix(
        Place::WindowsPrompt,
        "look which rule of IIS forbids it: addresses, client certificates, or SSL",
        [
            format!(
                r#"%windir%\system32\inetsrv\appcmd list config "Default Web Site{page}" /section:access"#
            ),
            format!(
                r#"%windir%\system32\inetsrv\appcmd list config "Default Web Site{page}" /section:ipSecurity"#
            ),
        ],
    );
    let is_service = |one: &&HttpExchange| {
        one.endpoint == seen.service()
            && one.last_status() == Some(403)
            && one.header("x-ews-policy-reason").is_none()
    };
    let found = match seen.exchanges.iter().find(is_service) {
        Some(_) => found,
        None => found.severity(Severity::Information).because(NOT_USED),
    };
    let facts =
        forbidden.iter().map(|one| format!("GET {}: {}", path(one.endpoint), statuses(one)));
    vec![facts.fold(found, Found::because)]
}
