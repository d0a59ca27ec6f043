//! ControlCenterServices: the state of services, and restarts.

use crate::axl::password_user;
use crate::http::{Answer, Request};
use crate::nodes::{Node, Service, Status, seconds_now};
use crate::soap::{self, SoapFault};
use crate::state::State;
use crate::time::date;
use crate::xml::{Element, leaf, wrap, wrap_or_empty};

/// Namespace of all services of serviceability.
pub(crate) const NAMESPACE: &str = "http://schemas.cisco.com/ast/soap";

/// Answers a request for `/controlcenterservice2/services/ControlCenterServices`.
pub(crate) fn handle(state: &mut State, node: &str, request: &Request) -> Answer {
    let operation = match admit(state, request, "") {
        Ok(operation) => operation,
        Err(answer) => return answer,
    };
    let release = state.release.clone();
    let unqualified = state.serviceability.unqualified_answers;
    let Some(node) = state.node_mut(node) else { return Answer::error_page(404, "Not Found") };
    let result = match operation.name.as_str() {
        "soapGetServiceStatus" => status(node, &operation),
        "soapDoControlServices" => control(node, &operation),
        "getProductInformationList" => Ok(products(node, &release)),
        name => Err(SoapFault::plain(format!("unknown operation {name}"))),
    };
    match result {
        Ok(content) => answer(&operation.name, &content, unqualified),
        Err(fault) => fault.answer(&operation.name, None),
    }
}

/// The operation of a request by a user who may send it.
///
/// `prefix` is what the text of the fault `Exceeded allowed rate` begins with.
pub(crate) fn admit(state: &mut State, request: &Request, prefix: &str) -> Result<Element, Answer> {
    let user = password_user(state, request).ok_or_else(Answer::unauthorized)?;
    if !user.serviceability {
        return Err(Answer::error_page(403, "Access to the requested resource has been denied"));
    }
    if let Some(limit) = &mut state.serviceability.limit
        && !limit.allows()
    {
        return Err(SoapFault::rate(prefix, limit.per_minute()).answer("", None));
    }
    let name = request.operation();
    let refuse = |fault: SoapFault| fault.answer(&name, None);
    let operation = soap::operation(&request.body).map_err(refuse)?;
    if operation.namespace != NAMESPACE || operation.name != name {
        return Err(refuse(SoapFault::plain(format!("unexpected element {}", operation.name))));
    }
    if let Some(child) = operation.outside(NAMESPACE) {
        return Err(refuse(SoapFault::plain(format!("unexpected element {}", child.name))));
    }
    Ok(operation)
}

/// An answer whose children are in the namespace, unless they are `unqualified`.
///
/// `content` has names without prefix.
pub(crate) fn answer(operation: &str, content: &str, unqualified: bool) -> Answer {
    let content = if unqualified { content.to_owned() } else { qualified(content) };
    soap::answer(operation, NAMESPACE, &content)
}

/// The same XML with the prefix `ns:` before every name.
fn qualified(content: &str) -> String {
    let mut output = String::with_capacity(content.len() * 2);
    for (at, part) in content.split('<').enumerate() {
        match (at, part.strip_prefix('/')) {
            (0, _) => output.push_str(part),
            (_, Some(end)) => output.extend(["</ns:", end]),
            (_, None) => output.extend(["<ns:", part]),
        }
    }
    output
}

fn status(node: &mut Node, operation: &Element) -> Result<String, SoapFault> {
    let mut names: Vec<_> = operation.children.iter().map(|child| child.text.clone()).collect();
    if names.is_empty() || operation.children.iter().any(|child| child.name != "ServiceStatus") {
        return Err(SoapFault::plain("ServiceStatus is missing"));
    }
    if names.iter().all(String::is_empty) {
        names = node.services.iter().map(|service| service.name.clone()).collect();
    }
    let items: String = names
        .iter()
        .map(|name| {
            node.poll(name);
            item(name, node.service_mut(name))
        })
        .collect();
    Ok(wrap("soapGetServiceStatusReturn", &result(&items)))
}

