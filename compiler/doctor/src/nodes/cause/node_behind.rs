//! `node-behind`: a node serves an older generation than the current one.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::Observations;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "node-behind",
        "a node serves an older generation than the current one",
        include_str!("../../pages/node-behind.md"),
    ),
    step: Step::Nodes,
    sources: &[Source::Public("documentation of adrc, two-nodes")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let nodes = seen.nodes.iter().flatten().filter(|node| seen.is_behind(node));
    let found = nodes.map(|node| {
        let name = &node.name;
        let (served, current) = (node.generation, seen.current_words());
        CAUSE
            .found(format!("the node `{name}` serves generation {served}"))
            .because(format!("the cluster has {current}"))
            .because(format!("it runs adrc {}", node.version))
            .fix(
                Place::Node,
                "see why it does not install the current generation",
                ["journalctl -u adrc -n 50", "df -h DIR"],
            )
    });
    found.collect()
}
