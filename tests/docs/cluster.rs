//! The clusters of the guide about CUCM: a stand-in with two nodes, and one of an old release.
//!
//! The guide writes addresses such as 10.120.10.11. The stand-ins listen on addresses of the
//! loopback network, which differ from run to run so that two runs do not collide, and have as many
//! characters. Commands get the addresses of the stand-ins, and outputs are shown with those of the
//! guide.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use adr_cucm_kit::{CucmStandIn, Device, Pattern, Rule, RuleKind};

/// The addresses of the guide: publisher, second TFTP node, and the node of the old cluster.
const WRITTEN: [&str; 3] = ["10.120.10.11", "10.120.10.12", "10.120.10.21"];

/// The running stand-ins.
pub(crate) struct Cluster {
    nodes: [Ipv4Addr; 3],
    _cucm: [CucmStandIn; 2],
}

impl Cluster {
    /// Starts the stand-ins, and writes their certificates and the passwords into the folder of the
    /// page.
    pub(crate) fn start(folder: &Path) -> Self {
        let [_, .., high, low] = std::process::id().to_be_bytes();
        let nodes =
            [11, 12, 21].map(|last| Ipv4Addr::new(127, 20 + high % 80, 10 + low % 90, last));
        let cucm = stand_in("14.0.1.12900(161)", &nodes[..2]);
        let old = stand_in("9.1.2.10000(28)", &nodes[2..]);
        fs::write(folder.join("tomcat.pem"), cucm.ca_pem()).unwrap();
        fs::write(folder.join("branch.pem"), old.ca_pem()).unwrap();
        let secret = folder.join("hq.secret");
        fs::write(
            &secret,
            "user = 'axladmin'\npassword = 'axladmin-secret'\n\
             platform_user = 'platform'\nplatform_password = 'platform-secret'\n",
        )
        .unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
        Self { nodes, _cucm: [cucm, old] }
    }

    /// A text of the guide with the addresses of the stand-ins.
    pub(crate) fn actual(&self, text: &str) -> String {
        let pairs = WRITTEN.iter().zip(self.nodes);
        pairs
            .fold(text.to_owned(), |text, (written, node)| text.replace(written, &node.to_string()))
    }

    /// An output with the addresses of the guide.
    pub(crate) fn written(&self, text: &str) -> String {
        let pairs = WRITTEN.iter().zip(self.nodes);
        pairs
            .fold(text.to_owned(), |text, (written, node)| text.replace(&node.to_string(), written))
    }
}

/// A stand-in of this release with these nodes, which has what the guide shows.
fn stand_in(release: &str, nodes: &[Ipv4Addr]) -> CucmStandIn {
    let mut cucm = CucmStandIn::start_release(release);
    cucm.state().nodes.clear();
    for node in nodes {
        let [web, files] = [8443, 6970].map(|port| SocketAddr::from((*node, port)));
        cucm.add_node_on(&node.to_string(), web, files);
    }
    fill(&cucm, &nodes[0].to_string());
    cucm
}

/// The rules, the flagged patterns, the deployed files and the softphones of the guide.
fn fill(cucm: &CucmStandIn, publisher: &str) {
    let mut state = cucm.state();
    let rules = [
        ("US, E.164", "+1", [12, 1], "9"),
        ("Local", "555", [7, 0], "9"),
        ("Service codes", "9", [3, 0], "8"),
    ];
    for (priority, (name, begins_with, numbers, prefix)) in (1..).zip(rules) {
        let rule = Rule::new(name, begins_with, numbers, prefix).priority(priority);
        state.add_rule(RuleKind::Application, rule);
    }
    let caller = Rule::new("US callers", "+1", [12, 2], "").priority(1);
    state.add_rule(RuleKind::DirectoryLookup, caller);
    state.route_patterns = vec![
        Pattern::new("911", "Emergency").emergency(),
        Pattern::new("9.911", "Emergency").emergency(),
        Pattern::new("9.@", "PSTN"),
    ];
    state.devices = vec![
        Device::softphone("CSFASMITH", publisher, "10.1.4.20"),
        Device::softphone("CSFBJONES", publisher, "10.2.7.31"),
        Device::softphone("CSFCLEE", publisher, "192.0.2.10"),
    ];
}
