//! `generation-damaged`: the current generation of the cluster is damaged.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::Observations;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "generation-damaged",
        "the current generation of the cluster is damaged",
        include_str!("../../pages/generation-damaged.md"),
    ),
    step: Step::Generation,
    sources: &[Source::Public("documentation of adrc, two-nodes")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let damaged = seen.current.as_ref().and_then(|it| Some((it.generation, it.damage.as_ref()?)));
    let Some((generation, damage)) = damaged else { return Vec::new() };
    let found = CAUSE
        .found(format!("generation {generation} is damaged in `{}`", seen.cluster))
        .because(damage.clone())
        .fix(
            Place::Adrc,
            "publish again from the rule sources",
            ["adrc compile PLAN --cluster URL"],
        );
    vec![found]
}
