//! `unreadable-server-certificate`: a certificate that the server sends cannot be read.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::Observations;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "unreadable-server-certificate",
        "a certificate that the server sends cannot be read",
        include_str!("../../pages/unreadable-server-certificate.md"),
    ),
    step: Step::Certificate,
    sources: &[Source::Standard("RFC 5280")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(chain) = seen.chain.as_ref().filter(|chain| !chain.unreadable.is_empty()) else {
        return Vec::new();
    };
    let (message, severity) = match chain.is_leaf_unreadable() {
        true => ("the certificate of the server cannot be read", Severity::Error),
        false => (
            "a certificate that the server sends besides its own cannot be read",
            Severity::Warning,
        ),
    };
    let found = CAUSE.found(message).severity(severity).fix(
        Place::ExchangeShell,
        "assign another certificate to IIS",
        [
            "Get-ExchangeCertificate",
            "Enable-ExchangeCertificate -Thumbprint THUMBPRINT -Services IIS",
        ],
    );
    let facts = chain.unreadable.iter().take(SHOWN).map(|why| format!("certificate {why}"));
    vec![facts.fold(found, Found::because)]
}

/// The most certificates that are listed.
const SHOWN: usize = 5;
