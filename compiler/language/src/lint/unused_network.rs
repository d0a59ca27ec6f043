//! `unused-network`: a network that decides nothing.

use adr_diagnostic::{Diagnostic, Finding};

use super::Facts;

pub(super) static FINDING: Finding = Finding::warning(
    "unused-network",
    "a network lies inside another one of the same site",
    "Its clients belong to the site already, so the line changes nobody's view.\n\n\
     ```adr\nsite \"Dallas\" { clients 10.20.0.0/16, 10.20.7.0/24 }\n```\n\nRemove it.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let mut networks: Vec<_> = facts
        .book
        .networks
        .iter()
        .enumerate()
        .flat_map(|(site, networks)| {
            networks
                .iter()
                .map(move |(network, span)| (*network, site, *span))
        })
        .collect();
    networks.sort_unstable();
    let mut outer: Vec<(ipnet::IpNet, usize, _)> = Vec::new();
    for (network, site, span) in networks {
        while outer
            .last()
            .is_some_and(|(outer, _, _)| !outer.contains(&network))
        {
            outer.pop();
        }
        if let Some((other, _, place)) = outer.last().filter(|(_, owner, _)| *owner == site) {
            let message =
                format!("`{network}` lies inside `{other}` of the same site and changes nothing");
            let diagnostic = FINDING
                .found(message)
                .at(span)
                .at(*place)
                .with_label("the outer network");
            found.push(diagnostic.with_help("remove it"));
        }
        outer.push((network, site, span));
    }
}
