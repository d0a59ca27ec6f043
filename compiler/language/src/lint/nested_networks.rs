//! Networks that lie inside other networks, of the same site or of other sites.

use adr_diagnostic::Span;
use ipnet::IpNet;

use super::context::Context;

/// A network of a site, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SiteNetwork {
    pub(super) network: IpNet,
    /// The position of the site in the dial plan.
    pub(super) site: usize,
    pub(super) span: Span,
}

/// Each network that lies inside another one or is equal to it, with the smallest such network.
pub(super) fn nested_networks(context: &Context<'_>) -> Vec<(SiteNetwork, SiteNetwork)> {
    let sites = context.resolved.networks.iter().enumerate();
    let networks = sites.flat_map(|(site, networks)| {
        networks.iter().map(move |(network, span)| SiteNetwork {
            network: *network,
            site,
            span: *span,
        })
    });
    let mut networks: Vec<SiteNetwork> = networks.collect();
    networks.sort_unstable();
    let mut nested = Vec::new();
    // the networks that contain the current one, the smallest last
    let mut around: Vec<SiteNetwork> = Vec::new();
    for inner in networks {
        let is_outside = |outer: &mut SiteNetwork| !outer.network.contains(&inner.network);
        while around.pop_if(is_outside).is_some() {}
        nested.extend(around.last().map(|outer| (inner, *outer)));
        around.push(inner);
    }
    nested
}
