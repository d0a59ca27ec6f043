//! `unused-network`: a network that decides nothing.

use adr_diagnostic::{Diagnostic, Finding};

use super::Facts;
use super::nested_networks::nested_networks;

pub(super) static FINDING: Finding = Finding::warning(
    "unused-network",
    "a network lies inside another one of the same site",
    "Its clients belong to the site already, so the line changes nobody's view.\n\n\
     ```adr\nsite \"Dallas\" { clients 10.20.0.0/16, 10.20.7.0/24 }\n```\n\nRemove it.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let nested = nested_networks(facts).into_iter();
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
