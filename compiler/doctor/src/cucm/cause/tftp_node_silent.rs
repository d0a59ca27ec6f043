//! `tftp-node-silent`: a TFTP node does not serve files by HTTP.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::{Found, Place};
use crate::step::Step;
use adr_diagnostic::visible;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "tftp-node-silent",
        "a TFTP node does not serve files by HTTP",
        include_str!("../../pages/tftp-node-silent.md"),
    ),
    step: Step::Nodes,
    sources: &[Source::Guide("Cisco Unified Communications Manager, TFTP and services")],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let nodes = case.seen.nodes.iter().flatten();
    let running = nodes.filter(|node| node.state.as_deref().is_none_or(|state| state == "Started"));
    let silent = running.filter_map(|node| {
        let Some(Err(error)) = &node.files else { return None };
        let name = visible(&node.name);
        let found = CAUSE
            .found(format!("`{name}` does not serve files on port 6970"))
            .because(error.clone())
            .fix(
                Place::Network,
                "allow HTTP from clients and from this machine to the node",
                [format!("{name} TCP 6970")],
            )
            .fix(
                Place::CucmCommandLine,
                format!("look at the service on `{name}`"),
                ["utils service list", "utils service restart Cisco Tftp"],
            );
        Some(found)
    });
    silent.collect()
}
