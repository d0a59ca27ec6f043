//! A cluster: where it is, what adrc trusts, who logs in.

use std::time::Duration;

use adr_cucm::SchemaVersion;
use adr_cucm::xml::ANSWER_BYTES;

use crate::credentials::Credentials;
use crate::node::Node;
use crate::session::Session;
use crate::trust::Trust;

/// Timeout for a connection with its TLS handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Timeout for the next byte of an answer. CUCM computes an answer as a whole before it sends the
/// first byte, which takes long for thousands of records.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// Timeout for a request and its whole answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(300);

/// Limits of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Timeout for a connection with its TLS handshake; 10 s by default.
    pub connect_timeout: Duration,
    /// Timeout for the next byte of an answer; 60 s by default.
    pub idle_timeout: Duration,
    /// Timeout for a request and its whole answer; 300 s by default.
    pub answer_timeout: Duration,
    /// Most bytes of an answer; by default [`ANSWER_BYTES`], the limit of the codecs.
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: CONNECT_TIMEOUT,
            idle_timeout: IDLE_TIMEOUT,
            answer_timeout: ANSWER_TIMEOUT,
            answer_bytes: ANSWER_BYTES,
        }
    }
}

/// How to reach a cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// The publisher, which serves AXL.
    pub publisher: Node,
    /// Which certificates adrc trusts, on all nodes.
    pub trust: Trust,
    /// Who logs in.
    pub credentials: Credentials,
    /// The AXL version to ask with first; the newest one by default.
    pub first_version: SchemaVersion,
    /// Limits of each request.
    pub limits: Limits,
}

/// A session cannot be set up; adrc sent nothing.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// HTTP Basic separates user and password by a colon.
    #[error("a user name with a colon cannot log in")]
    UserWithColon,
    /// The TLS library rejects its configuration, for example a certificate of the file.
    #[error("TLS cannot be configured: {0}")]
    Tls(#[from] rustls::Error),
    /// The TLS library rejects the certificates that adrc shall trust.
    #[error("TLS cannot be configured: {0}")]
    Certificates(#[from] rustls::client::VerifierBuilderError),
    /// The HTTP library rejects its configuration.
    #[error("the HTTP client cannot be configured: {0}")]
    Http(#[from] reqwest::Error),
}

impl Cluster {
    /// A cluster with default limits, asked with the newest AXL version first.
    #[must_use]
    pub fn new(publisher: Node, trust: Trust, credentials: Credentials) -> Self {
        let (first_version, limits) = (SchemaVersion::NEWEST, Limits::default());
        Self { publisher, trust, credentials, first_version, limits }
    }

    /// A session with the publisher. Nothing is sent before the first call.
    ///
    /// # Errors
    ///
    /// See [`SetupError`].
    pub fn session(&self) -> Result<Session, SetupError> {
        self.session_with(&self.publisher)
    }

    /// A session with another node, for its services: their requests act on the node that gets
    /// them.
    ///
    /// # Errors
    ///
    /// See [`SetupError`].
    pub fn session_with(&self, node: &Node) -> Result<Session, SetupError> {
        Session::new(self, node)
    }
}
