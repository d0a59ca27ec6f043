//! `unknown-authentication`: the server offers no way to log in that Exchange has.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{HttpExchange, Observations};
use crate::presence::seen::path;
use crate::presence::words::{CALENDAR_GUIDE, GATEWAY_PAGE};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "unknown-authentication",
        "the server offers no way to log in that Exchange has",
        include_str!("../../pages/unknown-authentication.md"),
    ),
    step: Step::Account,
    sources: &[CALENDAR_GUIDE, Source::Public("authentication of Exchange Web Services")],
};

/// The schemes of Exchange, each of which has a check of its own.
const OF_EXCHANGE: [&str; 4] = ["basic", "ntlm", "negotiate", "bearer"];

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let service = seen.service();
    let is_unknown = |one: &&HttpExchange| {
        one.endpoint == service
            && one.user.is_none()
            && one.failure.is_none()
            && one.is_unauthorized()
            && one.page_outside().is_none()
            && !OF_EXCHANGE.iter().any(|scheme| one.offers(scheme))
    };
    let Some(one) = seen.exchanges.iter().find(is_unknown) else { return Vec::new() };
    let page = path(one.endpoint);
    let (message, offer) = match one.schemes.is_empty() {
        true => (
            format!("`{page}` answers 401 and does not say how to log in"),
            format!("{page}: 401 without the header WWW-Authenticate"),
        ),
        false => (
            format!("`{page}` offers `{}` only", one.schemes.join(", ")),
            format!("{page}: 401, offers {}", one.schemes.join(", ")),
        ),
    };
    let found = CAUSE
        .found(message)
        .because(offer)
        .because("Exchange offers Basic, NTLM, Negotiate or Bearer, and presence servers use these")
        .fix(
            Place::ExchangeShell,
            "see what the virtual directories offer, and let Exchange offer Basic",
            [
                "Get-WebServicesVirtualDirectory | Format-List Identity,*Authentication",
                "Set-WebServicesVirtualDirectory -Identity \"SERVER\\EWS (Default Web Site)\" \
                 -BasicAuthentication $true",
            ],
        )
        .fix(
            Place::CucmPage,
            "if another server answers, enter the client access server",
            [format!("{GATEWAY_PAGE}: HOST")],
        );
    vec![found]
}
