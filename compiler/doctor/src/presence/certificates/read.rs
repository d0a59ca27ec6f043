//! The parts of one certificate.

use std::fmt::Write;
use std::net::IpAddr;

use sha2::{Digest, Sha256};
use x509_parser::asn1_rs::Oid;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension, X509Extension};
use x509_parser::oid_registry::{OID_X509_EXT_BASIC_CONSTRAINTS, OID_X509_EXT_SUBJECT_ALT_NAME};
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::name::{bounded, common_names, text};
use super::{MAX_CERTIFICATE_BYTES, MAX_NAMES};
use crate::presence::observation::{AlternativeName, Certificate, PublicKey};

/// Names of signature algorithms, as OpenSSL and Windows show them.
const SIGNATURES: [(&str, &str); 16] = [
    ("1.2.840.113549.1.1.2", "md2WithRSAEncryption"),
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption"),
    ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption"),
    ("1.3.14.3.2.29", "sha1WithRSAEncryption"),
    ("1.2.840.113549.1.1.10", "rsassaPss"),
    ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption"),
    ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption"),
    ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption"),
    ("1.2.840.113549.1.1.14", "sha224WithRSAEncryption"),
    ("1.2.840.10040.4.3", "dsa-with-SHA1"),
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1"),
    ("1.2.840.10045.4.3.2", "ecdsa-with-SHA256"),
    ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384"),
    ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
];

/// Names and sizes of curves.
const CURVES: [(&str, &str, u32); 4] = [
    ("1.2.840.10045.3.1.7", "EC P-256", 256),
    ("1.3.132.0.34", "EC P-384", 384),
    ("1.3.132.0.35", "EC P-521", 521),
    ("1.3.132.0.10", "EC secp256k1", 256),
];

/// The most digits of a serial number that are kept. RFC 5280 allows 40.
const MAX_SERIAL_DIGITS: usize = 128;

pub(super) fn certificate(der: &[u8]) -> Result<Certificate, String> {
    if der.len() > MAX_CERTIFICATE_BYTES {
        return Err(format!("it is larger than {MAX_CERTIFICATE_BYTES} bytes"));
    }
    let (_, parsed) = X509Certificate::from_der(der)
        .map_err(|_| "it is not a certificate of X.509, or it is damaged".to_owned())?;
    Ok(Certificate {
        subject: text(parsed.subject()),
        common_names: common_names(parsed.subject()),
        issuer: text(parsed.issuer()),
        serial: serial(parsed.raw_serial()),
        not_before: parsed.validity().not_before.timestamp(),
        not_after: parsed.validity().not_after.timestamp(),
        alternative_names: alternative_names(&parsed)?,
        is_authority: is_authority(&parsed),
        path_length: path_length(&parsed),
        public_key: public_key(parsed.public_key()),
        signature_algorithm: named(&SIGNATURES, &parsed.signature_algorithm.algorithm),
        sha256: hexadecimal(&Sha256::digest(parsed.as_raw())),
        signed_by: Vec::new(),
        perhaps_signed_by: Vec::new(),
    })
}

/// SHA-256 of a certificate: its identity.
pub(super) fn identity(parsed: &X509Certificate<'_>) -> String {
    hexadecimal(&Sha256::digest(parsed.as_raw()))
}

/// The first extension of a kind.
fn extension<'c>(parsed: &'c X509Certificate<'_>, kind: &Oid<'_>) -> Option<&'c X509Extension<'c>> {
    parsed.iter_extensions().find(|extension| extension.oid == *kind)
}

fn alternative_names(parsed: &X509Certificate<'_>) -> Result<Option<Vec<AlternativeName>>, String> {
    let Some(extension) = extension(parsed, &OID_X509_EXT_SUBJECT_ALT_NAME) else {
        return Ok(None);
    };
    let ParsedExtension::SubjectAlternativeName(names) = extension.parsed_extension() else {
        return Ok(Some(vec![AlternativeName::Other("unreadable".to_owned())]));
    };
    if names.general_names.len() > MAX_NAMES {
        return Err(format!("it has more than {MAX_NAMES} subject alternative names"));
    }
    Ok(Some(names.general_names.iter().map(alternative_name).collect()))
}

