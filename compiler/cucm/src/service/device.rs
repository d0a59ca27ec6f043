//! RisPort70 `selectCmDevice`: registered softphones and their addresses, in pages.

use std::collections::HashSet;
use std::net::IpAddr;

use super::{DEVICE_PATH, ServiceOperation, items, returned};
use crate::answer_error::AnswerError;
use crate::soap;
use crate::xml::{Body, Element};

/// Most devices of one page; CUCM accepts no larger request.
pub const PAGE_DEVICES: u32 = 1_000;

/// Numbers of device models.
pub mod model {
    /// Jabber on Windows and Mac (CSF).
    pub const CSF: u32 = 503;
    /// Jabber on Android (BOT).
    pub const BOT: u32 = 575;
    /// Jabber on tablets (TAB).
    pub const TAB: u32 = 652;
    /// Jabber on iPhone (TCT). Not confirmed by a document.
    pub const TCT: u32 = 562;
    /// Every model.
    pub const ANY: u32 = 255;
}

/// Asks for one page of phones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectDevices {
    /// The page: empty for the first one, then what the [`DeviceCursor`] says.
    pub state_info: String,
    /// The model; see [`model`].
    pub model: u32,
    /// Names of devices; `*` stands for all.
    pub names: Vec<String>,
}

impl SelectDevices {
    /// The first page of all devices of a model.
    #[must_use]
    pub fn all_of(model: u32) -> Self {
        Self { state_info: String::new(), model, names: vec!["*".to_owned()] }
    }
}

/// One page of devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevicePage {
    /// How many devices the cluster has in all pages; `None` if CUCM does not say.
    pub total: Option<u64>,
    /// The nodes with their devices.
    pub nodes: Vec<DeviceNode>,
    /// Opaque; the [`DeviceCursor`] sends it back.
    pub state_info: String,
}

impl DevicePage {
    /// The nodes that did not respond: the page is incomplete.
    pub fn silent_nodes(&self) -> impl Iterator<Item = &str> {
        let silent = self.nodes.iter().filter(|node| !node.has_responded);
        silent.map(|node| &*node.name)
    }

    /// The devices of all nodes.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.nodes.iter().flat_map(|node| &node.devices)
    }
}

/// A node and the devices that are registered with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceNode {
    /// Host name or address.
    pub name: String,
    /// Whether the node is part of the answer: `ReturnCode` is `Ok` or `NotFound`.
    pub has_responded: bool,
    /// `NoChange`: nothing changed since the page that the request names.
    pub is_unchanged: bool,
    /// Its devices.
    pub devices: Vec<Device>,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its name, such as `CSFASMITH`.
    pub name: String,
    /// `Registered`, `UnRegistered`, and others.
    pub status: String,
    /// Its user; empty if there is none.
    pub user: String,
    /// Its description.
    pub description: String,
    /// Its addresses, in the order of the answer.
    pub addresses: Vec<DeviceAddress>,
}

/// An address of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceAddress {
    /// The address.
    pub address: IpAddr,
    /// Whether the device uses it for signaling.
    pub is_signaling: bool,
}

/// Decides after each page whether there is another one.
///
/// `StateInfo` is opaque. The schema suggests that it means "what changed since" rather than "the
/// next page", so there are several reasons to stop.
///
/// ```
/// use adr_cucm::service::{DeviceCursor, DevicePage, NextPage, StopReason};
///
/// let mut cursor = DeviceCursor::default();
/// let page = DevicePage { total: Some(0), nodes: Vec::new(), state_info: String::new() };
/// assert_eq!(cursor.after(&page), NextPage::Stop(StopReason::TotalReached));
/// ```
#[derive(Clone, Debug, Default)]
pub struct DeviceCursor {
    /// `StateInfo` of every request so far, except the first, which has none.
    sent: HashSet<String>,
    /// Names of the devices of all pages.
    names: HashSet<String>,
}

