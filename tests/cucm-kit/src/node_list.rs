//! The list of services of all nodes.

use crate::listing::{self, Query};
use crate::nodes::{Node, Service};
use crate::soap::SoapFault;
use crate::state::State;
use crate::uuid::uuid_of;
use crate::xml::{Element, leaf, wrap_or_empty};

/// `listProcessNodeService`.
pub(crate) fn list(state: &State, request: &Element) -> Result<String, SoapFault> {
    let tags = ["processNodeName", "service", "enable", "isActive"];
    let query = Query::read(request, &["processNodeName"], &tags)?;
    let rows = state.nodes.iter().flat_map(|node| node.services.iter().map(move |it| (node, it)));
    let is_listed = |(node, service): &(&Node, &Service)| {
        let mut criteria = query.criteria.iter();
        criteria.all(|(_, like)| listing::is_like(Some(&node.name), like))
            && (service.is_active || !state.axl.omits_inactive_services)
    };
    let rows = query.page(rows.filter(is_listed).collect(), state.axl.max_rows)?;
    let row = |(node, service): (&Node, &Service)| {
        let value = |tag: &&str| match *tag {
            "processNodeName" => {
                let uuid = uuid_of(&node.name);
                let name = leaf("processNodeName", &node.name);
                name.replacen('>', &format!(" uuid=\"{{{uuid}}}\">"), 1)
            }
            "service" => leaf("service", &service.name),
            "enable" => leaf("enable", "true"),
            _ => leaf("isActive", if service.is_active { "true" } else { "false" }),
        };
        let content: String = query.tags.iter().map(value).collect();
        let uuid = uuid_of(&format!("{} {}", node.name, service.name));
        format!("<processNodeService uuid=\"{{{uuid}}}\">{content}</processNodeService>")
    };
    let rows: String = rows.into_iter().map(row).collect();
    Ok(wrap_or_empty("return", &rows))
}
