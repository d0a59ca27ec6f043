//! ControlCenterServices: status and restart of services, and the release of a node.

use super::{CONTROL_PATH, ServiceOperation, items, returned};
use crate::answer_error::AnswerError;
use crate::soap;
use crate::xml::{Body, Element};

/// Asks for the status of services. Without names CUCM returns all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GetServiceStatus {
    /// Names of services, exactly as CUCM spells them.
    pub services: Vec<String>,
}

/// Starts, stops or restarts services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlServices {
    /// The node; sent as `xsi:nil` if it is `None`, because the schema requires the element.
    pub node: Option<String>,
    /// What to do.
    pub action: ControlAction,
    /// Names of services, exactly as CUCM spells them.
    pub services: Vec<String>,
}

/// What to do with services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlAction {
    /// Start them.
    Start,
    /// Stop them.
    Stop,
    /// Restart them.
    Restart,
}

/// The answer about services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceList {
    /// `ReturnCode`; 0 is taken as success.
    pub return_code: Option<i64>,
    /// `ReasonString`; often blank.
    pub reason: String,
    /// The services, in the order of the answer.
    pub services: Vec<ServiceInfo>,
}

impl ServiceList {
    /// The service with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ServiceInfo> {
        self.services.iter().find(|service| service.name == name)
    }
}

/// A service of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceInfo {
    /// Its name.
    pub name: String,
    /// Its status.
    pub status: ServiceStatus,
    /// Why it is in this status, such as `Service Not Activated`; often blank.
    pub reason: String,
    /// When it started, as CUCM writes it; `None` while it is stopped.
    pub start_time: Option<String>,
    /// Seconds since it started; CUCM sends -1 while it is stopped, which is `None` here.
    pub up_seconds: Option<u64>,
}

/// The status of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceStatus {
    /// It runs.
    Started,
    /// It does not run.
    Stopped,
    /// It is about to run.
    Starting,
    /// It is about to stop.
    Stopping,
    /// `Unknown`, or a word that adrc does not know.
    Other(String),
}

/// Whether a service runs again after a restart: `before` is its status before the request, `now`
/// the latest one. It does if it is started, and with another start time.
///
/// ```
/// use adr_cucm::service::{ServiceInfo, ServiceStatus, has_restarted};
///
/// let info = |status, time: &str| ServiceInfo {
///     name: "Cisco Tftp".to_owned(),
///     status,
///     reason: String::new(),
///     start_time: Some(time.to_owned()),
///     up_seconds: None,
/// };
/// let before = info(ServiceStatus::Started, "Mon Nov 23 06:12:44 2026");
/// let starting = info(ServiceStatus::Starting, "Sat Nov 28 15:02:19 2026");
/// let now = info(ServiceStatus::Started, "Sat Nov 28 15:02:19 2026");
/// assert!(!has_restarted(Some(&before), &before));
/// assert!(!has_restarted(Some(&before), &starting));
/// assert!(has_restarted(Some(&before), &now));
/// ```
#[must_use]
pub fn has_restarted(before: Option<&ServiceInfo>, now: &ServiceInfo) -> bool {
    let former = before.and_then(|before| before.start_time.as_ref());
    now.status == ServiceStatus::Started
        && now.start_time.is_some()
        && now.start_time.as_ref() != former
}

/// Asks for release, products and services of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetProductInformation;

/// Release, products and services of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductInformation {
    /// The active release, such as `15.0.1.10000-32`.
    pub version: String,
    /// The publisher; empty if CUCM does not say.
    pub primary_node: String,
    /// Installed products.
    pub products: Vec<Product>,
    /// Services that the node has, running or not.
    pub services: Vec<InstalledService>,
}

/// A product of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its name.
    pub name: String,
    /// Its release.
    pub version: String,
}

/// A service that a node has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledService {
    /// Its name.
    pub name: String,
    /// Whether an administrator can activate it; `None` if CUCM does not say.
    pub is_deployable: Option<bool>,
}

