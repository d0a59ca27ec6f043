//! NATS servers for a scene, prepared for adrc.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use adr_kit::nats::{JetStream, NatsCluster, NatsOptions, NatsServer};
use adr_kit::network::Network;
use adr_kit::wait::{TIMEOUT, wait_within};

/// Where the nodes share their generations. Without a program for NATS, constructors leave the test
/// out and return `None`.
pub(crate) enum Broker {
    One(Box<NatsServer>),
    Three(NatsCluster),
}

/// One server for one test.
pub(crate) fn needs_nats() -> Option<Broker> {
    let broker = Broker::One(Box::new(NatsServer::start(NatsOptions::default())?));
    broker.init(&[]);
    Some(broker)
}

impl Broker {
    /// Three servers; the loss of one is survived.
    pub(crate) fn three() -> Option<Self> {
        let broker = Self::Three(NatsCluster::start(&NatsOptions::default())?);
        broker.init(&["--replicas", "3"]);
        Some(broker)
    }

    /// Three servers, one on each host of a network.
    pub(crate) fn on(network: &Network) -> Option<Self> {
        let broker = Self::Three(NatsCluster::start_on(network, &NatsOptions::default())?);
        broker.init(&["--replicas", "3"]);
        Some(broker)
    }

    /// One server that leaf nodes may connect to, at [`Self::leaf_address`].
    pub(crate) fn with_leaf_nodes() -> Option<Self> {
        let jetstream = JetStream::HereForLeafNodes;
        let options = NatsOptions { jetstream, ..NatsOptions::default() };
        let broker = Self::One(Box::new(NatsServer::start(options)?));
        broker.init(&[]);
        Some(broker)
    }

    /// One server that asks for the token in this file.
    pub(crate) fn with_token(file: &Path) -> Option<Self> {
        let token = Some(fs::read_to_string(file).unwrap());
        let broker = Self::One(Box::new(NatsServer::start(NatsOptions {
            token,
            ..NatsOptions::default()
        })?));
        broker.init(&["--cluster-token-file", file.to_str().unwrap()]);
        Some(broker)
    }

    /// The URL of all servers.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::One(server) => server.url(),
            Self::Three(cluster) => cluster.url(),
        }
    }

    /// The single server.
    pub(crate) fn server(&mut self) -> &mut NatsServer {
        match self {
            Self::One(server) => server,
            Self::Three(cluster) => &mut cluster.servers[0],
        }
    }

    /// The address of the first server.
    pub(crate) fn address(&self) -> SocketAddr {
        self.first().address()
    }

    /// Where leaf nodes connect to the first server.
    pub(crate) fn leaf_address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.first().leaf_port()).into()
    }

    fn first(&self) -> &NatsServer {
        match self {
            Self::One(server) => server,
            Self::Three(cluster) => &cluster.servers[0],
        }
    }

    /// Prepares the servers for adrc. A second time changes nothing.
    pub(crate) fn init(&self, words: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let init = || {
            let mut adrc = adr_tests::adrc(folder.path());
            adrc.args(["cluster", "init", "--cluster", &self.url()]).args(words);
            adrc.output().unwrap()
        };
        wait_within(TIMEOUT, || init().status.success(), || format!("{:?}", init()));
    }
}

/// Writes a file that only this user can read.
pub(crate) fn write_secret(path: &Path, secret: &str) {
    fs::write(path, secret).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}
