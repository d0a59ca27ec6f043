//! The cluster of the guide about CUCM: a stand-in with two nodes.
//!
//! The guide writes the addresses 10.120.10.11 and 10.120.10.12. The stand-in listens on addresses
//! of the loopback network, which differ from run to run so that two runs do not collide, and have
//! as many characters. Commands get the addresses of the stand-in, and outputs are shown with those
//! of the guide.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use adr_cucm_kit::{CucmStandIn, Device, Pattern, Rule, RuleKind};

/// The addresses of the guide: the publisher, and the second TFTP node.
const WRITTEN: [&str; 2] = ["10.120.10.11", "10.120.10.12"];

/// A running stand-in.
pub(crate) struct Cluster {
    nodes: [Ipv4Addr; 2],
    _cucm: CucmStandIn,
}

impl Cluster {
    /// Starts the stand-in, and writes its certificates and its passwords into the folder of the
    /// page.
    pub(crate) fn start(folder: &Path) -> Self {
        let [_, .., high, low] = std::process::id().to_be_bytes();
        let nodes = [11, 12].map(|last| Ipv4Addr::new(127, 20 + high % 80, 10 + low % 90, last));
        let mut cucm = CucmStandIn::start_release("14.0.1.12900(161)");
        cucm.state().nodes.clear();
        for node in nodes {
            let [web, files] = [8443, 6970].map(|port| SocketAddr::from((node, port)));
            cucm.add_node_on(&node.to_string(), web, files);
        }
        fill(&cucm, &nodes[0].to_string());
        fs::write(folder.join("tomcat.pem"), cucm.ca_pem()).unwrap();
        let secret = folder.join("hq.secret");
        fs::write(
            &secret,
            "user = 'axladmin'\npassword = 'axladmin-secret'\n\
             platform_user = 'platform'\nplatform_password = 'platform-secret'\n",
        )
        .unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
        Self { nodes, _cucm: cucm }
    }

    /// A text of the guide with the addresses of the stand-in.
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
