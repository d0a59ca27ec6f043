//! `not-an-exchange-server`: the gateway has neither OWA nor EWS.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check};
use crate::found::{Found, Place};
use crate::presence::observation::{Endpoint, Observations};
use crate::presence::seen::{path, statuses};
use crate::presence::words::{CALENDAR_GUIDE, GATEWAY_PAGE};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "not-an-exchange-server",
        "the gateway has neither OWA nor EWS",
        include_str!("../../pages/not-an-exchange-server.md"),
    ),
    step: Step::Http,
    sources: &[CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let of = |endpoint| {
        let answers = seen.exchanges.iter().filter(move |one| one.endpoint == endpoint);
        answers.filter(|one| one.last_status().is_some()).collect::<Vec<_>>()
    };
    let pages = [of(Endpoint::Owa), of(Endpoint::Ews)].concat();
    let is_missing = !of(Endpoint::Ews).is_empty()
        && pages.iter().all(|one| matches!(one.last_status(), Some(404 | 410)));
    if !is_missing {
        return Vec::new();
    }
    let gateway = &seen.gateway;
    let found = CAUSE.found(format!("`{gateway}` is not a client access server of Exchange")).fix(
        Place::CucmPage,
        "enter the client access server, which has EWS",
        [format!("{GATEWAY_PAGE}: HOST")],
    );
    let found = found.fix(
        Place::ExchangeShell,
        "list the addresses of EWS",
        ["Get-WebServicesVirtualDirectory | Format-List Server,InternalUrl,ExternalUrl"],
    );
    let facts = pages.iter().map(|one| format!("GET {}: {}", path(one.endpoint), statuses(one)));
    vec![facts.fold(found, Found::because)]
}
