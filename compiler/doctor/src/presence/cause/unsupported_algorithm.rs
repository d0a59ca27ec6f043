//! `unsupported-algorithm`: a certificate has an algorithm that presence servers may not support.

use adr_diagnostic::{Finding, Severity};

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::presence::observation::{Certificate, Observations};
use crate::presence::words::CALENDAR_GUIDE;
use crate::step::Step;
use std::collections::BTreeSet;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "unsupported-algorithm",
        "a certificate has an algorithm that presence servers may not support",
        include_str!("../../pages/unsupported-algorithm.md"),
    ),
    step: Step::Certificate,
    sources: &[CALENDAR_GUIDE, Source::Standard("RFC 5280")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(walk) = seen.walk() else { return Vec::new() };
    let mut named = BTreeSet::new();
    let mut all = Vec::new();
    for one in &walk.certificates {
        // nobody verifies the signature of a certificate that signed itself
        let signature = (!one.is_self_signed()).then_some(one.signature_algorithm.as_str());
        for algorithm in signature.into_iter().chain([one.public_key.algorithm.as_str()]) {
            let Some((why, severity)) = verdict(algorithm) else { continue };
            if named.insert((&one.subject, algorithm)) {
                all.push(found(one, algorithm, why).severity(severity));
            }
        }
    }
    all
}

fn found(one: &Certificate, algorithm: &str, why: &str) -> Found {
    CAUSE
        .found(format!("`{}` uses `{algorithm}`", one.subject))
        .because(why)
        .because(format!("its serial number is {}", one.serial))
        .fix(
            Place::WindowsPrompt,
            "let the authority sign with sha256RSA (PKCS #1 v1.5) from now on",
            [
                r"certutil -setreg CA\csp\AlternateSignatureAlgorithm 0",
                r"certutil -setreg CA\csp\CNGHashAlgorithm SHA256",
                "net stop certsvc && net start certsvc",
            ],
        )
        .fix(
            Place::ExchangeShell,
            "request a new certificate with an RSA key",
            ["New-ExchangeCertificate -GenerateRequest -KeySize 2048 -SubjectName \"CN=HOST\" -DomainName HOST"],
        )
}

/// What is known about an algorithm that may not work, and how serious it is.
fn verdict(algorithm: &str) -> Option<(&'static str, Severity)> {
    let name = algorithm.to_ascii_lowercase();
    let has = |part: &str| name.contains(part);
    if has("md2") || has("md4") || has("md5") {
        return Some(("libraries of TLS reject signatures with MD5 (RFC 6151)", Severity::Error));
    }
    if has("sha1") {
        return Some((
            "newer libraries of TLS reject signatures with SHA-1 (RFC 9155)",
            Severity::Warning,
        ));
    }
    if has("pss") {
        return Some(("the guides list no signature of the kind RSASSA-PSS", Severity::Warning));
    }
    if has("25519") || has("448") || has("dsa") && !has("ecdsa") {
        return Some(("the guides list no keys of this kind", Severity::Warning));
    }
    let is_number = name.starts_with(|c: char| c.is_ascii_digit());
    is_number.then_some(("the number of this algorithm is unknown to adrc too", Severity::Warning))
}
