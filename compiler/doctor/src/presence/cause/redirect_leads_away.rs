//! `redirect-leads-away`: redirects lead to another host or in a circle.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check};
use crate::found::{Found, Place};
use crate::presence::observation::{HttpFailure, Observations};
use crate::presence::seen::path;
use crate::presence::words::{CALENDAR_GUIDE, GATEWAY_PAGE, NOT_USED};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "redirect-leads-away",
        "redirects lead to another host or in a circle",
        include_str!("../../pages/redirect-leads-away.md"),
    ),
    step: Step::Http,
    sources: &[CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let lost = seen.exchanges.iter().filter_map(|one| match one.failure {
        Some(HttpFailure::OtherHost) => Some((one, "to another host")),
        Some(HttpFailure::RedirectLoop) => Some((one, "in a circle")),
        _ => None,
    });
    let lost: Vec<_> = lost.collect();
    let service = lost.iter().find(|(one, _)| one.endpoint == seen.service());
    let Some((first, way)) = service.or(lost.first()) else { return Vec::new() };
    let found = CAUSE
        .found(format!("`{}` redirects {way}", path(first.endpoint)))
        .fix(
            Place::CucmPage,
            "enter the host that answers in the end",
            [format!("{GATEWAY_PAGE}: HOST")],
        )
        .fix(
            Place::ExchangeShell,
            "list the addresses of EWS",
            ["Get-WebServicesVirtualDirectory | Format-List Server,InternalUrl,ExternalUrl"],
        );
    let found = match service {
        Some(_) => found,
        None => found.severity(Severity::Information).because(NOT_USED),
    };
    let facts = lost.iter().map(|(one, way)| {
        let steps = one.redirects.join(" -> ");
        format!("{} redirects {way}: {steps}", path(one.endpoint))
    });
    vec![facts.fold(found, Found::because)]
}
