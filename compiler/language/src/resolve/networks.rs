//! The client networks of sites.

use std::net::IpAddr;

use adr_diagnostic::{Applicability, Edit, Finding, Fix, Span};
use hashbrown::HashMap;
use ipnet::IpNet;

use super::context::Context;
use crate::tree::{Site, SiteItem};

pub(super) static FINDINGS: &[&Finding] =
    &[&BAD_NETWORK, &SITE_MATCHES_ALL_CLIENTS, &NETWORK_IN_TWO_SITES, &SITE_WITHOUT_CLIENTS];

static BAD_NETWORK: Finding = Finding::error(
    "bad-network",
    "a client network is not written as an address and a length",
    include_str!("../pages/bad-network.md"),
);

static SITE_MATCHES_ALL_CLIENTS: Finding = Finding::error(
    "site-matches-all-clients",
    "a network of a site contains every client",
    include_str!("../pages/site-matches-all-clients.md"),
);

static NETWORK_IN_TWO_SITES: Finding = Finding::error(
    "network-in-two-sites",
    "two sites have the same client network",
    include_str!("../pages/network-in-two-sites.md"),
);

static SITE_WITHOUT_CLIENTS: Finding = Finding::error(
    "site-without-clients",
    "a site has no client networks",
    include_str!("../pages/site-without-clients.md"),
);

/// The networks of one site, with their places.
pub(super) fn of_site(site: &Site, context: &mut Context<'_>) -> Vec<(IpNet, Span)> {
    let lines = site.items.iter().filter_map(|item| match item {
        SiteItem::Clients(clients) => Some(&clients.networks),
        _ => None,
    });
    let written: Vec<Span> = lines.flatten().copied().collect();
    if written.is_empty() {
        let found = SITE_WITHOUT_CLIENTS.found("this site has no client networks").at(site.name);
        context.push(found.with_help("write `clients` and its networks"));
    }
    written.into_iter().filter_map(|span| Some((network(span, context)?, span))).collect()
}

fn network(span: Span, context: &mut Context<'_>) -> Option<IpNet> {
    let text = context.slice(span);
    let host = || text.parse::<IpAddr>().map(IpNet::from);
    let Ok(network) = text.parse::<IpNet>().or_else(|_| host()) else {
        let found =
            BAD_NETWORK.found(format!("`{}` is not a network", text.escape_debug())).at(span);
        context.push(found.with_help(
            "write an address and its length, such as `10.20.0.0/16` or `2001:db8:20::/48`",
        ));
        return None;
    };
    if network.prefix_len() == 0 {
        let found = SITE_MATCHES_ALL_CLIENTS
            .found("this network contains every client, and leaves none for the default view")
            .at(span);
        context.push(found.with_help("write the rules at the top level instead"));
        return None;
    }
    let truncated = network.trunc();
    if truncated != network {
        let replacement = truncated.to_string();
        let message = format!("`{network}` is a host inside the network `{replacement}`");
        let edits = vec![Edit { span, replacement }];
        let fix = Fix {
            message: "write the network".into(),
            edits,
            applicability: Applicability::Unsafe,
        };
        context.push(BAD_NETWORK.found(message).at(span).with_fix(fix));
    }
    Some(truncated)
}

/// Reports networks that two sites have.
pub(super) fn shared(sites: &[Vec<(IpNet, Span)>], context: &mut Context<'_>) {
    let mut claimed: HashMap<IpNet, (usize, Span)> = HashMap::new();
    for (site, networks) in sites.iter().enumerate() {
        for (network, span) in networks {
            let (first, place) = *claimed.entry(*network).or_insert((site, *span));
            if first != site {
                let found = NETWORK_IN_TWO_SITES
                    .found(format!("`{network}` belongs to another site already"))
                    .at(*span);
                context.push(found.at(place).with_label("first here"));
            }
        }
    }
}