fn control(node: &mut Node, operation: &Element) -> Result<String, SoapFault> {
    let request = operation.child("ControlServiceRequest");
    let request = request.ok_or_else(|| SoapFault::plain("ControlServiceRequest is missing"))?;
    let names: Vec<_> = request.children.iter().map(|child| child.name.as_str()).collect();
    if names != ["NodeName", "ControlType", "ServiceList"] {
        return Err(SoapFault::plain(format!("unexpected elements {names:?}")));
    }
    let kind = request.children[1].text.clone();
    if !matches!(kind.as_str(), "Start" | "Stop" | "Restart") {
        return Err(SoapFault::plain(format!("unknown ControlType {kind}")));
    }
    let mut items = String::new();
    for service in &request.children[2].children {
        let name = &service.text;
        match (kind.as_str(), node.service_mut(name)) {
            ("Stop", Some(service)) => service.status = Status::Stopped,
            _ => node.restart(name),
        }
        items += &match node.service_mut(name) {
            Some(service) if service.status != Status::Stopped => started_item(service),
            other => item(name, other),
        };
    }
    Ok(wrap("soapDoControlServicesReturn", &result(&items)))
}

fn result(items: &str) -> String {
    leaf("ReturnCode", "0")
        + &leaf("ReasonCode", "-1")
        + &leaf("ReasonString", " ")
        + &wrap_or_empty("ServiceInfoList", items)
}

/// A service as a status request sees it. A name that is unknown is stopped for ever.
fn item(name: &str, service: Option<&mut Service>) -> String {
    let stopped = |code: &str, reason: &str| {
        let time = "<StartTime xsi:nil=\"true\"/><UpTime>-1</UpTime>";
        item_of(name, "Stopped", [code, reason], time)
    };
    match service {
        None => stopped("-1", " "),
        Some(service) if !service.is_active => stopped("-1068", "Service Not Activated "),
        Some(service) => match service.status {
            Status::Starting(1..) if !service.never_starts => {
                stopped("-1019", "Component is not running")
            }
            Status::Stopped => stopped("-1019", "Component is not running"),
            _ => started_item(service),
        },
    }
}

/// A service that runs or starts.
fn started_item(service: &Service) -> String {
    let status = if service.status == Status::Started { "Started" } else { "Starting" };
    let start = leaf("StartTime", &date(service.start_time));
    let up = seconds_now().saturating_sub(service.start_time);
    let time = start + &leaf("UpTime", &up.to_string());
    item_of(&service.name, status, ["-1", " "], &time)
}

fn item_of(name: &str, status: &str, [code, reason]: [&str; 2], time: &str) -> String {
    let content = leaf("ServiceName", name)
        + &leaf("ServiceStatus", status)
        + &leaf("ReasonCode", code)
        + &leaf("ReasonCodeString", reason)
        + time;
    wrap("item", &content)
}

/// `getProductInformationList`.
fn products(node: &Node, release: &str) -> String {
    let version = release.replace('(', "-").replace(')', "");
    let product = leaf("ProductName", "Unified CM")
        + &leaf("ProductVersion", &version)
        + &leaf("ProductDescription", "Call control")
        + &leaf("ProductID", "CallManager")
        + &leaf("ShortName", "CCM");
    let service = |service: &Service| {
        let content = leaf("ServiceName", &service.name)
            + &leaf("ServiceType", "Service")
            + &leaf("Deployable", "true")
            + &leaf("GroupName", "CM Services")
            + &leaf("ProductID", "CallManager")
            + "<DependentServices xsi:nil=\"true\"/>";
        wrap("item", &content)
    };
    let services: String = node.services.iter().map(service).collect();
    let content = leaf("ActiveServerVersion", &version)
        + &leaf("PrimaryNode", &node.name)
        + "<SecondaryNode xsi:nil=\"true\"/>"
        + &wrap("Products", &wrap("item", &product))
        + &wrap("Services", &services);
    wrap("getProductInformationListReturn", &content)
}