/// What to do after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextPage {
    /// Ask again with this `StateInfo`.
    Ask(String),
    /// All devices were returned.
    Stop(StopReason),
}

/// Why a page is the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// As many devices were returned as the cluster has.
    TotalReached,
    /// Every node says that nothing changed.
    NothingChanged,
    /// The page has no device that was not returned before.
    NothingNew,
    /// The page has no `StateInfo`.
    NoStateInfo,
    /// The page has a `StateInfo` that was sent before.
    RepeatedStateInfo,
}

impl DeviceCursor {
    /// Takes note of a page, and decides what follows.
    pub fn after(&mut self, page: &DevicePage) -> NextPage {
        let before = self.names.len();
        self.names.extend(page.devices().map(|device| device.name.clone()));
        let count = u64::try_from(self.names.len()).unwrap_or(u64::MAX);
        let reason = if page.total.is_some_and(|total| count >= total) {
            StopReason::TotalReached
        } else if !page.nodes.is_empty() && page.nodes.iter().all(|node| node.is_unchanged) {
            StopReason::NothingChanged
        } else if self.names.len() == before {
            StopReason::NothingNew
        } else if page.state_info.trim().is_empty() {
            StopReason::NoStateInfo
        } else if !self.sent.insert(page.state_info.clone()) {
            StopReason::RepeatedStateInfo
        } else {
            return NextPage::Ask(page.state_info.clone());
        };
        NextPage::Stop(reason)
    }
}

impl ServiceOperation for SelectDevices {
    type Answer = DevicePage;
    const PATH: &'static str = DEVICE_PATH;
    const NAME: &'static str = "selectCmDevice";

    fn write(&self, body: &mut Body) {
        body.text("StateInfo", &self.state_info);
        body.nested("CmSelectionCriteria", |body| {
            body.text("MaxReturnedDevices", &PAGE_DEVICES.to_string());
            body.text("DeviceClass", "Phone");
            body.text("Model", &self.model.to_string());
            body.text("Status", "Any");
            body.text("NodeName", "");
            body.text("SelectBy", "Name");
            body.nested("SelectItems", |body| {
                for name in &self.names {
                    body.nested("item", |body| body.text("Item", name));
                }
            });
            body.text("Protocol", "Any");
            body.text("DownloadStatus", "Any");
        });
    }

    fn read(&self, response: Element<'_>) -> Result<DevicePage, AnswerError> {
        let returned = returned(response, "selectCmDeviceReturn")?;
        let result = returned
            .child("SelectCmDeviceResult")
            .ok_or_else(|| soap::missing("SelectCmDeviceResult"))?;
        Ok(DevicePage {
            total: result.number_of("TotalDevicesFound"),
            nodes: items(result, "CmNodes").map(read_node).collect(),
            state_info: returned.text_of("StateInfo").to_owned(),
        })
    }
}

fn read_node(item: Element<'_>) -> DeviceNode {
    let return_code = item.word_of("ReturnCode").unwrap_or_default();
    DeviceNode {
        name: item.word_of("Name").unwrap_or_default().to_owned(),
        has_responded: matches!(return_code, "Ok" | "NotFound"),
        is_unchanged: item.flag_of("NoChange") == Some(true),
        devices: items(item, "CmDevices").map(read_device).collect(),
    }
}

fn read_device(item: Element<'_>) -> Device {
    let address = |address: Element<'_>| {
        let attribute = address.word_of("Attribute").unwrap_or_default();
        Some(DeviceAddress {
            address: address.word_of("IP")?.parse().ok()?,
            is_signaling: attribute.ends_with("Signaling"),
        })
    };
    Device {
        name: item.word_of("Name").unwrap_or_default().to_owned(),
        status: item.word_of("Status").unwrap_or_default().to_owned(),
        user: item.word_of("LoginUserId").unwrap_or_default().to_owned(),
        description: item.text_of("Description").to_owned(),
        addresses: items(item, "IPAddress").filter_map(address).collect(),
    }
}
