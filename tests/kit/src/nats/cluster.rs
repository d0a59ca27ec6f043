//! Three NATS servers that are one cluster.

use serde_json::json;

use super::{NatsOptions, NatsServer, STARTS, free_port};
use crate::wait::wait_until;

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
            let mut server = NatsServer::new(&name, free_port(), options.clone(), routes)?;
            if !server.launch() {
                return None;
            }
            servers.push(server);
        }
        Some(Self { servers })
    }

    /// `nats://HOST:PORT,HOST:PORT,HOST:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        let hosts = self.servers.iter().map(|server| format!("127.0.0.1:{}", server.port()));
        format!("nats://{}", hosts.collect::<Vec<_>>().join(","))
    }

    /// The position of the server that leads a stream; `None` while none does.
    #[must_use]
    pub fn leader(&self, stream: &str) -> Option<usize> {
        let running = self.servers.iter().find(|server| server.is_running())?;
        let subject = format!("$JS.API.STREAM.INFO.{stream}");
        let answer = running.wire().request(&subject, b"")?;
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
            let mut wire = self.servers[0].wire();
            let created = wire.request("$JS.API.STREAM.CREATE.probe", payload.as_bytes());
            created
                .is_some_and(|answer| !String::from_utf8_lossy(&answer.payload).contains("error"))
        });
        let _ = self.servers[0].wire().request("$JS.API.STREAM.DELETE.probe", b"");
    }
}
