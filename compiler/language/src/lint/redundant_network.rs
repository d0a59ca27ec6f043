//! `redundant-network`: a network inside another network of the same site.

use adr_diagnostic::{Diagnostic, Finding};

use super::context::Context;
use super::declaration::{Cost, Lint};
use super::nested_networks::nested_networks;

pub(super) static LINT: Lint = Lint { findings: &[&FINDING], cost: Cost::Low, check };

static FINDING: Finding = Finding::warning(
    "redundant-network",
    "a network lies inside another one of the same site",
    include_str!("../pages/redundant-network.md"),
);

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let nested = nested_networks(context).into_iter();
    let nested = nested.filter(|(inner, outer)| inner.site == outer.site);
    found.extend(nested.map(|(inner, outer)| {
        let (network, other) = (inner.network, outer.network);
        let message =
            format!("`{network}` lies inside `{other}` of the same site and changes nothing");
        let found = FINDING.found(message).at(inner.span);
        let found = found.at(outer.span).with_label("the outer network");
        found.with_help("remove it")
    }));
}