impl ServiceOperation for GetServiceStatus {
    type Answer = ServiceList;
    const PATH: &'static str = CONTROL_PATH;
    const NAME: &'static str = "soapGetServiceStatus";

    fn write(&self, body: &mut Body) {
        if self.services.is_empty() {
            body.text("ServiceStatus", "");
        }
        self.services.iter().for_each(|service| body.text("ServiceStatus", service));
    }

    fn read(&self, response: Element<'_>) -> Result<ServiceList, AnswerError> {
        service_list(returned(response, "soapGetServiceStatusReturn")?)
    }
}

impl ServiceOperation for ControlServices {
    type Answer = ServiceList;
    const PATH: &'static str = CONTROL_PATH;
    const NAME: &'static str = "soapDoControlServices";

    fn write(&self, body: &mut Body) {
        body.nested("ControlServiceRequest", |body| {
            match &self.node {
                Some(node) => body.text("NodeName", node),
                None => body.nil("NodeName"),
            }
            body.text(
                "ControlType",
                match self.action {
                    ControlAction::Start => "Start",
                    ControlAction::Stop => "Stop",
                    ControlAction::Restart => "Restart",
                },
            );
            body.nested("ServiceList", |body| {
                self.services.iter().for_each(|service| body.text("item", service));
            });
        });
    }

    fn read(&self, response: Element<'_>) -> Result<ServiceList, AnswerError> {
        service_list(returned(response, "soapDoControlServicesReturn")?)
    }
}

impl ServiceOperation for GetProductInformation {
    type Answer = ProductInformation;
    const PATH: &'static str = CONTROL_PATH;
    const NAME: &'static str = "getProductInformationList";

    fn write(&self, body: &mut Body) {
        body.text("ServiceInfo", "");
    }

    fn read(&self, response: Element<'_>) -> Result<ProductInformation, AnswerError> {
        let returned = returned(response, "getProductInformationListReturn")?;
        let version = returned.word_of("ActiveServerVersion");
        let word =
            |element: Element<'_>, name: &str| element.word_of(name).unwrap_or_default().to_owned();
        let product = |item: Element<'_>| Product {
            name: word(item, "ProductName"),
            version: word(item, "ProductVersion"),
        };
        let service = |item: Element<'_>| InstalledService {
            name: word(item, "ServiceName"),
            is_deployable: item.flag_of("Deployable"),
        };
        Ok(ProductInformation {
            version: version.ok_or_else(|| soap::missing("ActiveServerVersion"))?.to_owned(),
            primary_node: word(returned, "PrimaryNode"),
            products: items(returned, "Products").map(product).collect(),
            services: items(returned, "Services").map(service).collect(),
        })
    }
}

fn service_list(returned: Element<'_>) -> Result<ServiceList, AnswerError> {
    if returned.child("ServiceInfoList").is_none() {
        return Err(soap::missing("ServiceInfoList"));
    }
    Ok(ServiceList {
        return_code: returned.number_of("ReturnCode"),
        reason: returned.text_of("ReasonString").trim().to_owned(),
        services: items(returned, "ServiceInfoList").map(service_info).collect(),
    })
}

fn service_info(item: Element<'_>) -> ServiceInfo {
    ServiceInfo {
        name: item.text_of("ServiceName").to_owned(),
        status: match item.text_of("ServiceStatus").trim() {
            "Started" => ServiceStatus::Started,
            "Stopped" => ServiceStatus::Stopped,
            "Starting" => ServiceStatus::Starting,
            "Stopping" => ServiceStatus::Stopping,
            other => ServiceStatus::Other(other.to_owned()),
        },
        reason: item.text_of("ReasonCodeString").trim().to_owned(),
        start_time: item.word_of("StartTime").map(str::to_owned),
        up_seconds: item.number_of("UpTime"),
    }
}
