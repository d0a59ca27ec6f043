//! `basic-authentication-off`: the server offers integrated authentication, but not Basic.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{HttpExchange, Observations};
use crate::presence::seen::{path, rejection};
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "basic-authentication-off",
        "the server offers integrated authentication, but not Basic",
        include_str!("../../pages/basic-authentication-off.md"),
    ),
    step: Step::Account,
    sources: &[CALENDAR_GUIDE, Source::Public("authentication of Exchange Web Services")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let service = seen.service();
    let is_integrated = |one: &&HttpExchange| {
        one.endpoint == service
            && one.last_status() == Some(401)
            && !one.offers("basic")
            && (one.offers("ntlm") || one.offers("negotiate"))
    };
    let integrated: Vec<_> = seen.exchanges.iter().filter(is_integrated).collect();
    let Some(first) = integrated.first() else { return Vec::new() };
    let found = CAUSE
        .found(format!("`{}` does not offer Basic authentication", path(first.endpoint)))
        .because(
            "the doctor does not speak NTLM and Negotiate, so it cannot judge the account; the guides \
             say that presence servers from release 9 on speak NTLM",
        )
        .fix(
            Place::ExchangeShell,
            "offer Basic beside integrated authentication",
            [
                "Get-WebServicesVirtualDirectory | Format-List Identity,*Authentication",
                "Set-WebServicesVirtualDirectory -Identity \"SERVER\\EWS (Default Web Site)\" \
                 -BasicAuthentication $true",
            ],
        )
        .fix(Place::WindowsPrompt, "let IIS read it", ["iisreset /noforce"]);
    vec![integrated.into_iter().map(rejection).fold(found, Found::because)]
}
