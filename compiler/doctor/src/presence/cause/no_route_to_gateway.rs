//! `no-route-to-gateway`: the network cannot reach the gateway.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check};
use crate::found::{Found, Place};
use crate::presence::observation::{ConnectionFailure, Observations};
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "no-route-to-gateway",
        "the network cannot reach the gateway",
        include_str!("../../pages/no-route-to-gateway.md"),
    ),
    step: Step::Tcp,
    sources: &[CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let is_lost = |failure: &ConnectionFailure| {
        matches!(failure, ConnectionFailure::Unreachable | ConnectionFailure::Other(_))
    };
    let lost: Vec<_> = seen.failed_connections(is_lost).collect();
    let Some(first) = lost.first() else { return Vec::new() };
    let mut found = CAUSE.found(format!("{} cannot be reached", first.address)).fix(
        Place::CucmCommandLine,
        "see where the way from the presence server ends",
        [format!("utils network traceroute {}", first.address), "show network route".to_owned()],
    );
    for one in &lost {
        found = found.because(match &one.failure {
            Some(ConnectionFailure::Other(text)) => format!("{}: {text}", one.address),
            _ => format!("a router or this machine has no route to {}", one.address),
        });
    }
    if seen.has_open_connection() {
        found = found.severity(Severity::Warning).because("another address of the name is open");
    }
    vec![found]
}
