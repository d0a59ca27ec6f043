//! TLS for HTTPS: certificate and key from PEM files, reloaded on request.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::settings::TlsFiles;

/// The TLS configuration for new connections. Clones share it.
#[derive(Clone)]
pub(crate) struct Tls {
    files: TlsFiles,
    current: Arc<ArcSwap<ServerConfig>>,
}

impl Tls {
    pub(crate) fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let current = Arc::new(ArcSwap::from(read(&files)?));
        Ok(Self { files, current })
    }

    /// Reads the files again. If that fails, the configuration stays unchanged.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        self.current.store(read(&self.files)?);
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.current.load_full().into()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

fn read(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let (certificate, key) = (&files.certificate, &files.key);
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain = chain.map_err(|error| TlsError::new(certificate, error))?;
    if chain.is_empty() {
        return Err(TlsError::new(certificate, TlsCause::NoCertificate));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| TlsError::new(key, error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private));
    let mut config = config.map_err(|error| TlsError::new(key, error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// A certificate or key that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}; name a PEM file with a certificate, and one with its key", path.display())]
pub struct TlsError {
    path: PathBuf,
    #[source]
    cause: TlsCause,
}

/// What is wrong with a certificate or key.
#[derive(Debug, thiserror::Error)]
enum TlsCause {
    #[error("the file holds no certificate")]
    NoCertificate,
    #[error(transparent)]
    Pem(#[from] pem::Error),
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

impl TlsError {
    fn new(path: &Path, cause: impl Into<TlsCause>) -> Self {
        Self { path: path.to_owned(), cause: cause.into() }
    }
}
