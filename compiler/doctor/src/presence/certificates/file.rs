//! The certificates of a file: DER, PEM or PKCS#7.

use x509_parser::asn1_rs::{Any, FromDer, Oid, Tag};
use x509_parser::pem::Pem;

use super::{MAX_CERTIFICATE_BYTES, MAX_IN_FILE};

/// `signedData` of PKCS#7.
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";

/// What PEM begins with.
const PEM: &[u8] = b"-----BEGIN ";

pub(super) fn certificates(bytes: &[u8]) -> Vec<Result<Vec<u8>, String>> {
    let found = match bytes.windows(PEM.len()).any(|at| at == PEM) {
        true => in_pem(bytes),
        false => in_der(bytes),
    };
    match found.is_empty() {
        true => vec![Err("there is no certificate in this file".to_owned())],
        false => found,
    }
}

fn in_pem(bytes: &[u8]) -> Vec<Result<Vec<u8>, String>> {
    let mut found = Vec::new();
    for block in Pem::iter_from_buffer(bytes).take(MAX_IN_FILE) {
        match block {
            Err(_) => {
                found.push(Err("its PEM is damaged".to_owned()));
                break;
            }
            Ok(block) if block.label == "PKCS7" || block.label == "CMS" => {
                found.extend(in_der(&block.contents));
            }
            Ok(block) if block.label.ends_with("CERTIFICATE") => found.push(Ok(block.contents)),
            // private keys and parameters are not of interest, and are not kept
            Ok(_) => {}
        }
    }
    found.truncate(MAX_IN_FILE);
    found
}

/// One certificate, or the certificates of PKCS#7.
fn in_der(bytes: &[u8]) -> Vec<Result<Vec<u8>, String>> {
    match signed_data(bytes) {
        Some(certificates) => each(certificates),
        None => match Any::from_der(bytes) {
            Ok((_, outer)) if outer.tag() == Tag::Sequence => vec![Ok(bytes.to_vec())],
            _ if bytes.is_empty() => vec![Err("the file is empty".to_owned())],
            _ => {
                vec![Err("it is neither DER (`.cer`, `.der`), PEM (`.pem`) nor PKCS#7 (`.p7b`)"
                    .to_owned())]
            }
        },
    }
}

/// The set of certificates of `ContentInfo { signedData, SignedData { version, digestAlgorithms,
/// contentInfo, [0] certificates, … } }`.
fn signed_data(bytes: &[u8]) -> Option<&[u8]> {
    let (_, outer) = Any::from_der(bytes).ok()?;
    let (rest, kind) = Oid::from_der(outer.data).ok()?;
    if kind.to_id_string() != SIGNED_DATA {
        return None;
    }
    let (_, content) = Any::from_der(rest).ok()?;
    let (_, signed) = Any::from_der(content.data).ok()?;
    let mut rest = signed.data;
    for _version_algorithms_content in 0..3 {
        rest = Any::from_der(rest).ok()?.0;
    }
    let (_, certificates) = Any::from_der(rest).ok()?;
    (certificates.tag() == Tag(0)).then_some(certificates.data)
}

fn each(mut rest: &[u8]) -> Vec<Result<Vec<u8>, String>> {
    let mut found = Vec::new();
    while !rest.is_empty() && found.len() < MAX_IN_FILE {
        match Any::from_der(rest) {
            Ok((after, _)) => {
                let der = &rest[..rest.len() - after.len()];
                found.push(match der.len() {
                    ..=MAX_CERTIFICATE_BYTES => Ok(der.to_vec()),
                    _ => Err(format!("it is larger than {MAX_CERTIFICATE_BYTES} bytes")),
                });
                rest = after;
            }
            Err(_) => {
                found.push(Err("its PKCS#7 is damaged".to_owned()));
                break;
            }
        }
    }
    found
}
