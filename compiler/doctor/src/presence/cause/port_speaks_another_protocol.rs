//! `port-speaks-another-protocol`: the port of the gateway does not speak TLS.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{HandshakeFailure, Observations};
use crate::presence::words::{CALENDAR_GUIDE, GATEWAY_PAGE};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "port-speaks-another-protocol",
        "the port of the gateway does not speak TLS",
        include_str!("../../pages/port-speaks-another-protocol.md"),
    ),
    step: Step::Tls,
    sources: &[Source::Standard("RFC 8446"), CALENDAR_GUIDE],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let failure = seen.handshake.as_ref().and_then(|handshake| handshake.failure.as_ref());
    let Some(HandshakeFailure::OtherProtocol(protocol)) = failure else { return Vec::new() };
    let port = seen.port;
    let found = CAUSE
        .found(format!("port {port} does not speak TLS"))
        .because(format!("the first bytes of the answer look like {protocol}"))
        .fix(
            Place::CucmPage,
            "enter the port of HTTPS, usually 443",
            [format!("{GATEWAY_PAGE}: {}", seen.gateway)],
        )
        .fix(
            Place::WindowsPrompt,
            "look which port has a certificate",
            ["netsh http show sslcert"],
        );
    vec![found]
}
