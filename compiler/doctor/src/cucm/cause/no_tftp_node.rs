//! `no-tftp-node`: no node has the service Cisco Tftp.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "no-tftp-node",
        "no node has the service Cisco Tftp",
        include_str!("../../pages/no-tftp-node.md"),
    ),
    step: Step::Nodes,
    sources: &[Source::Guide("Cisco Unified Communications Manager, TFTP and services")],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    if !case.seen.nodes.as_ref().is_some_and(Vec::is_empty) {
        return Vec::new();
    }
    let found = CAUSE
        .found("no node of the cluster has the service Cisco Tftp")
        .because("AXL lists no node on which Cisco Tftp is activated")
        .fix(
            Place::CucmPage,
            "activate the service on one node at least",
            ["Cisco Unified Serviceability > Tools > Service Activation: NODE, Cisco Tftp"],
        );
    vec![found]
}
