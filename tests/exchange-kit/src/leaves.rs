//! Specimens whose own certificate has the property; their issuers are right.

use std::net::IpAddr;

use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, SanType};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::authority::{
    Authority, new_key, new_key_of, parameters, parameters_of_authority, with_unknown_algorithm,
};
use crate::identity::{Identity, UploadedFile};
use crate::specimen::Specimen;

/// Number of names of [`Specimen::ManyNames`].
const MANY: usize = 10_000;

/// A root, and an intermediate below it.
pub(crate) struct Authorities {
    pub(crate) root: Authority,
    pub(crate) intermediate: Authority,
}

impl Authorities {
    pub(crate) fn new() -> Self {
        let root = Authority::root("Zoo Root CA");
        let intermediate = root.intermediate("Zoo Issuing CA");
        Self { root, intermediate }
    }

    /// Both, as files of the folder of uploaded certificates.
    pub(crate) fn uploaded(&self) -> Vec<UploadedFile> {
        let root = UploadedFile::certificate("root", self.root.certificate());
        vec![root, UploadedFile::certificate("issuing", self.intermediate.certificate())]
    }

    /// A server with a leaf of the intermediate: leaf and intermediate are sent, and both
    /// authorities are uploaded.
    pub(crate) fn identity(&self, leaf: &CertificateParams) -> Identity {
        let key = new_key();
        let certificate = self.intermediate.sign(leaf, &key);
        self.identity_of(certificate, &key)
    }

    /// The same with a finished leaf.
    pub(crate) fn identity_of(&self, leaf: CertificateDer<'static>, key: &KeyPair) -> Identity {
        let sent = vec![leaf, self.intermediate.certificate().clone()];
        Identity { sent, key: private(key), uploaded: self.uploaded() }
    }
}

/// The specimen, if its leaf has the property.
pub(crate) fn identity(specimen: Specimen, host: &str) -> Option<Identity> {
    let authorities = Authorities::new();
    let leaf = match specimen {
        Specimen::Right => server(host),
        Specimen::NameInCommonName | Specimen::AddressInCommonName => parameters(host),
        Specimen::NameNotInAlternatives => {
            with_names(parameters(host), &["mail.zoo.example", "autodiscover.zoo.example"])
        }
        Specimen::AnotherCommonName => with_names(parameters("CAS01"), &[host]),
        Specimen::AnotherName => with_names(parameters("mail.zoo.example"), &["mail.zoo.example"]),
        Specimen::Wildcard => {
            let domain = host.split_once('.').map_or(host, |(_, domain)| domain);
            with_names(parameters(&format!("*.{domain}")), &[&format!("*.{domain}")])
        }
        Specimen::Expired => dated(server(host), 2020, 2021),
        Specimen::NotYetValid => dated(server(host), 2040, 2041),
        Specimen::ManyNames => many_names(host),
        Specimen::NulInName => with_names(parameters(host), &[&format!("{host}\0.zoo.example")]),
        Specimen::NegativeSerial | Specimen::UnknownAlgorithm => {
            return Some(patched(specimen, host, &authorities));
        }
        Specimen::EllipticCurve384 | Specimen::Ed25519 => return Some(of_keys(specimen, host)),
        Specimen::SelfSignedLeaf | Specimen::SelfSignedAuthority | Specimen::SelfSignedExpired => {
            return Some(self_signed(specimen, host));
        }
        _ => return None,
    };
    Some(authorities.identity(&leaf))
}

/// The usual parameters of a server: the name is the CN and the only alternative name.
pub(crate) fn server(host: &str) -> CertificateParams {
    with_names(parameters(host), &[host])
}

/// The same parameters with these alternative names, or addresses.
fn with_names(mut parameters: CertificateParams, names: &[&str]) -> CertificateParams {
    parameters.subject_alt_names = names.iter().map(|name| alternative(name)).collect();
    parameters
}

fn alternative(name: &str) -> SanType {
    match name.parse::<IpAddr>() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName(name.try_into().unwrap()),
    }
}

/// The same parameters with another validity: the first of January of two years.
pub(crate) fn dated(mut parameters: CertificateParams, from: i32, to: i32) -> CertificateParams {
    parameters.not_before = rcgen::date_time_ymd(from, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(to, 1, 1);
    parameters
}

fn many_names(host: &str) -> CertificateParams {
    let others = (1..MANY).map(|number| format!("n{number}.zoo.example"));
    let names: Vec<_> = others.chain([host.to_owned()]).collect();
    with_names(parameters(host), &names.iter().map(String::as_str).collect::<Vec<_>>())
}

fn patched(specimen: Specimen, host: &str, authorities: &Authorities) -> Identity {
    let key = new_key();
    let leaf = authorities.intermediate.sign(&server(host), &key);
    let leaf = match specimen {
        Specimen::NegativeSerial => authorities.intermediate.with_serial(&leaf, &[0x80, 1, 2, 3]),
        _ => with_unknown_algorithm(&leaf),
    };
    authorities.identity_of(leaf, &key)
}

fn of_keys(specimen: Specimen, host: &str) -> Identity {
    let algorithm = match specimen {
        Specimen::Ed25519 => &PKCS_ED25519,
        _ => &PKCS_ECDSA_P384_SHA384,
    };
    let key = || new_key_of(algorithm);
    let root = Authority::root_with(key(), parameters_of_authority("Zoo Root CA"));
    let parameters = parameters_of_authority("Zoo Issuing CA");
    let intermediate = root.intermediate_with(key(), parameters);
    let key = key();
    let leaf = intermediate.sign(&server(host), &key);
    Authorities { root, intermediate }.identity_of(leaf, &key)
}

/// A certificate that signs itself. The wizard of IIS sets the name as CN and alternative name, and
/// no basic constraints.
fn self_signed(specimen: Specimen, host: &str) -> Identity {
    let mut leaf = server(host);
    if specimen != Specimen::SelfSignedLeaf {
        leaf.is_ca = parameters_of_authority(host).is_ca;
    }
    if specimen == Specimen::SelfSignedExpired {
        leaf = dated(leaf, 2020, 2021);
    }
    let key = new_key();
    let certificate = leaf.self_signed(&key).unwrap().der().clone();
    let uploaded = vec![UploadedFile::certificate("iis", &certificate)];
    Identity { sent: vec![certificate], key: private(&key), uploaded }
}

/// The key in the form that rustls takes.
pub(crate) fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::try_from(key.serialize_der()).unwrap()
}
