//! `node-down`: a node does not report any more.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::Observations;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "node-down",
        "a node does not report any more",
        include_str!("../../pages/node-down.md"),
    ),
    step: Step::Nodes,
    sources: &[Source::Public("documentation of adrc, two-nodes")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let nodes = seen.nodes.iter().flatten().filter(|node| !node.has_ended && node.is_silent);
    let found = nodes.map(|node| {
        let name = &node.name;
        CAUSE
            .found(format!("the node `{name}` does not report"))
            .because(format!("its last report is {} s old", node.silent_seconds))
            .fix(
                Place::Node,
                "look at the log, and start it again",
                ["journalctl -u adrc -n 50", "systemctl restart adrc"],
            )
    });
    found.collect()
}
