//! `weak-key`: a key is too short for newer libraries.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{Certificate, Observations};
use crate::presence::role::Role;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "weak-key",
        "a key is too short for newer libraries",
        include_str!("../../pages/weak-key.md"),
    ),
    step: Step::Certificate,
    sources: &[Source::Standard("NIST SP 800-131A")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

/// The least bits of an RSA key.
const RSA_BITS: u32 = 2048;

/// RSA keys below this are rejected by every present library.
const RSA_REJECTED: u32 = 1024;

fn find(seen: &Observations) -> Vec<Found> {
    let Some(walk) = seen.walk() else { return Vec::new() };
    let is_weak = |one: &&&Certificate| {
        let key = &one.public_key;
        key.algorithm.eq_ignore_ascii_case("rsa") && (1..RSA_BITS).contains(&key.bits)
    };
    let found = |one: &&Certificate| {
        let bits = one.public_key.bits;
        let severity = if bits < RSA_REJECTED { Severity::Error } else { Severity::Warning };
        let found = CAUSE
            .found(format!("the key of `{}` has {bits} bits", one.subject))
            .because(format!("RSA keys have {RSA_BITS} bits or more since 2014 (NIST SP 800-131A)"))
            .severity(severity);
        match seen.role(one) {
            Role::Server => found.fix(
                Place::ExchangeShell,
                "request a new certificate with a longer key",
                [format!(
                    "New-ExchangeCertificate -GenerateRequest -KeySize {RSA_BITS} -SubjectName \
                     \"CN=HOST\" -DomainName HOST"
                )],
            ),
            _ => found.fix(
                Place::WindowsPrompt,
                format!(
                    "renew the authority with a longer key (CAPolicy.inf: RenewalKeyLength={RSA_BITS}), \
                     then the certificates that it issued"
                ),
                ["certutil -renewCert"],
            ),
        }
    };
    walk.certificates.iter().filter(is_weak).map(found).collect()
}
