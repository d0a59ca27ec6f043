//! `modern-authentication-only`: the server takes tokens of modern authentication only.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{HttpExchange, Observations};
use crate::presence::seen::{path, rejection};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "modern-authentication-only",
        "the server takes tokens of modern authentication only",
        include_str!("../../pages/modern-authentication-only.md"),
    ),
    step: Step::Account,
    sources: &[Source::Public("modern authentication of Exchange")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let service = seen.service();
    let is_modern = |one: &&HttpExchange| {
        one.endpoint == service
            && one.last_status() == Some(401)
            && one.offers("bearer")
            && !["basic", "ntlm", "negotiate"].iter().any(|scheme| one.offers(scheme))
    };
    let modern: Vec<_> = seen.exchanges.iter().filter(is_modern).collect();
    let Some(first) = modern.first() else { return Vec::new() };
    let found = CAUSE
        .found(format!("`{}` takes tokens of modern authentication only", path(first.endpoint)))
        .fix(
            Place::ExchangeShell,
            "see which policy blocks Basic, and take the service account out of it (on premises)",
            [
                "Get-AuthenticationPolicy | Format-List Name,AllowBasicAuth*",
                "Set-User ACCOUNT -AuthenticationPolicy POLICY",
            ],
        )
        .fix(
            Place::CucmPage,
            "or use a gateway with OAuth, which presence servers from release 12.5 on offer for \
             Office 365",
            ["Presence > Gateways > Authentication Type: OAuth"],
        );
    vec![modern.into_iter().map(rejection).fold(found, Found::because)]
}
