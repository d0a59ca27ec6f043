//! `port-is-closed`: nothing listens on the port of the gateway.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check};
use crate::found::{Found, Place};
use crate::presence::observation::{ConnectionFailure, Observations};
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "port-is-closed",
        "nothing listens on the port of the gateway",
        include_str!("../../pages/port-is-closed.md"),
    ),
    step: Step::Tcp,
    sources: &[CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let is_closed = |failure: &ConnectionFailure| *failure == ConnectionFailure::Refused;
    let closed: Vec<_> = seen.failed_connections(is_closed).collect();
    let Some(first) = closed.first() else { return Vec::new() };
    let port = seen.port;
    let mut found = CAUSE
        .found(format!("port {port} of {} is closed", first.address))
        .fix(
            Place::WindowsPrompt,
            "look what listens on the port, and start IIS if nothing does",
            [format!("netstat -ano | findstr :{port}"), "iisreset /start".to_owned()],
        )
        .fix(
            Place::Network,
            "let the presence server through to the port",
            [format!("permit tcp PRESENCE-SERVER {} port {port}", first.address)],
        );
    for one in &closed {
        let (address, time) = (one.address, one.milliseconds);
        found = found.because(format!("{address} refused the connection after {time} ms"));
    }
    if seen.has_open_connection() {
        found = found.severity(Severity::Warning).because("another address of the name is open");
    }
    vec![found]
}
