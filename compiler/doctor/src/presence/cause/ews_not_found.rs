//! `ews-not-found`: the gateway has no Exchange Web Services.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{Endpoint, Observations};
use crate::presence::seen::{path, statuses};
use crate::presence::words::{CALENDAR_GUIDE, GATEWAY_PAGE};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "ews-not-found",
        "the gateway has no Exchange Web Services",
        include_str!("../../pages/ews-not-found.md"),
    ),
    step: Step::Http,
    sources: &[CALENDAR_GUIDE, Source::Public("status codes of IIS")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    // without OWA too it is `not-an-exchange-server`
    let has_other_pages = !seen.is_missing(Endpoint::Owa)
        && seen.exchanges.iter().any(|one| one.endpoint == Endpoint::Owa);
    if !seen.is_missing(Endpoint::Ews) || !has_other_pages {
        return Vec::new();
    }
    let found = CAUSE
        .found(format!("`{}` does not exist on `{}`", path(Endpoint::Ews), seen.gateway))
        .fix(
            Place::ExchangeShell,
            "list the addresses of EWS, and see whether the server has the directory",
            ["Get-WebServicesVirtualDirectory | Format-List Server,InternalUrl,ExternalUrl"],
        )
        .fix(Place::CucmPage, "enter a host that has it", [format!("{GATEWAY_PAGE}: HOST")]);
    let found = match seen.has_webdav() {
        true => found.severity(Severity::Warning).because(
            "`/exchange` answers, so it may be WebDAV, which presence servers of release 8 use with \
             Exchange 2003 and 2007",
        ),
        false => found,
    };
    let pages = seen.exchanges.iter().filter(|one| one.endpoint == Endpoint::Ews);
    let facts = pages.map(|one| format!("GET {}: {}", path(one.endpoint), statuses(one)));
    vec![facts.fold(found, Found::because)]
}
