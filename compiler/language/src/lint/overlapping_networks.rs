//! `overlapping-networks`: a network inside that of another site.

use adr_diagnostic::{Diagnostic, Finding};

use super::context::Context;
use super::declaration::{Cost, Lint};
use super::nested_networks::nested_networks;

pub(super) static LINT: Lint = Lint { findings: &[&FINDING], cost: Cost::Low, check };

static FINDING: Finding = Finding::warning(
    "overlapping-networks",
    "a site's network lies inside that of another site",
    include_str!("../pages/overlapping-networks.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let nested = nested_networks(context).into_iter();
    let nested =
        nested.filter(|(inner, outer)| inner.site != outer.site && inner.network != outer.network);
    found.extend(nested.map(|(inner, outer)| {
        let (network, other) = (inner.network, outer.network);
        let message =
            format!("`{network}` lies inside `{other}` of another site, and wins over it");
        let found = FINDING.found(message).at(inner.span);
        found.at(outer.span).with_label("the outer network")
    }));
}
