//! Three NATS servers that are one cluster.

#[cfg(target_os = "linux")]
use std::net::Ipv4Addr;

use serde_json::json;

use super::{NatsOptions, NatsServer, Place, STARTS, free_port};
#[cfg(target_os = "linux")]
use crate::network::Network;
use crate::wait::wait_until;

/// The port of NATS, on a host of its own.
#[cfg(target_os = "linux")]
pub const CLIENT_PORT: u16 = 4222;

/// Three NATS servers that are one cluster. Killed when dropped.
#[derive(Debug)]
pub struct NatsCluster {
    /// The servers, called `nats1` to `nats3`.
    pub servers: Vec<NatsServer>,
}

impl NatsCluster {
    /// Starts three servers, and waits until they can keep three copies. Where the program is
    /// missing, the current test is left out.
    #[must_use]
    pub fn start(options: &NatsOptions) -> Option<Self> {
        options.release.program()?;
        let cluster = (0..STARTS).find_map(|_| Self::launch(options));
        let cluster = cluster.unwrap_or_else(|| panic!("no free ports {STARTS} times"));
        cluster.wait_until_complete();
        Some(cluster)
    }

    /// Starts three servers; `None` if another process took a port of one.
    fn launch(options: &NatsOptions) -> Option<Self> {
        let ports: Vec<u16> = (0..3).map(|_| free_port()).collect();
        let routes = ports.iter().map(|port| format!("\"nats://127.0.0.1:{port}\""));
        let routes = routes.collect::<Vec<_>>().join(", ");
        let mut servers = Vec::new();
        for (at, port) in ports.iter().enumerate() {
            let routes = format!(
                "cluster {{ name: adrc, listen: \"127.0.0.1:{port}\", routes: [{routes}] }}"
            );
            let name = format!("nats{}", at + 1);
            let mut server =
                NatsServer::new(&name, Place::default(), free_port(), options.clone(), routes)?;
            if !server.launch() {
                return None;
            }
            servers.push(server);
        }
        Some(Self { servers })
    }

    /// Starts a server on each of three hosts.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub fn start_on(network: &Network, options: &NatsOptions) -> Option<Self> {
        options.release.program()?;
        let routes = network.hosts.iter().map(|host| format!("\"nats://{}:6222\"", host.address));
        let routes = routes.collect::<Vec<_>>().join(", ");
        let routes = format!(
            "cluster {{ name: adrc, listen: \"0.0.0.0:6222\", no_advertise: true, \
             routes: [{routes}] }}"
        );
        let mut servers = Vec::new();
        for (at, host) in network.hosts.iter().enumerate() {
            let (wrapper, address) = (host.wrapper(), host.for_test);
            let place = Place { wrapper, address, listens: Ipv4Addr::UNSPECIFIED };
            let (name, port) = (format!("nats{}", at + 1), CLIENT_PORT);
            let mut server = NatsServer::new(&name, place, port, options.clone(), routes.clone())?;
            server.restart();
            servers.push(server);
        }
        let cluster = Self { servers };
        cluster.wait_until_complete();
        Some(cluster)
    }

    /// `nats://HOST:PORT,HOST:PORT,HOST:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        let hosts = self.servers.iter().map(|server| server.address().to_string());
        format!("nats://{}", hosts.collect::<Vec<_>>().join(","))
    }

    /// The position of the server that leads a stream; `None` while none does.
    #[must_use]
    pub fn leader(&self, stream: &str) -> Option<usize> {
        let running = self.servers.iter().find(|server| server.is_running())?;
        let subject = format!("$JS.API.STREAM.INFO.{stream}");
        let answer = running.wire().trying().request(&subject, b"")?;
        let answer: serde_json::Value = serde_json::from_slice(&answer.payload).ok()?;
        let leader = answer["cluster"]["leader"].as_str()?;
        self.servers.iter().position(|server| server.name == leader && server.is_running())
    }

    /// Waits until the servers can keep three copies of a stream.
    pub fn wait_until_complete(&self) {
        let stream = json!({
            "name": "probe", "subjects": ["probe"], "retention": "limits", "storage": "memory",
            "discard": "old", "num_replicas": 3, "max_consumers": -1, "max_msgs": -1,
            "max_bytes": -1, "max_age": 0,
        });
        let payload = stream.to_string();
        wait_until("three NATS servers are one cluster", || {
            let mut wire = self.servers[0].wire().trying();
            let created = wire.request("$JS.API.STREAM.CREATE.probe", payload.as_bytes());
            created
                .is_some_and(|answer| !String::from_utf8_lossy(&answer.payload).contains("error"))
        });
        let _ = self.servers[0].wire().request("$JS.API.STREAM.DELETE.probe", b"");
    }
}
