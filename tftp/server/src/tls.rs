//! TLS for HTTPS: certificate and key from PEM files, reloaded on request.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adr_bundle::disk::read_file;
use adr_bundle::folder::phrase;
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::settings::TlsFiles;
use crate::validity::{self, Validity};

/// Largest file of a certificate or key in bytes; a chain takes about 6,000.
const MAX_PEM_BYTES: u64 = 1 << 20;

/// The TLS configuration for new connections. Clones share it.
#[derive(Clone)]
pub(crate) struct Tls {
    files: TlsFiles,
    current: Arc<ArcSwap<Loaded>>,
}

/// Certificate and key.
struct Loaded {
    config: Arc<ServerConfig>,
    validity: Option<Validity>,
}

impl Tls {
    pub(crate) fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let current = Arc::new(ArcSwap::from_pointee(read(&files)?));
        Ok(Self { files, current })
    }

    /// Reads the files again. If that fails, the configuration stays unchanged.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        self.current.store(Arc::new(read(&self.files)?));
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.current.load().config).into()
    }

    /// When the certificate in use is valid; `None` if its dates cannot be read.
    pub(crate) fn validity(&self) -> Option<Validity> {
        self.current.load().validity
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

/// Certificate and key of a running server.
#[derive(Clone, Debug)]
pub struct Certificate(Tls);

impl Certificate {
    pub(crate) fn new(tls: Tls) -> Self {
        Self(tls)
    }

    /// Reads certificate and key again, for new connections. Waits for the disk.
    ///
    /// # Errors
    ///
    /// The files cannot be used. The previous certificate and key stay in use.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.0.reload()
    }
}

fn read(files: &TlsFiles) -> Result<Loaded, TlsError> {
    let (certificate, key) = (&files.certificate, &files.key);
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(&read_pem(certificate)?).collect();
    let chain = chain.map_err(|error| TlsError::new(certificate, error))?;
    if chain.is_empty() {
        return Err(TlsError::new(certificate, TlsCause::NoCertificate));
    }
    let validity = validity::of_chain(&chain);
    let private = PrivateKeyDer::from_pem_slice(&read_pem(key)?)
        .map_err(|error| TlsError::new(key, error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private));
    let mut config = config.map_err(|error| TlsError::new(key, error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Loaded { config: Arc::new(config), validity })
}

fn read_pem(path: &Path) -> Result<Vec<u8>, TlsError> {
    read_file(path, MAX_PEM_BYTES).map_err(|error| TlsError::new(path, error))
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
    #[error("{}", phrase(.0))]
    Io(#[from] io::Error),
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
