//! `page-in-place-of-ews`: a page answers where Exchange Web Services should ask for an account.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{Endpoint, HttpExchange, Observations};
use crate::presence::seen::{path, statuses};
use crate::presence::words::{CALENDAR_GUIDE, GATEWAY_PAGE};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "page-in-place-of-ews",
        "a page answers where Exchange Web Services should ask for an account",
        include_str!("../../pages/page-in-place-of-ews.md"),
    ),
    step: Step::Http,
    sources: &[CALENDAR_GUIDE, Source::Public("authentication of Exchange Web Services")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let is_page =
        |one: &&HttpExchange| one.page_outside().is_some() || one.last_status() == Some(200);
    let Some(one) = seen.strange_answers().find(is_page) else { return Vec::new() };
    let service = path(Endpoint::Ews);
    let fact = format!("GET {service}: {}, and no question for an account", statuses(one));
    let found = match one.page_outside() {
        Some(page) => CAUSE
            .found(format!("`{service}` leads to the page `{page}`"))
            .because(format!("GET {service}: {} by {}", statuses(one), one.redirects.join(" -> ")))
            .because("Exchange asks for an account there by status 401, and never by a page"),
        None => CAUSE.found(format!("`{service}` is a page that everybody may read")).because(fact),
    };
    let found = found
        .fix(
            Place::Network,
            "if a proxy logs users in before Exchange, let it pass this path without its form",
            [format!("{service}: no pre-authentication")],
        )
        .fix(
            Place::CucmPage,
            "or enter the client access server, which has EWS",
            [format!("{GATEWAY_PAGE}: HOST")],
        )
        .fix(
            Place::ExchangeShell,
            "list the addresses of EWS",
            ["Get-WebServicesVirtualDirectory | Format-List Server,InternalUrl,ExternalUrl"],
        );
    vec![found]
}
