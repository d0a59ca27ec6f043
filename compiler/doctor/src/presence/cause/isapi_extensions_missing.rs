//! `isapi-extensions-missing`: the mailbox server cannot run the extension for `/exchange`.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{Endpoint, Observations};
use crate::presence::seen::statuses;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "isapi-extensions-missing",
        "the mailbox server cannot run the extension for `/exchange`",
        include_str!("../../pages/isapi-extensions-missing.md"),
    ),
    step: Step::Http,
    sources: &[Source::Blog],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let broken = seen.exchanges.iter().find(|one| {
        one.endpoint == Endpoint::Exchange && matches!(one.last_status(), Some(500 | 503))
    });
    let Some(broken) = broken else { return Vec::new() };
    let found = CAUSE
        .found(format!("`/exchange` answers {}", statuses(broken)))
        .because(format!("GET /exchange: {}", statuses(broken)))
        .fix(
            Place::WindowsPrompt,
            "install the role service ISAPI Extensions on the mailbox server, then restart IIS",
            ["ServerManagerCmd -install Web-ISAPI-Ext Web-ISAPI-Filter", "iisreset /noforce"],
        )
        .fix(
            Place::WindowsPrompt,
            "if both are there, look whether the application pool of Exchange runs",
            [r"%windir%\system32\inetsrv\appcmd list apppool"],
        );
    vec![found]
}
