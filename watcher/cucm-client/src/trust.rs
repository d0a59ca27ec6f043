//! Which certificates adrc trusts.

use std::io;
use std::path::{Path, PathBuf};

use adr_bundle::disk::read_file;
use adr_bundle::folder::phrase;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::fingerprint::Fingerprint;

/// Largest file of certificates in bytes; one certificate takes about 2,000.
const MAX_CA_BYTES: u64 = 1 << 20;

/// Which certificate of a node adrc trusts. There is no way to trust every certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// None. Every call ends with [`CallError::Certificate`](crate::CallError::Certificate), which
    /// carries the fingerprint, so that a person can compare it and decide. adrc sends nothing
    /// before that.
    #[default]
    Nothing,
    /// Certificates that one of these issued for the node's name, and these certificates
    /// themselves, whatever name they carry. See [`Trust::from_ca_file`].
    Certificates(Vec<CertificateDer<'static>>),
    /// Certificates with one of these fingerprints, whatever name or period they carry.
    Fingerprints(Vec<Fingerprint>),
}

/// Why a file of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// It cannot be read.
    #[error("{path}: {}", phrase(source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds no certificate in PEM.
    #[error(
        "{path}: there is no certificate in this file; write it as PEM (`-----BEGIN CERTIFICATE-----`)"
    )]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A certificate in it is damaged.
    #[error("{path}: certificate {number} is damaged")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which certificate, from 1.
        number: usize,
    },
}

impl Trust {
    /// The certificates of a file in PEM: those of authorities, or the node's own self-signed one.
    ///
    /// # Errors
    ///
    /// The file cannot be read, holds no certificate, or a damaged one.
    pub fn from_ca_file(path: &Path) -> Result<Self, CaError> {
        let path = path.to_owned();
        let text = match read_file(&path, MAX_CA_BYTES) {
            Ok(text) => text,
            Err(source) => return Err(CaError::Unreadable { path, source }),
        };
        let mut certificates = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(&text) {
            let number = certificates.len() + 1;
            match certificate {
                Ok(certificate) if is_certificate(&certificate) => certificates.push(certificate),
                _ => return Err(CaError::Damaged { path, number }),
            }
        }
        match certificates.is_empty() {
            true => Err(CaError::NoCertificate { path }),
            false => Ok(Self::Certificates(certificates)),
        }
    }
}

/// Whether the bytes can be a root of trust.
fn is_certificate(certificate: &CertificateDer<'_>) -> bool {
    rustls::RootCertStore::empty().add(certificate.clone().into_owned()).is_ok()
}
