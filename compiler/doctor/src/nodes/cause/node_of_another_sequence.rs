//! `node-of-another-sequence`: a node serves a generation that the cluster does not have.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::{Observations, short};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "node-of-another-sequence",
        "a node serves a generation that the cluster does not have",
        include_str!("../../pages/node-of-another-sequence.md"),
    ),
    step: Step::Nodes,
    sources: &[Source::Public("documentation of adrc, two-nodes")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let nodes = seen.nodes.iter().flatten().filter(|node| seen.is_foreign(node));
    let found = nodes.map(|node| {
        let name = &node.name;
        let found = CAUSE
            .found(format!(
                "the node `{name}` serves generation {} of another sequence",
                node.generation
            ))
            .because(format!(
                "it serves {} with SHA-256 {}, and the cluster has {}",
                node.generation,
                short(&node.sha256),
                seen.current_words()
            ));
        if let Some(latest) = seen.latest_ahead() {
            let (latest, generation) = (&latest.name, latest.generation);
            return found.fix(
                Place::Node,
                format!("copy the folder of `{latest}`, which has generation {generation}"),
                ["adrc cluster import DIR --cluster URL"],
            );
        }
        found.fix(
            Place::Node,
            "let it begin again with an empty folder",
            ["systemctl stop adrc", "mv DIR DIR.old", "systemctl start adrc"],
        )
    });
    found.collect()
}
