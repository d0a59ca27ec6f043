//! Which view of a plan each registered softphone gets, by its address.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::IpAddr;

use adr_bundle::Networks;
use adr_language::DialPlan;
use serde::Serialize;

use crate::table::table;
use crate::text::{count, escaped, first_names, view_words};

/// From so many devices on, an address counts as one that clients share. One person has up to four
/// softphones: on a computer, a tablet, and two kinds of telephones.
pub const SHARED_FROM: usize = 5;

/// Names of devices in the text of a finding.
const NAMES: usize = 5;

/// A registered softphone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredDevice {
    /// Its name, such as `CSFASMITH`.
    pub name: String,
    /// Its user; empty without one.
    pub user: String,
    /// The node at which it is registered.
    pub node: String,
    /// The addresses by which it reaches CUCM.
    pub addresses: Vec<IpAddr>,
}

/// A softphone and its view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceView {
    /// Its name.
    pub device: String,
    /// Its user; `None` without one.
    pub user: Option<String>,
    /// The node at which it is registered.
    pub node: String,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// The site whose rules it gets; `None` for the default view, or if that is not known.
    pub site: Option<String>,
    /// Whether its addresses decide on one view.
    pub known: bool,
}

/// The devices of a view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ViewSize {
    /// The site; `None` for the default view.
    pub site: Option<String>,
    /// How many devices get it.
    pub devices: usize,
}

/// What an administrator should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ViewFinding {
    /// Its kind.
    pub name: ViewFindingKind,
    /// One sentence.
    pub message: String,
    /// What to do.
    pub help: &'static str,
    /// The address that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// The devices that it is about; empty if it is about a node.
    pub devices: Vec<String>,
}

/// The kind of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ViewFindingKind {
    /// Many devices have the same address: that of Expressway, or of an address translation.
    SharedAddress,
    /// The addresses of a device are in networks of different views.
    SeveralViews,
    /// CUCM knows no address of a device.
    NoAddress,
    /// A node did not answer, so that devices may be missing.
    SilentNode,
}

/// Which view each registered softphone gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceViews {
    /// The default view and the sites of the plan, in order, with the numbers of their devices.
    pub views: Vec<ViewSize>,
    /// The devices, sorted by name.
    pub devices: Vec<DeviceView>,
    /// What to look at.
    pub warnings: Vec<ViewFinding>,
}

impl DeviceViews {
    /// Finds the view of each device by the networks of the plan's sites, as a server does.
    ///
    /// `silent_nodes` are nodes that did not answer.
    #[must_use]
    pub fn of(
        plan: &DialPlan,
        mut devices: Vec<RegisteredDevice>,
        silent_nodes: &[String],
    ) -> Self {
        devices.sort_by(|a, b| a.name.cmp(&b.name));
        let sites: Vec<Option<&str>> = plan.views().map(|view| view.name()).collect();
        let mut networks = Networks::default();
        for (at, view) in plan.views().enumerate() {
            for network in view.networks() {
                // a checked plan has each network once
                let _ = networks.insert(*network, at);
            }
        }
        let mut views: Vec<ViewSize> = sites
            .iter()
            .map(|site| ViewSize { site: site.map(str::to_owned), devices: 0 })
            .collect();
        let mut warnings = shared_addresses(&devices, sites.len() > 1);
        let mut rows = Vec::with_capacity(devices.len());
        for device in devices {
            let found: BTreeSet<usize> = device
                .addresses
                .iter()
                .map(|address| networks.find(*address).unwrap_or(0))
                .collect();
            let only = found.first().filter(|_| found.len() == 1).copied();
            warnings.extend(unclear(&device, &found, &sites));
            if let Some(view) = only.and_then(|at| views.get_mut(at)) {
                view.devices += 1;
            }
            rows.push(DeviceView {
                device: device.name,
                user: Some(device.user).filter(|user| !user.is_empty()),
                node: device.node,
                addresses: device.addresses,
                site: only.and_then(|at| sites.get(at).copied().flatten()).map(str::to_owned),
                known: only.is_some(),
            });
        }
        warnings.extend(silent_nodes.iter().map(|node| silent(node)));
        warnings.sort_by_key(|finding| finding.name);
        Self { views, devices: rows, warnings }
    }

