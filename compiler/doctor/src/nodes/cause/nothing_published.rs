//! `nothing-published`: no generation is published in the cluster.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::Observations;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "nothing-published",
        "no generation is published in the cluster",
        include_str!("../../pages/nothing-published.md"),
    ),
    step: Step::Generation,
    sources: &[Source::Public("documentation of adrc, two-nodes")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    if seen.current.is_some() || !seen.is_readable() {
        return Vec::new();
    }
    let found = CAUSE
        .found(format!("`{}` has no generation", seen.cluster))
        .because("the cluster answers, and nothing is current in it");
    if let Some(node) = seen.latest_ahead() {
        let (name, generation) = (&node.name, node.generation);
        let found = found.because(format!("the node `{name}` serves generation {generation}")).fix(
            Place::Node,
            format!("copy the folder of `{name}`, so that numbers go on from {generation}"),
            ["adrc cluster import DIR --cluster URL"],
        );
        return vec![found];
    }
    let found =
        found.fix(Place::Adrc, "publish a dial plan", ["adrc compile PLAN --cluster URL"]).fix(
            Place::Adrc,
            "or copy the generations of a folder",
            ["adrc cluster import DIR --cluster URL"],
        );
    vec![found]
}
