//! Certificates made here, whole and damaged.

use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    SanType,
};

use super::*;
use crate::presence::observation::AlternativeName;

fn params(common_name: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Apps, Inc.");
    params.distinguished_name.push(DnType::CommonName, common_name);
    params
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = params(name, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn self_signed(params: &CertificateParams) -> Vec<u8> {
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

#[test]
fn parts_of_a_certificate_are_read() {
    let der = self_signed(&params("owa.apps.local", &["owa.apps.local", "192.168.1.100"]));
    let read = Certificate::read(&der).unwrap();
    assert_eq!(read.subject, "CN=owa.apps.local,O=Apps\\, Inc.");
    assert_eq!(read.common_names, ["owa.apps.local"]);
    let names = [
        AlternativeName::Dns("owa.apps.local".to_owned()),
        AlternativeName::Ip([192, 168, 1, 100].into()),
    ];
    assert_eq!(read.alternative_names.as_deref(), Some(&names[..]));
    assert_eq!(read.is_authority, None);
    assert_eq!((&*read.public_key.algorithm, read.public_key.bits), ("EC P-256", 256));
    assert_eq!(read.signature_algorithm, "ecdsa-with-SHA256");
    assert!(read.not_before < read.not_after);
}

#[test]
fn issuers_are_found_by_signatures_and_not_by_names() {
    let (ours, renewed) = (authority("Apps CA"), authority("Apps CA"));
    let key = KeyPair::generate().unwrap();
    let leaf = params("owa", &["owa"]).signed_by(&key, &ours).unwrap();
    let uploaded = [
        ("renewed.cer".to_owned(), Ok(renewed.der().to_vec())),
        ("ca.pem".to_owned(), Ok(ours.pem().into_bytes())),
        ("broken.cer".to_owned(), Ok(b"0\x05abc".to_vec())),
        ("closed.cer".to_owned(), Err("permission denied".to_owned())),
    ];
    let chain = Chain::read(&[leaf.der().to_vec()], Some(&uploaded));
    let entries = chain.uploaded.unwrap();
    let [renewed, ours] = [0, 1].map(|at| entries[at].certificate.clone().unwrap());
    assert_eq!(chain.sent[0].signed_by, [ours.sha256.as_str()]);
    assert_eq!(ours.signed_by, [ours.sha256.as_str()]);
    assert_eq!(renewed.signed_by, [renewed.sha256.as_str()]);
    assert_eq!(ours.is_authority, Some(true));
    assert!(entries[2].certificate.as_ref().unwrap_err().contains("DER"));
    assert_eq!(entries[3].certificate.as_ref().unwrap_err(), "permission denied");
}

#[test]
fn signature_that_cannot_be_verified_here_is_not_of_another_key() {
    let ours = authority("Apps CA");
    let leaf = params("owa", &["owa"]).signed_by(&KeyPair::generate().unwrap(), &ours).unwrap();
    let uploaded = [("ca.cer".to_owned(), Ok(ours.der().to_vec()))];
    // ecdsa-with-SHA256 becomes ecdsa-with-SHA512, whose numbers differ in the last byte
    let number = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    let mut der = leaf.der().to_vec();
    let places: Vec<usize> = (0..der.len()).filter(|at| der[*at..].starts_with(&number)).collect();
    assert_eq!(places.len(), 2);
    for place in places {
        der[place + 7] = 4;
    }
    let chain = Chain::read(&[der], Some(&uploaded));
    let root = chain.uploaded.unwrap()[0].certificate.clone().unwrap();
    assert_eq!(chain.sent[0].signature_algorithm, "ecdsa-with-SHA512");
    assert!(chain.sent[0].signed_by.is_empty());
    assert_eq!(chain.sent[0].perhaps_signed_by, [root.sha256]);
    // one that can be verified and is wrong is of another key
    let mut der = leaf.der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    let chain = Chain::read(&[der], Some(&uploaded));
    assert!(chain.sent[0].signed_by.is_empty() && chain.sent[0].perhaps_signed_by.is_empty());
}

#[test]
fn kinds_of_signatures_that_are_verified_here_are_known() {
    let file = ("signatures.pem".to_owned(), Ok(include_bytes!("tests/signatures.pem").to_vec()));
    let chain = Chain::read(&[], Some(&[file]));
    let all = chain.uploaded.unwrap().into_iter().map(|one| one.certificate.unwrap());
    let (mut verified, mut unknown) = (Vec::new(), Vec::new());
    for one in all {
        let name = one.common_names[0].clone();
        let own = std::slice::from_ref(&one.sha256);
        match (one.signed_by == own, one.perhaps_signed_by == own) {
            (true, false) => verified.push(name),
            (false, true) => unknown.push(name),
            other => panic!("{name}: {other:?}"),
        }
    }
    let expected =
        ["rsa-2048-sha256", "rsa-2048-sha1", "rsa-1024-sha1", "p256-sha384", "pss-sha256"];
    assert_eq!(verified, expected);
    let expected = [
        "rsa-2048-md5",
        "rsa-2048-sha224",
        "rsa-1024-sha256",
        "p256-sha512",
        "p521-sha256",
        "dsa-sha256",
        "pss-sha1",
        "pss-short-salt",
    ];
    assert_eq!(unknown, expected);
}

#[test]
fn path_length_is_read() {
    let mut params = params("Apps CA", &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    assert_eq!(Certificate::read(&self_signed(&params)).unwrap().path_length, Some(0));
    let read = Certificate::read(authority("Apps CA").der()).unwrap();
    assert_eq!((read.is_authority, read.path_length), (Some(true), None));
}

#[test]
fn pkcs7_gives_each_certificate() {
    let certificates = [authority("One").der().to_vec(), authority("Two").der().to_vec()];
    let pkcs7 = pkcs7(&certificates);
    let read: Vec<_> = in_file(&pkcs7).into_iter().map(Result::unwrap).collect();
    assert_eq!(read, certificates);
    // one that ends too early gives what is whole, or says that it is damaged
    for length in 0..pkcs7.len() {
        let cut = in_file(&pkcs7[..length]);
        assert!(cut.iter().flatten().all(|it| certificates.contains(it)) || cut.len() == 1);
    }
}

fn pkcs7(certificates: &[Vec<u8>]) -> Vec<u8> {
    let data = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    let signed = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    let inner = [
        vec![2, 1, 1],
        tagged(0x31, &[]),
        tagged(0x30, &data),
        tagged(0xa0, &certificates.concat()),
        tagged(0x31, &[]),
    ];
    let content = tagged(0xa0, &tagged(0x30, &inner.concat()));
    tagged(0x30, &[&signed[..], &content].concat())
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, length[0], length[1]], content].concat()
}

#[test]
fn ten_thousand_names_are_read_and_more_than_the_limit_are_rejected() {
    let with_names = |count: usize| {
        let mut params = params("many", &[]);
        let name = |number| SanType::DnsName(format!("h{number}").try_into().unwrap());
        params.subject_alt_names = (0..count).map(name).collect();
        Certificate::read(&self_signed(&params))
    };
    assert_eq!(with_names(10_000).unwrap().alternative_names.unwrap().len(), 10_000);
    assert!(with_names(MAX_NAMES + 1).unwrap_err().contains("more than"));
}

#[test]
fn nul_in_a_name_is_kept_and_escaped_in_the_subject() {
    let mut params = params("owa.apps.local\0.evil.example", &[]);
    params.subject_alt_names = vec![SanType::DnsName("owa.apps.local\0.evil".try_into().unwrap())];
    let read = Certificate::read(&self_signed(&params)).unwrap();
    assert_eq!(read.common_names, ["owa.apps.local\0.evil.example"]);
    assert!(read.subject.contains("owa.apps.local\\00.evil"), "{}", read.subject);
    let name = AlternativeName::Dns("owa.apps.local\0.evil".to_owned());
    assert_eq!(read.alternative_names, Some(vec![name]));
}

#[test]
fn negative_serial_and_unknown_algorithm_are_read() {
    let mut params = params("odd", &[]);
    params.serial_number = Some(vec![0x7f, 0x01].into());
    let mut der = self_signed(&params);
    let at = der.windows(4).position(|it| it == [2, 2, 0x7f, 0x01]).unwrap();
    der[at + 2] = 0xff;
    assert_eq!(Certificate::read(&der).unwrap().serial, "-ff");
    // ecdsa-with-SHA256, twice, becomes a number that nobody knows
    let known = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    for at in 0..der.len() - known.len() {
        if der[at..at + known.len()] == known {
            der[at + 7] = 0x7f;
        }
    }
    let chain = Chain::read(&[der], None);
    assert_eq!(chain.sent[0].signature_algorithm, "1.2.840.10045.4.3.127");
    assert!(chain.sent[0].signed_by.is_empty());
}

#[test]
fn more_certificates_than_the_limit_are_reported() {
    let der = self_signed(&params("owa", &[]));
    let chain = Chain::read(&vec![der; MAX_SENT + 5], None);
    assert_eq!((chain.sent.len(), chain.unreadable.len()), (MAX_SENT, 1));
    assert_eq!(chain.uploaded, None);
}

#[test]
fn private_keys_are_not_kept() {
    let key = KeyPair::generate().unwrap().serialize_pem();
    assert!(in_file(key.as_bytes())[0].is_err());
}

fn any_der() -> impl Strategy<Value = Vec<u8>> {
    let der = self_signed(&params("owa.apps.local", &["owa.apps.local", "10.0.0.1"]));
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (changes, any::<prop::sample::Index>(), any::<bool>()).prop_map(move |(changes, end, cut)| {
        let mut der = der.clone();
        for (at, byte) in changes {
            let at = at.index(der.len());
            der[at] = byte;
        }
        if cut {
            der.truncate(end.index(der.len()));
        }
        der
    })
}

proptest! {
    #[test]
    fn damaged_certificates_never_panic(der in any_der()) {
        let file = in_file(&der);
        prop_assert!(!file.is_empty());
        let uploaded = [("damaged.cer".to_owned(), Ok(der.clone()))];
        let chain = Chain::read(&[der], Some(&uploaded));
        prop_assert_eq!(chain.sent.len() + chain.unreadable.len(), 1);
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for it in in_file(&bytes).into_iter().flatten() {
            let _ = Certificate::read(&it);
        }
    }
}
