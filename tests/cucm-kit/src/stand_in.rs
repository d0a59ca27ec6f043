//! A running stand-in.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, MutexGuard};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::Digest as _;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use crate::faults::Faults;
use crate::log::LogEntry;
use crate::nodes::Node;
use crate::server::{Endpoint, Service, Shared};
use crate::state::State;

/// Name of the first node.
pub const PUBLISHER: &str = "cucm-pub.example.com";

/// Release of a new cluster.
const RELEASE: &str = "15.0.1.10000(32)";

/// Addresses and certificate of a node.
#[derive(Clone, Debug)]
pub struct NodeAddresses {
    /// Name of the node.
    pub name: String,
    /// Where AXL, serviceability and OS Administration listen, with TLS.
    pub web: SocketAddr,
    /// Where the files of TFTP are served by plain HTTP; port 6970 of a real node.
    pub tftp: SocketAddr,
    /// The self-signed certificate, as PEM.
    pub certificate: String,
    /// SHA-256 of the certificate, as 64 lower-case hexadecimal digits.
    pub fingerprint: String,
}

/// A cluster that runs in the process of a test. It stops when this value is dropped.
#[derive(Debug)]
pub struct CucmStandIn {
    shared: Arc<Shared>,
    nodes: Vec<NodeAddresses>,
    /// Taken when the value is dropped.
    runtime: Option<Runtime>,
}

impl CucmStandIn {
    /// A cluster of release 15 with one node, [`PUBLISHER`], and the users of
    /// [`User::usual`](crate::User::usual).
    #[must_use]
    pub fn start() -> Self {
        Self::start_release(RELEASE)
    }

    /// A cluster of this release, such as `11.5.1.10000(4)`.
    #[must_use]
    pub fn start_release(release: &str) -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().build().unwrap();
        let shared = Arc::new(Shared::new(State::new(release)));
        let mut stand_in = Self { shared, nodes: Vec::new(), runtime: Some(runtime) };
        stand_in.add_node(PUBLISHER);
        stand_in
    }

    /// Adds a node on free ports of 127.0.0.1.
    pub fn add_node(&mut self, name: &str) -> NodeAddresses {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        self.add_node_on(name, free, free)
    }

    /// Adds a node on these addresses for web services and for files.
    pub fn add_node_on(&mut self, name: &str, web: SocketAddr, tftp: SocketAddr) -> NodeAddresses {
        let names = [name.to_owned(), "localhost".to_owned(), web.ip().to_string()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let der = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let digest = sha2::Sha256::digest(&der);
        self.shared.state().nodes.push(Node::new(name));
        let web = self.listen(name, web, Service::Web(acceptor(der, key)));
        let tftp = self.listen(name, tftp, Service::Files);
        let node = NodeAddresses {
            name: name.to_owned(),
            web,
            tftp,
            certificate: made.cert.pem(),
            fingerprint: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        self.nodes.push(node.clone());
        node
    }

    fn listen(&self, node: &str, address: SocketAddr, service: Service) -> SocketAddr {
        let runtime = self.runtime.as_ref().unwrap();
        let listener = TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let endpoint =
            Endpoint { shared: Arc::clone(&self.shared), node: node.to_owned(), service };
        let _context = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        runtime.spawn(endpoint.serve(listener));
        address
    }

    /// Where the web services of the publisher listen.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.nodes[0].web
    }

    /// Where the publisher serves files of TFTP.
    #[must_use]
    pub fn tftp_address(&self) -> SocketAddr {
        self.nodes[0].tftp
    }

    /// Addresses and certificates of all nodes; the publisher is the first.
    #[must_use]
    pub fn nodes(&self) -> &[NodeAddresses] {
        &self.nodes
    }

    /// The certificates of all nodes, as PEM.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.nodes.iter().map(|node| node.certificate.as_str()).collect()
    }

    /// SHA-256 of the certificate of the publisher, as 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.nodes[0].fingerprint
    }

    /// What the cluster knows. No request is processed while the test holds it.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// Calls a function with the state after each request that the cluster processed, before the
    /// answer leaves, and with the user of the request. So a test sees every state between two
    /// requests, and may change it there. Only for a cluster without such a function.
    pub fn observe(&self, observer: impl Fn(&mut State, Option<&str>) + Send + Sync + 'static) {
        self.shared.observe(observer);
    }

    /// The faults to come. No request is processed while the test holds it.
    pub fn faults(&self) -> MutexGuard<'_, Faults> {
        self.shared.faults()
    }

    /// The requests so far, in the order in which they were processed.
    #[must_use]
    pub fn log(&self) -> Vec<LogEntry> {
        self.shared.log().clone()
    }

    /// The operations of the requests so far, see [`LogEntry::operation`].
    #[must_use]
    pub fn operations(&self) -> Vec<String> {
        self.shared.log().iter().map(|entry| entry.operation.clone()).collect()
    }

    /// Forgets the requests so far.
    pub fn clear_log(&self) {
        self.shared.log().clear();
    }
}

impl Drop for CucmStandIn {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn acceptor(certificate: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> TlsAcceptor {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|it| it.with_no_client_auth().with_single_cert(vec![certificate], key));
    let mut config = config.unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}
