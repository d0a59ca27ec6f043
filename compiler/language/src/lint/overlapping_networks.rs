//! `overlapping-networks`: a network inside that of another site.

use adr_diagnostic::{Diagnostic, Finding};

use super::Facts;

pub(super) static FINDING: Finding = Finding::warning(
    "overlapping-networks",
    "a site's network lies inside that of another site",
    "The longest network wins, so its clients belong to the inner site. That may be meant, and it may be a slip of\n\
     the pen in the length.\n\n\
     ```adr\nsite \"Texas\"  { clients 10.20.0.0/15 }\nsite \"Dallas\" { clients 10.20.0.0/16 }\n```\n\n\
     Allow it where it is meant.\n",
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
        if let Some((other, _, place)) = outer
            .last()
            .filter(|(other, owner, _)| *owner != site && *other != network)
        {
            let message =
                format!("`{network}` lies inside `{other}` of another site, and wins over it");
            found.push(
                FINDING
                    .found(message)
                    .at(span)
                    .at(*place)
                    .with_label("the outer network"),
            );
        }
        outer.push((network, site, span));
    }
}
