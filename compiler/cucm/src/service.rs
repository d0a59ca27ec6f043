//! Services besides AXL: ControlCenterServices, which restarts Cisco Tftp on a node, RisPort70,
//! which knows the registered devices, and LogCollection, which lists log files. All are on port
//! 8443 of the node.
//!
//! Here the children of a request are in the namespace of the operation, the opposite of AXL.
//! Answers are matched by local name, because at least one release leaves the namespace out.
//! Connect to the node itself: `NodeName` in a request does not redirect it.

mod attachment;
mod control;
mod device;
mod log_collection;

pub use control::{
    ControlAction, ControlServices, GetProductInformation, GetServiceStatus, InstalledService,
    Product, ProductInformation, ServiceInfo, ServiceList, ServiceStatus, has_restarted,
};
pub use device::{
    Device, DeviceAddress, DeviceCursor, DeviceNode, DevicePage, NextPage, PAGE_DEVICES,
    SelectDevices, StopReason, model,
};

pub use log_collection::{
    LOG_FILE_PATH, LOG_PATH, ListNodeServiceLogs, LogFile, NodeServiceLogs, SelectLogFiles,
    file_answer, file_request,
};

use crate::answer_error::AnswerError;
use crate::http::HttpRequest;
use crate::soap;
use crate::xml::{Body, Element, ForbiddenCharacter};

/// Path of ControlCenterServices.
pub const CONTROL_PATH: &str = "/controlcenterservice2/services/ControlCenterServices";

/// Path of RisPort70.
pub const DEVICE_PATH: &str = "/realtimeservice2/services/RISService70";

/// Name of the TFTP service. Names are case-sensitive: CUCM reports an unknown one as stopped.
pub const TFTP_SERVICE: &str = "Cisco Tftp";

/// Namespace of both services, for operations and their children.
const NAMESPACE: &str = "http://schemas.cisco.com/ast/soap";

/// An operation of these services.
pub trait ServiceOperation {
    /// What the answer holds.
    type Answer;

    /// Path of the service.
    const PATH: &'static str;

    /// Name of the operation, which is the value of `SOAPAction` as well.
    const NAME: &'static str;

    /// Writes the children of the operation element.
    fn write(&self, body: &mut Body);

    /// Reads the answer's element, `<NAME>Response`.
    ///
    /// # Errors
    ///
    /// An element that the result needs is absent.
    fn read(&self, response: Element<'_>) -> Result<Self::Answer, AnswerError>;
}

/// The request for an operation.
///
/// # Errors
///
/// A text of the operation holds a character that XML cannot carry.
pub fn request<O: ServiceOperation>(operation: &O) -> Result<HttpRequest, ForbiddenCharacter> {
    let mut body = Body::new("ns:");
    operation.write(&mut body);
    let element = ("ns:", O::NAME, NAMESPACE);
    Ok(soap::request(O::PATH, O::NAME, element, &body.finish()?))
}

/// The result of an operation, from the HTTP status and body of its answer.
///
/// # Errors
///
/// See [`AnswerError`].
pub fn answer<O: ServiceOperation>(
    operation: &O,
    status: u16,
    body: &[u8],
) -> Result<O::Answer, AnswerError> {
    // LogCollection sends its answers as the only part of several on some releases
    let envelope = attachment::envelope(body);
    let body = envelope.as_deref().unwrap_or(body);
    soap::response(status, body, O::NAME, |response| operation.read(response))
}

/// The element that holds the result.
fn returned<'r>(response: Element<'r>, name: &'static str) -> Result<Element<'r>, AnswerError> {
    response.child(name).ok_or_else(|| soap::missing(name))
}

/// The elements `item` of a list; none if the list is absent, empty or `xsi:nil`.
fn items<'e>(element: Element<'e>, list: &str) -> impl Iterator<Item = Element<'e>> + use<'e> {
    let list = element.child(list);
    list.into_iter().flat_map(Element::children).filter(|child| child.name() == "item")
}
