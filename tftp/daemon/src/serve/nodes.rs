//! What `adrc serve` shows about the cluster of its node, and how it reports to other nodes.

use std::sync::Arc;
use std::time::SystemTime;

use adr_server::{Addresses, AlertScope, Generation, HTTP_PORT, NodesMetrics, TFTP_PORT};
use adr_watcher::publication::is_node_name;

use super::Serving;
use super::reports::Reporting;
use crate::Error;
use crate::cluster::Line;
use crate::nodes::follow::NodesEvent;
use crate::nodes::status::NodesStatus;
use crate::platform::systemd;

/// Longest name of a host in the name of a node, so that a port has room.
const HOST_CHARACTERS: usize = 57;

/// The cluster of this node.
pub(super) struct InCluster {
    pub(super) status: NodesStatus,
    pub(super) metrics: NodesMetrics,
}

impl InCluster {
    pub(super) fn new(name: String) -> Self {
        Self { status: NodesStatus::new(name), metrics: NodesMetrics::default() }
    }
}

impl Serving {
    /// Serves what an earlier run left in the folder, or says that there is nothing yet.
    pub(super) fn serve_kept(&mut self, generation: Option<Generation>) -> Result<(), Error> {
        if let Some(generation) = generation {
            self.start(generation)?;
            self.status = self.status_line();
        } else {
            "waiting for the cluster".clone_into(&mut self.status);
        }
        // the service manager must not end a node because the cluster is away
        systemd::ready(&self.status);
        Ok(())
    }

    /// Logs an event of the cluster, and sets its alert.
    pub(super) fn nodes_event(&mut self, event: &NodesEvent, served: u64) {
        let Some(InCluster { status, metrics }) = &mut self.in_cluster else { return };
        match status.line(event, Some(served), SystemTime::now()) {
            Some(Line::Info(line)) => tracing::info!("{line}"),
            Some(Line::Warning(line)) => tracing::warn!("{line}"),
            None => {}
        }
        metrics.set_up(status.is_up());
        let alert = status.alert(Some(served));
        if alert != self.reloads.alerts.reason(AlertScope::Nodes) {
            self.reloads.alerts.set(AlertScope::Nodes, alert);
        }
        self.show_lag(served);
    }

    /// Shows how far this node is behind its cluster.
    pub(super) fn show_lag(&self, served: u64) {
        if let Some(InCluster { status, metrics }) = &self.in_cluster {
            metrics.set_generations(status.current, served);
        }
    }

    /// Where this server reports its client cores; `None` without a cluster or a folder.
    pub(super) fn reporting(&self, addresses: &Addresses) -> Option<Reporting> {
        let (settings, announcer) = (&self.settings, &self.announcer);
        let version = settings.publishing.version;
        if let (Some(nodes), Some(in_cluster)) = (&settings.nodes, &self.in_cluster) {
            return Some(Reporting::to_cluster(nodes, version, announcer, &in_cluster.metrics));
        }
        let folder = settings.source.folder()?;
        let node = node_name(&settings.publishing.host, addresses);
        Some(Reporting::to_folder(folder, node, version, &Arc::clone(announcer)))
    }
}

/// The name of a server that reports into its published folder: its host up to the first dot, and
/// its port unless that is the usual one, because several servers of a host may serve one folder.
fn node_name(host: &str, addresses: &Addresses) -> String {
    let host = host.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let host: String = host.chars().map(allowed).take(HOST_CHARACTERS).collect();
    let host = host.trim_matches('-');
    let host = if is_node_name(host) { host } else { "node" };
    let first = addresses.http.first().or(addresses.https.first()).or(addresses.tftp.first());
    match first.map(std::net::SocketAddr::port) {
        None | Some(HTTP_PORT | TFTP_PORT) => host.to_owned(),
        Some(port) => format!("{host}-{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_is_named_after_its_host_and_unusual_port() {
        let at = |http: &[&str]| Addresses {
            http: http.iter().map(|address| address.parse().unwrap()).collect(),
            ..Addresses::default()
        };
        let usual = at(&["0.0.0.0:6970"]);
        for (host, addresses, name) in [
            ("TFTP1.example.com", &usual, "tftp1"),
            ("tftp1", &at(&["127.0.0.1:17870"]), "tftp1-17870"),
            ("tftp1", &Addresses::default(), "tftp1"),
            ("", &usual, "node"),
            ("my_host", &usual, "my-host"),
            (&"a".repeat(80), &at(&["[::]:65535"]), &format!("{}-65535", "a".repeat(57))),
        ] {
            let found = node_name(host, addresses);
            assert_eq!(found, name);
            assert!(is_node_name(&found));
        }
    }
}
