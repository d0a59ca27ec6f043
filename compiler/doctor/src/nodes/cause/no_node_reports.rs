//! `no-node-reports`: no node has reported.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::Observations;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "no-node-reports",
        "no node has reported",
        include_str!("../../pages/no-node-reports.md"),
    ),
    step: Step::Nodes,
    sources: &[Source::Public("documentation of adrc, two-nodes")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let is_none = seen.nodes.as_ref().is_some_and(Vec::is_empty);
    if !is_none {
        return Vec::new();
    }
    let found = CAUSE
        .found(format!("no node of `{}` has reported", seen.cluster))
        .because("no report within 15 minutes")
        .fix(Place::Node, "start a node", ["adrc serve PLAN --publish DIR --cluster URL"]);
    vec![found]
}
