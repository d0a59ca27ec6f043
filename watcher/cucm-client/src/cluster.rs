//! A cluster: where it is, what adrc trusts, who logs in.

use adr_cucm::SchemaVersion;

use crate::credentials::Credentials;
use crate::limits::Limits;
use crate::node::Node;
use crate::session::Session;
use crate::setup_error::SetupError;
use crate::trust::Trust;

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
