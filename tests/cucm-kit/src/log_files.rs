//! LogCollection and DimeGetFile: which log files a node has, and their bytes.

use crate::control::{NAMESPACE, admit, answer};
use crate::http::{Answer, Request};
use crate::nodes::Node;
use crate::soap::{SoapFault, envelope};
use crate::state::State;
use crate::xml::{Element, leaf, wrap, wrap_or_empty};

/// Path of LogCollection.
pub(crate) const LIST_PATH: &str = "/logcollectionservice2/services/LogCollectionPortTypeService";

/// Path of DimeGetFile.
pub(crate) const FILE_PATH: &str = "/logcollectionservice/services/DimeGetFileService";

/// A log file of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// The service that writes it.
    pub service: String,
    /// Its path on the node.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl LogFile {
    /// A file of the Presence Engine.
    #[must_use]
    pub fn of_presence_engine(name: &str, bytes: &[u8]) -> Self {
        Self {
            service: "Cisco Presence Engine".to_owned(),
            path: format!("/var/log/active/epas/trace/epe/sdi/{name}"),
            bytes: bytes.to_owned(),
        }
    }
}

/// How DimeGetFile sends a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileAnswer {
    /// As the second part of `multipart/related`.
    #[default]
    Parts,
    /// As the second record of DIME, in two chunks.
    Records,
    /// Not at all: the answer has only its first part.
    Nothing,
}

/// Answers a request for LogCollection.
pub(crate) fn list(state: &mut State, node: &str, request: &Request) -> Answer {
    let operation = match admit(state, request, "") {
        Ok(operation) => operation,
        Err(answer) => return answer,
    };
    let unqualified = state.serviceability.unqualified_answers;
    let Some(node) = state.node_mut(node) else { return Answer::error_page(404, "Not Found") };
    let content = match operation.name.as_str() {
        "listNodeServiceLogs" => Ok(services(node)),
        "selectLogFiles" => select(node, &operation),
        name => Err(SoapFault::plain(format!("unknown operation {name}"))),
    };
    match content {
        Ok(content) => answer(&operation.name, &content, unqualified),
        Err(fault) => fault.answer(&operation.name, None),
    }
}

fn services(node: &Node) -> String {
    let mut names: Vec<&str> = node.services.iter().map(|service| &*service.name).collect();
    names.extend(node.logs.iter().map(|file| &*file.service));
    names.sort_unstable();
    names.dedup();
    let items: String = names.iter().map(|name| leaf("item", name)).collect();
    let services = wrap_or_empty("ServiceLog", &items);
    wrap("listNodeServiceLogsReturn", &(leaf("name", &node.name) + &services))
}

/// The elements of a request, in their order.
const CRITERIA: [&str; 16] = [
    "ServiceLogs",
    "SystemLogs",
    "SearchStr",
    "Frequency",
    "JobType",
    "ToDate",
    "FromDate",
    "TimeZone",
    "RelText",
    "RelTime",
    "Port",
    "IPAddress",
    "UserName",
    "Password",
    "ZipInfo",
    "RemoteFolder",
];

fn select(node: &Node, operation: &Element) -> Result<String, SoapFault> {
    let criteria = operation.child("FileSelectionCriteria");
    let criteria = criteria.ok_or_else(|| SoapFault::plain("FileSelectionCriteria is missing"))?;
    let names: Vec<_> = criteria.children.iter().map(|child| child.name.as_str()).collect();
    if names != CRITERIA {
        return Err(SoapFault::plain(format!("unexpected elements {names:?}")));
    }
    if criteria.child_text("JobType") != Some("DownloadtoClient") {
        return Err(SoapFault::plain("only DownloadtoClient lists files"));
    }
    let services: Vec<&str> =
        criteria.children[0].children.iter().map(|item| item.text.as_str()).collect();
    let files = node.logs.iter().filter(|file| services.contains(&&*file.service));
    let files: String = files.map(file).collect();
    let sets = wrap("ServiceLogs", &wrap_or_empty("SetOfFiles", &files));
    let node = wrap("Node", &(leaf("name", &node.name) + &wrap("ServiceList", &sets)));
    Ok(wrap("ResultSet", &wrap("SchemaFileSelectionResult", &node)))
}

fn file(file: &LogFile) -> String {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let content = leaf("name", name)
        + &leaf("absolutepath", &file.path)
        + &leaf("filesize", &file.bytes.len().to_string())
        + &leaf("modifiedDate", "Mon Nov 30 10:00:00 UTC 2026");
    wrap("File", &content)
}

/// Answers a request for DimeGetFile. Its element `FileName` has no namespace.
pub(crate) fn get(state: &mut State, node: &str, request: &Request) -> Answer {
    let user = crate::axl::password_user(state, request);
    match user {
        None => return Answer::unauthorized(),
        Some(user) if !user.serviceability => return Answer::error_page(403, "Access denied"),
        Some(_) => {}
    }
    let operation = match crate::soap::operation(&request.body) {
        Ok(operation) if operation.name == "GetOneFile" => operation,
        Ok(other) => {
            let text = format!("No such operation '{}'", other.name);
            return SoapFault::plain(text).answer("GetOneFile", None);
        }
        Err(fault) => return fault.answer("GetOneFile", None),
    };
    let Some(node) = state.node_mut(node) else { return Answer::error_page(404, "Not Found") };
    let path = operation.child_text("FileName").unwrap_or_default();
    match node.logs.iter().find(|file| file.path == path) {
        Some(file) => attached(&file.bytes, node.log_answer),
        None => SoapFault::plain(format!("File not found: {path}")).answer("GetOneFile", None),
    }
}

fn attached(file: &[u8], shape: FileAnswer) -> Answer {
    let returned = format!("<ns1:GetOneFileResponse xmlns:ns1=\"{NAMESPACE}/\"/>");
    let soap = envelope(&returned);
    match shape {
        FileAnswer::Parts | FileAnswer::Nothing => {
            let head = "MIMEBoundary_1";
            let mut body = format!("--{head}\r\nContent-Type: text/xml\r\n\r\n{soap}").into_bytes();
            if shape == FileAnswer::Parts {
                let part = "Content-Type: application/octet-stream\r\nContent-ID: <2>\r\n\r\n";
                body.extend(format!("\r\n--{head}\r\n{part}").bytes());
                body.extend(file);
            }
            body.extend(format!("\r\n--{head}--\r\n").bytes());
            Answer::new(200, &format!("multipart/related; boundary={head}"), body)
        }
        FileAnswer::Records => {
            let (first, second) = file.split_at(file.len() / 2);
            let body = [record(4, soap.as_bytes()), record(1, first), record(2, second)];
            Answer::new(200, "application/dime", body.concat())
        }
    }
}

/// A record of DIME without a type.
fn record(flags: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![(1 << 3) | flags, 0, 0, 0, 0, 0, 0, 0];
    bytes.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}
