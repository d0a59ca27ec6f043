//! The TLS of a core: which servers it trusts, and how it identifies itself. It sets nothing for
//! the whole process.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adr_bundle::disk::read_file;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::detail::shown_path;
use crate::settings::Settings;

/// Largest file of certificates in bytes.
const MAX_PEM_BYTES: u64 = 1024 * 1024;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file of certificates cannot be read.
    #[error("{}: {source}", shown_path(path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file has no certificate in PEM, or a damaged one.
    #[error("{}: no valid certificate in this file; write it as PEM", shown_path(path))]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The file of a client certificate has no private key.
    #[error(
        "{}: no private key in this file; write the certificate and its key, as PEM, into one file",
        shown_path(path)
    )]
    NoPrivateKey {
        /// The file.
        path: PathBuf,
    },
    /// The certificates cannot be used.
    #[error("cannot set up TLS: {0}")]
    Rustls(#[from] rustls::Error),
    /// The HTTP client cannot be set up.
    #[error("cannot set up HTTP: {0}")]
    Http(#[from] reqwest::Error),
}

/// The configuration for these settings. The certificates of the system are loaded only if a server
/// needs TLS and the settings name no authority.
pub(super) fn config(settings: &Settings) -> Result<ClientConfig, TlsError> {
    let uses_tls = settings.servers.iter().any(crate::Server::uses_tls);
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    let builder = match &settings.ca {
        Some(path) => builder.with_root_certificates(authorities(path)?),
        None if uses_tls => builder.with_platform_verifier()?,
        None => builder.with_root_certificates(RootCertStore::empty()),
    };
    match &settings.client_certificate {
        Some(path) => {
            let pem = read(path)?;
            let chain = certificates(&pem, path)?;
            let key = PrivateKeyDer::from_pem_slice(&pem)
                .map_err(|_| TlsError::NoPrivateKey { path: path.clone() })?;
            Ok(builder.with_client_auth_cert(chain, key)?)
        }
        None => Ok(builder.with_no_client_auth()),
    }
}

fn authorities(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&read(path)?, path)? {
        roots.add(certificate)?;
    }
    Ok(roots)
}

fn certificates(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(TlsError::NoCertificate { path: path.to_owned() }),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    read_file(path, MAX_PEM_BYTES)
        .map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })
}