    /// The table for people: one row for each device, the number of devices of each view, and the
    /// findings.
    #[must_use]
    pub fn text(&self) -> String {
        let mut rows = vec![["device", "user", "address", "view"].map(str::to_owned).to_vec()];
        rows.extend(self.devices.iter().map(DeviceView::row));
        let mut text = match self.devices.is_empty() {
            true => "no softphone is registered\n".to_owned(),
            false => table(&rows) + "\n",
        };
        for view in &self.views {
            let devices = count(view.devices, "device");
            let _ = writeln!(text, "{}: {devices}", view_words(view.site.as_deref()));
        }
        for finding in &self.warnings {
            let _ = writeln!(text, "warning: {}\n  help: {}", finding.message, finding.help);
        }
        text
    }
}

impl DeviceView {
    fn row(&self) -> Vec<String> {
        let addresses: Vec<String> = self.addresses.iter().map(ToString::to_string).collect();
        let view = match self.known {
            true => view_words(self.site.as_deref()),
            false => "not known".to_owned(),
        };
        let user = self.user.as_deref().map(escaped).unwrap_or_default();
        vec![escaped(&self.device), user, addresses.join(", "), view]
    }
}

/// A finding for each address that many devices have.
fn shared_addresses(devices: &[RegisteredDevice], has_sites: bool) -> Vec<ViewFinding> {
    let mut by_address: BTreeMap<IpAddr, Vec<String>> = BTreeMap::new();
    for device in devices {
        let addresses: BTreeSet<IpAddr> =
            device.addresses.iter().map(IpAddr::to_canonical).collect();
        for address in addresses {
            by_address.entry(address).or_default().push(device.name.clone());
        }
    }
    by_address.retain(|_, devices| devices.len() >= SHARED_FROM);
    let finding = |(address, devices): (IpAddr, Vec<String>)| ViewFinding {
        name: ViewFindingKind::SharedAddress,
        message: format!(
            "{} have the address {address}, of Expressway or an address translation: {}",
            count(devices.len(), "device"),
            first_names(&devices, NAMES)
        ),
        help: match has_sites {
            true => {
                "these clients get one view whatever their places are; clients behind Expressway \
                 get files by `adrc deploy` or `adrc push`"
            }
            false => {
                "clients behind Expressway do not reach `adrc serve`; use `adrc deploy` or \
                 `adrc push` for them"
            }
        },
        address: Some(address),
        devices,
    };
    by_address.into_iter().map(finding).collect()
}

/// A finding about a device whose view is not known.
fn unclear(
    device: &RegisteredDevice,
    found: &BTreeSet<usize>,
    sites: &[Option<&str>],
) -> Option<ViewFinding> {
    let name = escaped(&device.name);
    let (kind, message, help) = match found.len() {
        0 => (
            ViewFindingKind::NoAddress,
            format!("{name} has no address in CUCM's answer"),
            "ask again when the device has registered again",
        ),
        1 => return None,
        _ => {
            let views = found.iter().filter_map(|at| sites.get(*at));
            let views: Vec<String> = views.map(|site| view_words(*site)).collect();
            (
                ViewFindingKind::SeveralViews,
                format!("{name} has addresses of several views: {}", views.join(", ")),
                "give all networks of a place to its site, those of IPv6 too",
            )
        }
    };
    Some(ViewFinding {
        name: kind,
        message,
        help,
        address: None,
        devices: vec![device.name.clone()],
    })
}

fn silent(node: &str) -> ViewFinding {
    ViewFinding {
        name: ViewFindingKind::SilentNode,
        message: format!("the node {} did not answer; its devices are missing", escaped(node)),
        help: "ask again when the node is reachable",
        address: None,
        devices: Vec::new(),
    }
}
