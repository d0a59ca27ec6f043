//! `listProcessNodeService`: which services run on which nodes.

use super::{AxlOperation, records};
use crate::answer_error::AnswerError;
use crate::version::SchemaVersion;
use crate::xml::{Body, Element};

/// Asks for the services of all nodes. The only criterion of the operation is the node, so
/// [`tftp_nodes`] filters the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListProcessNodeService;

/// A service of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeService {
    /// The node: a host name or address.
    pub node: String,
    /// The service, such as `Cisco Tftp`.
    pub service: String,
    /// `isActive`: whether the service is activated on the node; `None` if CUCM does not say.
    pub is_active: Option<bool>,
}

/// A row of the table of nodes that stands for the whole cluster.
const WHOLE_CLUSTER: &str = "EnterpriseWideData";

/// The nodes on which `Cisco Tftp` is activated, in the order of the answer, each once.
#[must_use]
pub fn tftp_nodes(services: &[NodeService]) -> Vec<&str> {
    let mut nodes = Vec::new();
    for NodeService { node, service, is_active } in services {
        let serves = service == crate::service::TFTP_SERVICE && *is_active != Some(false);
        if serves && node != WHOLE_CLUSTER && !nodes.contains(&&**node) {
            nodes.push(&**node);
        }
    }
    nodes
}

impl AxlOperation for ListProcessNodeService {
    type Answer = Vec<NodeService>;

    fn name(&self) -> String {
        "listProcessNodeService".to_owned()
    }

    fn write(&self, _: SchemaVersion, body: &mut Body) {
        body.nested("searchCriteria", |body| body.text("processNodeName", "%"));
        body.nested("returnedTags", |body| {
            body.text("processNodeName", "");
            body.text("service", "");
            body.text("enable", "f");
            body.text("isActive", "f");
        });
    }

    fn read(&self, response: Element<'_>) -> Result<Vec<NodeService>, AnswerError> {
        let records = records(response, "processNodeService")?;
        let service = |record: Element<'_>| NodeService {
            node: record.word_of("processNodeName").unwrap_or_default().to_owned(),
            service: record.word_of("service").unwrap_or_default().to_owned(),
            is_active: record.flag_of("isActive"),
        };
        Ok(records.map(service).collect())
    }
}
