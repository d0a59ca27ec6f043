//! `no-server-certificate`: the server sends no certificate.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::Observations;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "no-server-certificate",
        "the server sends no certificate",
        include_str!("../../pages/no-server-certificate.md"),
    ),
    step: Step::Certificate,
    sources: &[Source::Standard("RFC 8446")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    match &seen.chain {
        Some(chain) if chain.sent.is_empty() && chain.unreadable.is_empty() => {}
        _ => return Vec::new(),
    }
    let found = CAUSE
        .found("the server sends no certificate")
        .because("the handshake was complete, and its list of certificates is empty")
        .fix(
            Place::ExchangeShell,
            "assign a certificate to IIS",
            [
                "Get-ExchangeCertificate",
                "Enable-ExchangeCertificate -Thumbprint THUMBPRINT -Services IIS",
            ],
        );
    vec![found]
}
