//! RisPort70: which devices are registered where.

use crate::control::{admit, answer};
use crate::devices::Device;
use crate::http::{Answer, Request};
use crate::listing::is_like;
use crate::soap::SoapFault;
use crate::state::State;
use crate::xml::{Element, leaf, wrap, wrap_or_empty};

/// Devices at most in one answer.
const MAX_PAGE: usize = 1000;

/// Model that stands for any.
const ANY_MODEL: u32 = 255;

/// Start of the subsystem, in the opaque state of an answer.
const SUBSYSTEM_START: u32 = 1_795_414_380;

/// Answers a request for `/realtimeservice2/services/RISService70`.
pub(crate) fn handle(state: &mut State, request: &Request) -> Answer {
    let operation = match admit(state, request, "AxisFault: ") {
        Ok(operation) => operation,
        Err(answer) => return answer,
    };
    match select(state, &operation) {
        Ok(content) => answer(&operation.name, &content, state.serviceability.unqualified_answers),
        Err(fault) => fault.answer(&operation.name, None),
    }
}

/// `selectCmDevice`. The state of a request says how many devices of each node the client has.
fn select(state: &State, operation: &Element) -> Result<String, SoapFault> {
    let missing = |name: &str| SoapFault::plain(format!("{name} is missing"));
    if operation.name != "selectCmDevice" {
        return Err(SoapFault::plain(format!("unknown operation {}", operation.name)));
    }
    let criteria = operation.child("CmSelectionCriteria");
    let criteria = criteria.ok_or_else(|| missing("CmSelectionCriteria"))?;
    let info = operation.child_text("StateInfo").ok_or_else(|| missing("StateInfo"))?;
    let asked = criteria.child_text("MaxReturnedDevices").and_then(|text| text.parse().ok());
    let asked: usize = asked.ok_or_else(|| missing("MaxReturnedDevices"))?;
    let mut room = asked.min(state.serviceability.page.unwrap_or(MAX_PAGE)).min(MAX_PAGE);
    let known = known(info)?;
    let mut total = 0;
    let mut states = String::new();
    let mut pages = Vec::new();
    for node in &state.nodes {
        let devices = state.devices.iter().filter(|device| device.node == node.name);
        let devices: Vec<_> = devices.filter(|device| is_selected(device, criteria)).collect();
        let known = known.iter().find(|(name, _)| *name == node.name).map(|(_, count)| *count);
        let from = known.unwrap_or(0).min(devices.len());
        let page = devices[from..devices.len().min(from + room)].to_vec();
        let code = match (node.is_alive, devices.is_empty()) {
            (false, _) => "NodeNotResponding",
            (true, true) => "NotFound",
            (true, false) => "Ok",
        };
        if node.is_alive {
            room -= page.len();
            total += devices.len();
            states += &node_state(&node.name, [devices.len(), from + page.len()]);
        }
        pages.push((code, &node.name, known.is_some() && page.is_empty(), page));
    }
    // nodes without more devices are in an answer only if no node has more
    let has_news = pages.iter().any(|(.., page)| !page.is_empty());
    pages.retain(|(_, _, is_unchanged, _)| !(has_news && *is_unchanged));
    let item = |(code, name, is_unchanged, page): &(&str, &String, bool, Vec<&Device>)| {
        node_item(code, name, *is_unchanged, page)
    };
    let nodes: String = pages.iter().map(item).collect();
    let result = leaf("TotalDevicesFound", &total.to_string()) + &wrap_or_empty("CmNodes", &nodes);
    let info = leaf("StateInfo", &format!("<StateInfo>{states}</StateInfo>"));
    let content = wrap("SelectCmDeviceResult", &result) + &info;
    Ok(wrap("selectCmDeviceReturn", &content))
}

fn node_item(code: &str, name: &str, is_unchanged: bool, page: &[&Device]) -> String {
    let devices: String = match code {
        "NodeNotResponding" => "<CmDevices xsi:nil=\"true\"/>".to_owned(),
        _ => {
            let devices: String = page.iter().map(|device| device.xml()).collect();
            wrap_or_empty("CmDevices", &devices)
        }
    };
    let content = leaf("ReturnCode", code)
        + &leaf("Name", name)
        + &leaf("NoChange", &is_unchanged.to_string())
        + &devices;
    wrap("item", &content)
}

fn node_state(name: &str, [total, returned]: [usize; 2]) -> String {
    let name = crate::xml::escaped(name);
    format!(
        "<Node Name=\"{name}\" SubsystemStartTime=\"{SUBSYSTEM_START}\" StateId=\"118\" \
         TotalItemsFound=\"{total}\" TotalItemsReturned=\"{returned}\"/>"
    )
}

/// Nodes and numbers of devices in the state of a request; empty for an empty state.
fn known(info: &str) -> Result<Vec<(String, usize)>, SoapFault> {
    if info.is_empty() {
        return Ok(Vec::new());
    }
    let invalid = || SoapFault::plain("the StateInfo is not one that this server gave");
    let info = Element::read(info).map_err(|_| invalid())?;
    let entry = |node: &Element| {
        let name = node.attribute("Name")?.to_owned();
        Some((name, node.attribute("TotalItemsReturned")?.parse().ok()?))
    };
    info.children.iter().map(|node| entry(node).ok_or_else(invalid)).collect()
}

fn is_selected(device: &Device, criteria: &Element) -> bool {
    let text = |name: &str| criteria.child_text(name).unwrap_or_default();
    let model: u32 = text("Model").parse().unwrap_or(ANY_MODEL);
    let items = criteria.child("SelectItems").map_or(&[][..], |items| &items.children[..]);
    let is_meant = |item: &Element| {
        let pattern = item.child_text("Item").unwrap_or_default().replace('*', "%");
        is_like(Some(&device.name), &pattern)
    };
    let by_name = matches!(text("SelectBy"), "Name" | "");
    matches!(text("DeviceClass"), "Phone" | "Any" | "")
        && (model == ANY_MODEL || model == device.model)
        && (matches!(text("Status"), "Any" | "") || text("Status") == device.status)
        && (matches!(text("NodeName"), "Any" | "") || text("NodeName") == device.node)
        && (!by_name || items.iter().any(is_meant))
}
