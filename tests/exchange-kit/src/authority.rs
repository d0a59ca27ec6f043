//! Authorities: keys whose certificates sign others.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SignatureAlgorithm, SigningKey as _,
};
use rustls::pki_types::CertificateDer;

use crate::der::{Element, INTEGER};

/// A key, and the certificate that says whose it is.
#[derive(Debug)]
pub struct Authority {
    parameters: CertificateParams,
    key: KeyPair,
    certificate: CertificateDer<'static>,
}

impl Authority {
    /// An authority that signs itself, with a new key of P-256.
    #[must_use]
    pub fn root(name: &str) -> Self {
        Self::root_with(new_key(), parameters_of_authority(name))
    }

    /// An authority with this key that signs itself, with these parameters.
    #[must_use]
    pub fn root_with(key: KeyPair, parameters: CertificateParams) -> Self {
        let certificate = parameters.self_signed(&key).unwrap().der().clone();
        Self { parameters, key, certificate }
    }

    /// An authority whose certificate this one signs.
    #[must_use]
    pub fn intermediate(&self, name: &str) -> Self {
        self.intermediate_with(new_key(), parameters_of_authority(name))
    }

    /// An authority with this key whose certificate this one signs, with these parameters.
    #[must_use]
    pub fn intermediate_with(&self, key: KeyPair, parameters: CertificateParams) -> Self {
        let certificate = self.sign(&parameters, &key);
        Self { parameters, key, certificate }
    }

    /// A certificate of this authority for another key.
    #[must_use]
    pub fn sign(&self, parameters: &CertificateParams, key: &KeyPair) -> CertificateDer<'static> {
        let issuer = Issuer::from_params(&self.parameters, &self.key);
        parameters.signed_by(key, &issuer).unwrap().der().clone()
    }

    /// The certificate of the authority.
    #[must_use]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The key of the authority, as PKCS #8.
    #[must_use]
    pub fn key(&self) -> &KeyPair {
        &self.key
    }

    /// The same certificate with another serial number, signed again. The number is the content of
    /// an `INTEGER`: with the highest bit it is negative.
    #[must_use]
    pub fn with_serial(
        &self,
        certificate: &CertificateDer<'_>,
        serial: &[u8],
    ) -> CertificateDer<'static> {
        let [body, algorithm, _] = parts(certificate);
        let mut fields = body.children();
        let at = fields.iter().position(|field| field.tag == INTEGER).unwrap();
        fields[at] = Element::new(INTEGER, serial);
        let body = Element::sequence(&fields);
        let signature = self.key.sign(&body.bytes()).unwrap();
        joined(&[body, algorithm, Element::bits(&signature)])
    }
}

/// The same certificate with a signature by an algorithm that nobody knows.
pub(crate) fn with_unknown_algorithm(certificate: &CertificateDer<'_>) -> CertificateDer<'static> {
    /// 1.3.6.1.4.1.99999.1: a private number that nobody has.
    const NUMBER: [u8; 9] = [0x2b, 0x06, 0x01, 0x04, 0x01, 0x86, 0x8d, 0x1f, 0x01];
    let [body, _, signature] = parts(certificate);
    let mut fields = body.children();
    // behind the serial number
    let at = fields.iter().position(|field| field.tag == INTEGER).unwrap() + 1;
    fields[at] = Element::algorithm(&NUMBER);
    joined(&[Element::sequence(&fields), Element::algorithm(&NUMBER), signature])
}

/// The three parts of a certificate: what is signed, the algorithm, and the signature.
fn parts(certificate: &CertificateDer<'_>) -> [Element; 3] {
    let (whole, _) = Element::read(certificate);
    whole.children().try_into().unwrap()
}

fn joined(parts: &[Element; 3]) -> CertificateDer<'static> {
    Element::sequence(parts).bytes().into()
}

/// A new key of P-256.
pub(crate) fn new_key() -> KeyPair {
    KeyPair::generate().unwrap()
}

/// A new key of this algorithm; not of RSA, which needs [`openssl`](crate::openssl).
pub(crate) fn new_key_of(algorithm: &'static SignatureAlgorithm) -> KeyPair {
    KeyPair::generate_for(algorithm).unwrap()
}

/// The parameters of an authority: CA of the basic constraints, without a limit of the path.
pub(crate) fn parameters_of_authority(name: &str) -> CertificateParams {
    let mut parameters = parameters(name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters
}

/// The parameters of a certificate with this common name, without names of a server.
pub(crate) fn parameters(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2045, 1, 1);
    parameters
}
