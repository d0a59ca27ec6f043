//! `overlapping-networks`: a network inside that of another site.

use adr_diagnostic::{Diagnostic, Finding};

use super::Facts;
use super::nested_networks::nested_networks;

pub(super) static FINDING: Finding = Finding::warning(
    "overlapping-networks",
    "a site's network lies inside that of another site",
    "The longest network wins, so its clients belong to the inner site. That may be meant, and it may be a slip of\n\
     the pen in the length.\n\n\
     ```adr\nsite \"Texas\"  { clients 10.20.0.0/15 }\nsite \"Dallas\" { clients 10.20.0.0/16 }\n```\n\n\
     Allow it where it is meant.\n",
);

pub(super) fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let nested = nested_networks(facts).into_iter();
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
