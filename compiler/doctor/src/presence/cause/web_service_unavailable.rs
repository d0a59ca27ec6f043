//! `web-service-unavailable`: Exchange answers with an error of the server.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{Endpoint, Observations};
use crate::presence::seen::{path, statuses};
use crate::presence::words::NOT_USED;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "web-service-unavailable",
        "Exchange answers with an error of the server",
        include_str!("../../pages/web-service-unavailable.md"),
    ),
    step: Step::Http,
    sources: &[Source::Public("status codes of IIS")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let is_broken = |status: u16| matches!(status, 500..=599);
    let broken: Vec<_> = seen
        .exchanges
        .iter()
        .filter(|one| {
            one.endpoint != Endpoint::Exchange && one.last_status().is_some_and(is_broken)
        })
        .collect();
    let service = broken.iter().find(|one| one.endpoint == Endpoint::Ews);
    let Some(first) = service.or(broken.first()) else { return Vec::new() };
    let found = CAUSE
        .found(format!("`{}` answers {}", path(first.endpoint), statuses(first)))
        .fix(
            Place::WindowsPrompt,
            "look whether the application pools of Exchange run, and start those that stopped",
            [
                r"%windir%\system32\inetsrv\appcmd list apppool",
                r"%windir%\system32\inetsrv\appcmd start apppool /apppool.name:NAME",
            ],
        )
        .fix(Place::ExchangeShell, "look whether all services run", ["Test-ServiceHealth"]);
    let found = match service {
        Some(_) => found,
        None => found.severity(Severity::Warning).because(NOT_USED),
    };
    let facts = broken.iter().map(|one| format!("GET {}: {}", path(one.endpoint), statuses(one)));
    vec![facts.fold(found, Found::because)]
}
