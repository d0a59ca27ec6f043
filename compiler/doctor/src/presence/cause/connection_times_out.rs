//! `connection-times-out`: nothing answers a connection to the gateway.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check};
use crate::found::{Found, Place};
use crate::presence::observation::{ConnectionFailure, Observations};
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "connection-times-out",
        "nothing answers a connection to the gateway",
        include_str!("../../pages/connection-times-out.md"),
    ),
    step: Step::Tcp,
    sources: &[CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let is_silent = |failure: &ConnectionFailure| *failure == ConnectionFailure::TimedOut;
    let silent: Vec<_> = seen.failed_connections(is_silent).collect();
    let Some(first) = silent.first() else { return Vec::new() };
    let port = seen.port;
    let mut found = CAUSE
        .found(format!("{} does not answer on port {port}", first.address))
        .fix(
            Place::Network,
            "let the presence server through to the port; a firewall that drops packets looks so",
            [format!("permit tcp PRESENCE-SERVER {} port {port}", first.address)],
        )
        .fix(
            Place::CucmCommandLine,
            "see from the presence server whether the address answers",
            [format!("utils network ping {}", first.address)],
        );
    for one in &silent {
        let (address, time) = (one.address, one.milliseconds);
        found = found.because(format!("{address} did not answer within {time} ms"));
    }
    if seen.has_open_connection() {
        found = found.severity(Severity::Warning).because("another address of the name is open");
    }
    vec![found]
}
