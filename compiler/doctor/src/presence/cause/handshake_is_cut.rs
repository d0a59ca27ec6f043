//! `handshake-is-cut`: the connection is open, and something ends the handshake of TLS.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check};
use crate::found::{Found, Place};
use crate::presence::observation::{HandshakeFailure, Observations};
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "handshake-is-cut",
        "the connection is open, and something ends the handshake of TLS",
        include_str!("../../pages/handshake-is-cut.md"),
    ),
    step: Step::Tls,
    sources: &[CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(handshake) = &seen.handshake else { return Vec::new() };
    let time = handshake.milliseconds;
    let fact = match &handshake.failure {
        Some(HandshakeFailure::Closed) => format!("the connection was closed after {time} ms"),
        Some(HandshakeFailure::TimedOut) => format!("nothing answered within {time} ms"),
        Some(HandshakeFailure::Other(text)) => format!("after {time} ms: {text}"),
        _ => return Vec::new(),
    };
    let port = seen.port;
    let mut found = CAUSE
        .found(format!("port {port} is open, but the handshake of TLS does not end"))
        .because(fact)
        .fix(
            Place::Network,
            "exempt this connection from inspection; a firewall that inspects TLS cuts it like this",
            [format!("permit tcp PRESENCE-SERVER {} port {port} without inspection", seen.gateway)],
        )
        .fix(
            Place::WindowsPrompt,
            "look whether a certificate is bound to the port",
            ["netsh http show sslcert"],
        );
    if let Some(open) = seen.connections.iter().find(|one| one.failure.is_none()) {
        let (address, time) = (open.address, open.milliseconds);
        found = found.because(format!("the connection to {address} was open after {time} ms"));
    }
    vec![found]
}
