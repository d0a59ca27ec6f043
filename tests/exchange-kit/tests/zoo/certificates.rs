//! openssl verifies each certificate of the zoo, and names the same defect.

use std::fs;
use std::path::Path;
use std::process::Command;

use adr_exchange_kit::{Identity, Specimen};
use adr_kit::needs;

/// A name that all specimens have, as far as they have it.
const HOST: &str = "owa.apps.local";

/// What `openssl verify` says: nothing if the certificate is right, else a part of its message.
fn expected(specimen: Specimen) -> Option<&'static str> {
    use Specimen as S;
    Some(match specimen {
        S::NameNotInAlternatives | S::AnotherName => "hostname mismatch",
        // openssl reads no name behind a NUL
        S::NulInName => "hostname mismatch",
        S::IntermediateMissing | S::RootNotUploaded => "unable to get",
        S::NothingUploaded | S::LeafUploaded | S::UploadIsGarbage => "",
        S::RenewedLeaf => "unable to get",
        S::Expired | S::SelfSignedExpired | S::IssuerExpired | S::RootExpired => {
            "certificate has expired"
        }
        S::NotYetValid => "certificate is not yet valid",
        S::IntermediateWithoutConstraints | S::IntermediateDeniesAuthority => {
            "invalid CA certificate"
        }
        S::PathLengthZero => "path length constraint exceeded",
        S::RenewedIssuer => "certificate signature failure",
        S::UnknownAlgorithm => "",
        S::Rsa1024 => "EE certificate key too weak",
        S::Sha1 => "digest algorithm too weak",
        _ => return None,
    })
}

#[test]
fn openssl_names_the_defect_of_each_specimen() {
    needs!("openssl");
    for specimen in Specimen::ALL {
        // the name of this one is an address
        let host = if specimen == Specimen::AddressInCommonName { "10.1.2.3" } else { HOST };
        let identity = specimen.identity(host).unwrap();
        let (is_valid, text) = verify(&identity, host);
        match expected(specimen) {
            None => assert!(is_valid, "{specimen:?}: {text}"),
            Some(part) => assert!(!is_valid && text.contains(part), "{specimen:?}: {text}"),
        }
    }
}

fn verify(identity: &Identity, host: &str) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let sent = identity.sent_pem();
    let end = sent.find("-----END CERTIFICATE-----\n").unwrap() + 26;
    let leaf = write("leaf.pem", &sent[..end]);
    let others = write("others.pem", &sent[end..]);
    let trusted = write("trusted.pem", &identity.uploaded_pem());
    let mut openssl = Command::new("openssl");
    // level 2 asks for keys of 112 bits of security; common names count as with presence servers
    openssl.args(["verify", "-auth_level", "2", "-verify_hostname", host]);
    openssl.args(["-no-CApath", "-no-CAstore", "-CAfile"]).arg(trusted);
    if end < sent.len() {
        openssl.arg("-untrusted").arg(others);
    }
    let output = openssl.arg(leaf).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), text)
}

#[test]
fn openssl_reads_what_was_patched() {
    needs!("openssl");
    let print = |specimen: Specimen| {
        let folder = tempfile::tempdir().unwrap();
        let leaf = folder.path().join("leaf.pem");
        fs::write(&leaf, specimen.identity(HOST).unwrap().sent_pem()).unwrap();
        text_of(&leaf)
    };
    assert!(print(Specimen::NegativeSerial).contains("Serial Number: -"));
    assert!(print(Specimen::UnknownAlgorithm).contains("1.3.6.1.4.1.99999.1"));
    assert_eq!(print(Specimen::ManyNames).matches("DNS:").count(), 10_000);
    assert!(print(Specimen::Rsa1024).contains("1024 bit"));
    assert!(print(Specimen::Sha1).contains("sha1WithRSAEncryption"));
    assert!(!print(Specimen::SelfSignedLeaf).contains("CA:"));
    assert!(print(Specimen::SelfSignedAuthority).contains("CA:TRUE"));
    assert!(!print(Specimen::NameInCommonName).contains("Subject Alternative Name"));
}

fn text_of(certificate: &Path) -> String {
    let mut openssl = Command::new("openssl");
    openssl.args(["x509", "-noout", "-text", "-in"]).arg(certificate);
    let output = openssl.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
