//! Every certificate of the zoo, and the causes that it has.

use adr_exchange_kit::{ExchangeStandIn, OpensslServer, Specimen};

use super::examination::{Examination, Seen};

/// Looks at a server of this specimen that is called `localhost`.
fn look(specimen: Specimen) -> Option<Seen> {
    look_as(specimen, "localhost", "localhost")
}

/// Looks by a name at a server whose certificate is for `host`.
fn look_as(specimen: Specimen, host: &str, gateway: &str) -> Option<Seen> {
    let identity = specimen.identity(host);
    if !adr_kit::optional::has("openssl", identity.is_some()) {
        return None;
    }
    let identity = identity?;
    // rustls signs with no key of RSA below 2,048 bits
    let (old, new);
    let address = if specimen == Specimen::Rsa1024 {
        old = OpensslServer::start(&identity, &[])?;
        old.address
    } else {
        new = ExchangeStandIn::start(&identity);
        new.address()
    };
    Some(Examination::of(gateway, address).trust(&identity).run())
}

/// The causes of each specimen for a server that is called by its name, in their order.
fn expected(specimen: Specimen) -> &'static [&'static str] {
    match specimen {
        Specimen::NameNotInAlternatives | Specimen::AnotherName | Specimen::NulInName => {
            &["alternative-name-mismatch"]
        }
        Specimen::Wildcard => &["alternative-name-mismatch"],
        Specimen::SelfSignedLeaf => &["issuer-without-ca-bit"],
        Specimen::IntermediateMissing | Specimen::RootNotUploaded | Specimen::NothingUploaded => {
            &["issuer-missing"]
        }
        Specimen::Expired
        | Specimen::SelfSignedExpired
        | Specimen::IssuerExpired
        | Specimen::RootExpired => &["certificate-expired"],
        Specimen::PathLengthZero => &["path-length-exceeded"],
        Specimen::NotYetValid => &["certificate-not-yet-valid"],
        Specimen::IntermediateWithoutConstraints | Specimen::IntermediateDeniesAuthority => {
            &["issuer-without-ca-bit"]
        }
        Specimen::RenewedIssuer => &["issuer-has-another-key"],
        Specimen::RenewedLeaf => &["issuer-missing", "renewed-certificate"],
        Specimen::LeafUploaded => &["identity-certificate-uploaded"],
        Specimen::UploadIsGarbage => &["issuer-missing", "unreadable-upload"],
        Specimen::Ed25519 | Specimen::Sha1 | Specimen::UnknownAlgorithm => {
            &["unsupported-algorithm"]
        }
        Specimen::ManyNames => &["certificate-too-large"],
        // its server answers with a page of openssl
        Specimen::Rsa1024 => &["page-in-place-of-ews", "weak-key"],
        _ => &[],
    }
}

#[test]
fn certificate_has_the_causes_of_its_specimen() {
    let mut complaints = Vec::new();
    for specimen in Specimen::ALL {
        let Some(seen) = look(specimen) else { continue };
        let mut names = seen.names();
        // once for each certificate
        names.dedup();
        if names != expected(specimen) {
            complaints.push(format!("{specimen:?}: {names:?} of {:?}", expected(specimen)));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
