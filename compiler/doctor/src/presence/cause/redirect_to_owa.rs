//! `redirect-to-owa`: `/exchange` redirects to `/owa`, which is normal.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::Found;
use crate::presence::observation::{Endpoint, HttpExchange, Observations};
use crate::presence::seen::statuses;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::note(
        "redirect-to-owa",
        "`/exchange` redirects to `/owa`, which is normal",
        include_str!("../../pages/redirect-to-owa.md"),
    ),
    step: Step::Http,
    sources: &[Source::Blog],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let is_normal = |one: &&HttpExchange| {
        one.endpoint == Endpoint::Exchange && one.failure.is_none() && one.ends_at_owa()
    };
    let Some(one) = seen.exchanges.iter().find(is_normal) else { return Vec::new() };
    let found = CAUSE
        .found("`/exchange` is the address of WebDAV, and a browser is sent on to `/owa`")
        .because(format!("GET /exchange: {} by {}", statuses(one), one.redirects.join(" -> ")));
    vec![found]
}
