//! Specimens whose issuers, order or uploaded files have the property; their leaf is right.

use rcgen::{BasicConstraints, CertificateParams, IsCa};

use crate::authority::{Authority, new_key, parameters_of_authority};
use crate::identity::{Identity, UploadedFile};
use crate::leaves::{Authorities, dated, server};
use crate::specimen::Specimen;

/// The specimen. Those of [`crate::leaves`] are right here.
pub(crate) fn identity(specimen: Specimen, host: &str) -> Identity {
    let authorities = authorities(specimen);
    let mut made = authorities.identity(&server(host));
    let intermediate = made.sent[1].clone();
    let root = authorities.root.certificate().clone();
    match specimen {
        Specimen::IntermediateMissing => {
            made.sent.truncate(1);
            made.uploaded.truncate(1);
        }
        Specimen::IntermediateNotSent => made.sent.truncate(1),
        Specimen::RootNotUploaded => drop(made.uploaded.remove(0)),
        Specimen::NothingUploaded => made.uploaded.clear(),
        Specimen::WrongOrder => made.sent = vec![made.sent[0].clone(), root, intermediate],
        Specimen::ExtraCertificates => {
            made.sent.insert(1, Authority::root("Another Root CA").certificate().clone());
            made.sent.push(Authority::root("Third Root CA").certificate().clone());
        }
        Specimen::RenewedIssuer => {
            // the renewed root has the subject of the one that was uploaded, and another key
            let former = Authority::root("Zoo Root CA");
            made.uploaded = vec![UploadedFile::certificate("root", former.certificate())];
        }
        Specimen::RenewedLeaf => {
            let former = authorities.intermediate.sign(&server(host), &new_key());
            made.uploaded = vec![UploadedFile::certificate("former", &former)];
        }
        Specimen::LeafUploaded => {
            made.uploaded = vec![UploadedFile::certificate("server", &made.sent[0])];
        }
        Specimen::UploadIsGarbage => {
            let content = b"-----BEGIN CERTIFICATE-----\nMII?\n".to_vec();
            made.uploaded = vec![UploadedFile { name: "root.pem".to_owned(), content }];
        }
        _ => {}
    }
    made
}

/// Root and intermediate.
fn authorities(specimen: Specimen) -> Authorities {
    let root = parameters_of_authority("Zoo Root CA");
    let root = match specimen {
        Specimen::PathLengthZero => with(root, IsCa::Ca(BasicConstraints::Constrained(0))),
        Specimen::RootExpired => dated(root, 2020, 2021),
        _ => root,
    };
    let intermediate = parameters_of_authority("Zoo Issuing CA");
    let intermediate = match specimen {
        Specimen::IssuerExpired => dated(intermediate, 2020, 2021),
        Specimen::IntermediateWithoutConstraints => with(intermediate, IsCa::NoCa),
        Specimen::IntermediateDeniesAuthority => with(intermediate, IsCa::ExplicitNoCa),
        _ => intermediate,
    };
    let root = Authority::root_with(new_key(), root);
    let intermediate = root.intermediate_with(new_key(), intermediate);
    Authorities { root, intermediate }
}

/// The same parameters with other basic constraints.
fn with(mut parameters: CertificateParams, is_ca: IsCa) -> CertificateParams {
    parameters.is_ca = is_ca;
    parameters
}
