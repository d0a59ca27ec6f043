//! `name-does-not-resolve`: the name of the gateway has no address.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{Observations, Resolution};
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "name-does-not-resolve",
        "the name of the gateway has no address",
        include_str!("../../pages/name-does-not-resolve.md"),
    ),
    step: Step::Dns,
    sources: &[Source::Blog, CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let gateway = &seen.gateway;
    let found = CAUSE.found(format!("`{gateway}` has no address"));
    let record = format!("{gateway} A ADDRESS");
    let found = match &seen.resolution {
        Some(Resolution::UnknownName) => found
            .because(format!("the name servers do not know `{gateway}`"))
            .fix(Place::DnsServer, "add an address record for the name", [record])
            .fix(Place::CucmCommandLine, DNS_WHAT, DNS),
        Some(Resolution::NoAnswer(text)) => found
            .because(format!("no name server answered: {text}"))
            .fix(Place::CucmCommandLine, DNS_WHAT, DNS)
            .fix(Place::DnsServer, "add an address record for the name if there is none", [record]),
        _ => return Vec::new(),
    };
    vec![found.fix(
        Place::CucmCommandLine,
        "see what the presence server gets for the name",
        [format!("utils network host {gateway}")],
    )]
}

const DNS_WHAT: &str = "name a DNS server that knows it";
const DNS: [&str; 1] = ["set network dns primary ADDRESS"];
