//! The softphones that are registered with a cluster.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::IpAddr;

use adr_cucm::service::{Device, DeviceCursor, NextPage, SelectDevices, model};
use adr_cucm_client::{CallError, MAX_RECORDS, Session};
use adr_render::device_views::RegisteredDevice;

/// The models of softphones: Jabber on computers, Android, tablets and iPhone.
const MODELS: [u32; 4] = [model::CSF, model::BOT, model::TAB, model::TCT];

/// The status of a device that is registered.
const REGISTERED: &str = "Registered";

/// Most pages of one model. CUCM returns up to 1,000 devices in a page.
const MAX_PAGES: usize = 1_000;

/// The registered softphones of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registered {
    /// The devices, sorted by name, each once.
    pub devices: Vec<RegisteredDevice>,
    /// Nodes that did not answer CUCM's own question: their devices may be missing.
    pub silent_nodes: Vec<String>,
}

/// Asks for the registered softphones, page by page. The session waits while CUCM is busy.
///
/// # Errors
///
/// See [`CallError`]: a page did not come. The result is never a part of the list without
/// [`Registered::silent_nodes`].
pub async fn registered(session: &Session) -> Result<Registered, CallError> {
    let mut found = Found::default();
    for model in MODELS {
        let mut question = SelectDevices::all_of(model);
        let mut cursor = DeviceCursor::default();
        for page_number in 0.. {
            if page_number == MAX_PAGES {
                return Err(CallError::TooManyRecords { limit: MAX_RECORDS });
            }
            let page = session.call_service(&question).await?;
            for node in &page.nodes {
                if !node.has_responded {
                    found.silence(&node.name);
                }
                node.devices.iter().for_each(|device| found.add(&node.name, device));
            }
            if found.devices.len() > MAX_RECORDS {
                return Err(CallError::TooManyRecords { limit: MAX_RECORDS });
            }
            match cursor.after(&page) {
                NextPage::Ask(state_info) => question.state_info = state_info,
                NextPage::Stop(_) => break,
            }
        }
    }
    let Found { devices, silent_nodes } = found;
    Ok(Registered { devices: devices.into_values().collect(), silent_nodes })
}

#[derive(Default)]
struct Found {
    devices: BTreeMap<String, RegisteredDevice>,
    silent_nodes: Vec<String>,
}

impl Found {
    fn add(&mut self, node: &str, device: &Device) {
        if device.status != REGISTERED {
            return;
        }
        if let Entry::Vacant(vacant) = self.devices.entry(device.name.clone()) {
            vacant.insert(RegisteredDevice {
                name: device.name.clone(),
                user: device.user.clone(),
                node: node.to_owned(),
                addresses: addresses(device),
            });
        }
    }

    fn silence(&mut self, node: &str) {
        if !self.silent_nodes.iter().any(|known| known == node) {
            self.silent_nodes.push(node.to_owned());
        }
    }
}

/// The addresses by which a device reaches CUCM: those for signaling, else all.
fn addresses(device: &Device) -> Vec<IpAddr> {
    let signaling = device.addresses.iter().filter(|address| address.is_signaling);
    let signaling: Vec<IpAddr> = signaling.map(|address| address.address).collect();
    match signaling.is_empty() {
        true => device.addresses.iter().map(|address| address.address).collect(),
        false => signaling,
    }
}
