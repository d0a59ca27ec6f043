//! Which certificates a session accepts.

use adr_cucm::axl::GetCcmVersion;
use adr_cucm_client::{
    CaError, CallError, Cluster, Fingerprint, Trust, TrustFailure, UntrustedCertificate,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::server::{Identity, Reply, Server};
use crate::soap;

fn server(identity: Identity) -> Server {
    Server::with_identity(identity, |_, _| Reply::ok(soap::release("14.0.1")))
}

async fn untrusted(cluster: &Cluster) -> UntrustedCertificate {
    match cluster.session().unwrap().call(&GetCcmVersion).await {
        Err(CallError::Certificate(untrusted)) => untrusted,
        other => panic!("{other:?}"),
    }
}

fn trust_in(pem: &str) -> Result<Trust, CaError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, pem).unwrap();
    Trust::from_ca_file(&path)
}

/// An authority, and its certificate in PEM.
fn authority() -> (Issuer<'static, KeyPair>, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    (Issuer::new(params, key), pem)
}

fn params(name: &str) -> CertificateParams {
    CertificateParams::new([name.to_owned()]).unwrap()
}

#[tokio::test]
async fn unknown_certificate_is_an_error_with_its_fingerprint() {
    let server = server(Identity::self_signed("127.0.0.1"));
    let untrusted = untrusted(&server.cluster_with(Trust::Nothing)).await;
    assert_eq!(untrusted.failure, TrustFailure::Unknown);
    assert_eq!(untrusted.fingerprint, server.fingerprint);
    assert!(server.requests().is_empty());

    let trust = Trust::Fingerprints(vec![untrusted.fingerprint]);
    let session = server.cluster_with(trust).session().unwrap();
    assert_eq!(session.call(&GetCcmVersion).await.unwrap(), "14.0.1");
}

#[tokio::test]
async fn pinned_fingerprint_accepts_only_its_certificate() {
    let server = server(Identity::self_signed("another-name"));
    let cluster = server.cluster();
    assert_eq!(cluster.session().unwrap().call(&GetCcmVersion).await.unwrap(), "14.0.1");

    let other = Trust::Fingerprints(vec![Fingerprint::of(b"other")]);
    let untrusted = untrusted(&server.cluster_with(other)).await;
    assert_eq!(untrusted.failure, TrustFailure::OtherFingerprint);
    assert_eq!(untrusted.fingerprint, server.fingerprint);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn file_of_an_authority_accepts_what_it_issued_for_the_name() {
    let (issuer, pem) = authority();
    let good = server(Identity::issued(&params("127.0.0.1"), &issuer));
    let session = good.cluster_with(trust_in(&pem).unwrap()).session().unwrap();
    assert_eq!(session.call(&GetCcmVersion).await.unwrap(), "14.0.1");

    let other_name = server(Identity::issued(&params("cucm"), &issuer));
    let failure = untrusted(&other_name.cluster_with(trust_in(&pem).unwrap())).await.failure;
    assert_eq!(failure, TrustFailure::OtherName);

    let mut old = params("127.0.0.1");
    old.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let expired = server(Identity::issued(&old, &issuer));
    let failure = untrusted(&expired.cluster_with(trust_in(&pem).unwrap())).await.failure;
    assert_eq!(failure, TrustFailure::Expired);

    let (_, other) = authority();
    let failure = untrusted(&good.cluster_with(trust_in(&other).unwrap())).await.failure;
    assert_eq!(failure, TrustFailure::OtherIssuer);
    assert_eq!(good.requests().len(), 1);
}

#[tokio::test]
async fn file_of_a_self_signed_certificate_accepts_this_certificate() {
    let identity = Identity::self_signed("cucm-pub");
    let pem = identity.pem.clone();
    let server = server(identity);
    let session = server.cluster_with(trust_in(&pem).unwrap()).session().unwrap();
    assert_eq!(session.call(&GetCcmVersion).await.unwrap(), "14.0.1");
}

#[test]
fn unusable_file_of_certificates_is_an_error() {
    let pem = Identity::self_signed("a").pem;
    let damaged = format!("{pem}{}", pem.replace("MII", "AAA"));
    assert!(matches!(trust_in(""), Err(CaError::NoCertificate { .. })));
    assert!(matches!(trust_in("no PEM"), Err(CaError::NoCertificate { .. })));
    assert!(matches!(trust_in(&damaged), Err(CaError::Damaged { number: 2, .. })));
    let missing = Trust::from_ca_file("/does/not/exist".as_ref());
    assert!(matches!(missing, Err(CaError::Unreadable { .. })));
}
