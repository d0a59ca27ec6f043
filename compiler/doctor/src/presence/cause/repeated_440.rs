//! `repeated-440`: Exchange asks for its login form again and again.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{HttpExchange, Observations};
use crate::presence::seen::{path, statuses};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "repeated-440",
        "Exchange asks for its login form again and again",
        include_str!("../../pages/repeated-440.md"),
    ),
    step: Step::Account,
    sources: &[Source::Blog],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let count = |one: &HttpExchange| one.statuses.iter().filter(|status| **status == 440).count();
    let again: Vec<_> = seen.exchanges.iter().filter(|one| count(one) > 1).collect();
    let Some(first) = again.first() else { return Vec::new() };
    let found = CAUSE
        .found(format!("`{}` answers 440 {} times", path(first.endpoint), count(first)))
        .fix(
            Place::ExchangeShell,
            "use standard authentication in place of the form on the virtual directory",
            [
                "Get-OwaVirtualDirectory | Format-List Identity,FormsAuthentication,BasicAuthentication",
                "Set-OwaVirtualDirectory -Identity \"SERVER\\exchange (Default Web Site)\" \
                 -BasicAuthentication $true -FormsAuthentication $false",
            ],
        )
        .fix(Place::WindowsPrompt, "let IIS read it", ["iisreset /noforce"]);
    let facts = again.iter().map(|one| format!("{}: {}", path(one.endpoint), statuses(one)));
    vec![facts.fold(found, Found::because)]
}
