//! `certificate-too-large`: the certificates of the server are larger than libraries of TLS take.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{HandshakeFailure, Observations};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "certificate-too-large",
        "the certificates of the server are larger than libraries of TLS take",
        include_str!("../../pages/certificate-too-large.md"),
    ),
    step: Step::Tls,
    sources: &[Source::Public("the limit of OpenSSL, `SSL_CTX_set_max_cert_list`")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

/// The most bytes that OpenSSL takes by default: `SSL_MAX_CERT_LIST_DEFAULT`.
const OPENSSL_BYTES: u64 = 100 * 1024;

fn find(seen: &Observations) -> Vec<Found> {
    let failure = seen.handshake.as_ref().and_then(|handshake| handshake.failure.as_ref());
    let Some(HandshakeFailure::CertificateTooLarge(bytes)) = failure else { return Vec::new() };
    let severity = match *bytes > OPENSSL_BYTES {
        true => Severity::Error,
        false => Severity::Warning,
    };
    let mut found = CAUSE
        .found(format!("the certificates that the server sends have {bytes} bytes"))
        .severity(severity)
        .because(format!("OpenSSL takes {OPENSSL_BYTES} bytes by default, and adrc takes less"));
    if let Some(leaf) = seen.leaf() {
        let names = leaf.alternative_names.as_ref().map_or(0, Vec::len);
        found = found.because(format!("that of the server has {names} alternative names"));
    }
    let found = found.fix(
        Place::ExchangeShell,
        "request a certificate with only the names that clients use, and assign it to IIS",
        [
            "New-ExchangeCertificate -GenerateRequest -SubjectName \"CN=HOST\" -DomainName HOST",
            "Enable-ExchangeCertificate -Thumbprint THUMBPRINT -Services IIS",
        ],
    );
    vec![found]
}
