//! `tftp-service-stopped`: the service Cisco Tftp does not run on a node.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::{Found, Place};
use crate::step::Step;
use adr_diagnostic::visible;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "tftp-service-stopped",
        "the service Cisco Tftp does not run on a node",
        include_str!("../../pages/tftp-service-stopped.md"),
    ),
    step: Step::Nodes,
    sources: &[Source::Guide("Cisco Unified Communications Manager, TFTP and services")],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let nodes = case.seen.nodes.iter().flatten();
    let stopped = nodes.filter_map(|node| {
        let state = node.state.as_deref().filter(|state| *state == "Stopped")?;
        let reason = match node.reason.trim() {
            "" => String::new(),
            reason => format!(": {}", visible(reason)),
        };
        let name = visible(&node.name);
        let found = CAUSE
            .found(format!("the service Cisco Tftp does not run on `{name}`"))
            .because(format!("ControlCenterServices of `{name}` says `{}`{reason}", visible(state)))
            .fix(
                Place::CucmCommandLine,
                format!("start the service on `{name}`"),
                ["utils service start Cisco Tftp", "utils service list"],
            );
        Some(found)
    });
    stopped.collect()
}