fn alternative_name(name: &GeneralName<'_>) -> AlternativeName {
    let other = |kind: &str| AlternativeName::Other(kind.to_owned());
    match name {
        GeneralName::DNSName(name) => AlternativeName::Dns(bounded(name)),
        GeneralName::IPAddress(bytes) => match address(bytes) {
            Some(address) => AlternativeName::Ip(address),
            None => other("iPAddress of unknown length"),
        },
        GeneralName::RFC822Name(_) => other("rfc822Name"),
        GeneralName::DirectoryName(_) => other("directoryName"),
        GeneralName::URI(_) => other("uniformResourceIdentifier"),
        GeneralName::OtherName(..) => other("otherName"),
        GeneralName::RegisteredID(_) => other("registeredID"),
        GeneralName::X400Address(_) => other("x400Address"),
        GeneralName::EDIPartyName(_) => other("ediPartyName"),
        GeneralName::Invalid(..) => other("invalid"),
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from).ok();
    four.or_else(|| <[u8; 16]>::try_from(bytes).map(IpAddr::from).ok())
}

fn is_authority(parsed: &X509Certificate<'_>) -> Option<bool> {
    match extension(parsed, &OID_X509_EXT_BASIC_CONSTRAINTS)?.parsed_extension() {
        ParsedExtension::BasicConstraints(constraints) => Some(constraints.ca),
        _ => Some(false),
    }
}

fn path_length(parsed: &X509Certificate<'_>) -> Option<u32> {
    match extension(parsed, &OID_X509_EXT_BASIC_CONSTRAINTS)?.parsed_extension() {
        ParsedExtension::BasicConstraints(constraints) => constraints.path_len_constraint,
        _ => None,
    }
}

fn public_key(key: &SubjectPublicKeyInfo<'_>) -> PublicKey {
    let sha256 = hexadecimal(&Sha256::digest(key.raw));
    let (algorithm, bits) = match &*key.algorithm.algorithm.to_id_string() {
        "1.2.840.113549.1.1.1" => ("RSA".to_owned(), rsa_bits(key)),
        "1.2.840.10045.2.1" => curve(key),
        "1.2.840.10040.4.1" => ("DSA".to_owned(), 0),
        "1.3.101.112" => ("Ed25519".to_owned(), 256),
        "1.3.101.113" => ("Ed448".to_owned(), 456),
        unknown => (unknown.to_owned(), 0),
    };
    PublicKey { algorithm, bits, sha256 }
}

pub(super) fn rsa_bits(key: &SubjectPublicKeyInfo<'_>) -> u32 {
    let Ok(x509_parser::public_key::PublicKey::RSA(rsa)) = key.parsed() else {
        return 0;
    };
    let first = rsa.modulus.iter().position(|byte| *byte != 0);
    let digits = &rsa.modulus[first.unwrap_or(rsa.modulus.len())..];
    let leading = digits.first().map_or(0, |byte| byte.leading_zeros());
    u32::try_from(digits.len() * 8).map_or(0, |bits| bits - leading)
}

fn curve(key: &SubjectPublicKeyInfo<'_>) -> (String, u32) {
    let parameters = key.algorithm.parameters.as_ref();
    let Some(curve) = parameters.and_then(|it| it.as_oid().ok()) else {
        return ("EC with a curve of its own".to_owned(), 0);
    };
    let curve = curve.to_id_string();
    match CURVES.iter().find(|(known, ..)| *known == curve) {
        Some((_, name, bits)) => ((*name).to_owned(), *bits),
        None => (format!("EC {curve}"), 0),
    }
}

fn named(names: &[(&str, &str)], number: &Oid<'_>) -> String {
    let number = number.to_id_string();
    match names.iter().find(|(known, _)| *known == number) {
        Some((_, name)) => (*name).to_owned(),
        None => bounded(&number),
    }
}

/// A serial number of two's complement.
fn serial(bytes: &[u8]) -> String {
    let is_negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let mut magnitude = bytes.to_vec();
    if is_negative {
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
        }
    }
    let digits = hexadecimal(&magnitude);
    let digits = digits.trim_start_matches('0');
    let shown = digits.get(..MAX_SERIAL_DIGITS).map(|start| format!("{start}…"));
    let shown = match digits {
        "" => "0".to_owned(),
        digits if digits.len() <= MAX_SERIAL_DIGITS => digits.to_owned(),
        digits => shown.unwrap_or_else(|| digits.to_owned()),
    };
    format!("{}{shown}", if is_negative { "-" } else { "" })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::serial;

    #[test]
    fn serial_numbers_keep_their_sign() {
        assert_eq!(serial(&[]), "0");
        assert_eq!(serial(&[0]), "0");
        assert_eq!(serial(&[0x00, 0xff]), "ff");
        assert_eq!(serial(&[0xff]), "-1");
        assert_eq!(serial(&[0x80, 0x00]), "-8000");
        assert_eq!(serial(&[0x7f; 2_000]).chars().count(), 129);
    }
}
