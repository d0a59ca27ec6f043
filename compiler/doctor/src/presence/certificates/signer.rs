//! Which certificate issued which, by their signatures.

use std::collections::HashMap;

use x509_parser::certificate::X509Certificate;
use x509_parser::error::X509Error;
use x509_parser::prelude::FromDer;

use super::MAX_SIGNATURES;
use super::read::{identity, rsa_bits};

/// The least bits of an RSA key for which signatures with SHA-2 are verified here.
const RSA_BITS: u32 = 2048;

/// The least bits of an RSA key for which signatures with SHA-1 are verified here.
const RSA_BITS_SHA1: u32 = 1024;

/// The most bits of an RSA key for which signatures are verified here.
const MAX_RSA_BITS: u32 = 8192;

/// Those that signed a certificate, by their identities.
#[derive(Clone, Default)]
pub(super) struct Signers {
    /// Their keys made its signature.
    pub(super) certain: Vec<String>,
    /// They have the name of its issuer, and signatures of this kind cannot be verified here.
    pub(super) possible: Vec<String>,
}

/// What is known about the key of an issuer and a signature.
enum Verdict {
    Made,
    NotMade,
    Unverifiable,
}

/// For each of these certificates those among them that signed it. One that cannot be read has
/// none. After [`MAX_SIGNATURES`] signatures, all others count as not verifiable.
pub(super) fn signers(all: &[&[u8]]) -> Vec<Signers> {
    let parsed: Vec<Option<(String, X509Certificate<'_>)>> = all
        .iter()
        .map(|der| {
            let (_, certificate) = X509Certificate::from_der(der).ok()?;
            Some((identity(&certificate), certificate))
        })
        .collect();
    let mut by_subject: HashMap<&[u8], Vec<&(String, X509Certificate<'_>)>> = HashMap::new();
    for known in parsed.iter().flatten() {
        let same = by_subject.entry(known.1.subject().as_raw()).or_default();
        if same.iter().all(|other| other.0 != known.0) {
            same.push(known);
        }
    }
    let mut left = MAX_SIGNATURES;
    let mut of_identity: HashMap<&str, Signers> = HashMap::new();
    let mut result = Vec::new();
    for known in &parsed {
        let Some((own, certificate)) = known else {
            result.push(Signers::default());
            continue;
        };
        let signers = of_identity.entry(own).or_insert_with(|| {
            let mut signers = Signers::default();
            let namesakes = by_subject.get(certificate.issuer().as_raw());
            for (identity, issuer) in namesakes.into_iter().flatten() {
                let verdict = match left {
                    0 => Verdict::Unverifiable,
                    _ => verdict(certificate, issuer),
                };
                left = left.saturating_sub(1);
                match verdict {
                    Verdict::Made => signers.certain.push(identity.clone()),
                    Verdict::Unverifiable => signers.possible.push(identity.clone()),
                    Verdict::NotMade => {}
                }
            }
            signers
        });
        result.push(signers.clone());
    }
    result
}

fn verdict(certificate: &X509Certificate<'_>, issuer: &X509Certificate<'_>) -> Verdict {
    let signature = certificate.signature_algorithm.algorithm.to_id_string();
    let key = issuer.public_key();
    let kind = key.algorithm.algorithm.to_id_string();
    // a key of another kind did not make it
    if key_kind(&signature).is_some_and(|needed| needed != kind) {
        return Verdict::NotMade;
    }
    let is_verifiable = match &*kind {
        RSA => {
            let least = if is_sha1(&signature) { RSA_BITS_SHA1 } else { RSA_BITS };
            // RSASSA-PSS with a salt of unusual length is right and cannot be verified here
            signature != RSASSA_PSS && (least..=MAX_RSA_BITS).contains(&rsa_bits(key))
        }
        _ => true,
    };
    match certificate.verify_signature(Some(key)) {
        Ok(()) => Verdict::Made,
        Err(X509Error::SignatureVerificationError) if is_verifiable => Verdict::NotMade,
        Err(_) => Verdict::Unverifiable,
    }
}

const RSA: &str = "1.2.840.113549.1.1.1";
const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
const EC: &str = "1.2.840.10045.2.1";
const DSA: &str = "1.2.840.10040.4.1";
const ED25519: &str = "1.3.101.112";

/// RSA with SHA-1, in the numbers of PKCS #1 and of OIW.
fn is_sha1(signature: &str) -> bool {
    matches!(signature, "1.2.840.113549.1.1.5" | "1.3.14.3.2.29")
}

/// The kind of key that makes signatures of an algorithm; `None` if there are several, or it is not
/// known.
fn key_kind(signature: &str) -> Option<&'static str> {
    match signature {
        RSASSA_PSS => None,
        ED25519 => Some(ED25519),
        _ if is_sha1(signature) || signature.starts_with("1.2.840.113549.1.1.") => Some(RSA),
        _ if signature.starts_with("1.2.840.10045.4.") => Some(EC),
        _ if signature.starts_with("1.2.840.10040.4.") => Some(DSA),
        _ => None,
    }
}
