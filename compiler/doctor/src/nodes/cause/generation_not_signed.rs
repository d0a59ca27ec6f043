//! `generation-not-signed`: the current generation is not signed as this key asks.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::Observations;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "generation-not-signed",
        "the current generation is not signed as this key asks",
        include_str!("../../pages/generation-not-signed.md"),
    ),
    step: Step::Generation,
    sources: &[Source::Public("documentation of adrc, two-nodes")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let wrong = seen.current.as_ref().and_then(|it| Some((it.generation, it.signature.as_ref()?)));
    let Some((generation, reason)) = wrong else { return Vec::new() };
    let found = CAUSE
        .found(format!("generation {generation} does not verify with this key"))
        .because(reason.clone())
        .fix(
            Place::Adrc,
            "publish with the secret key",
            ["adrc compile PLAN --cluster URL --sign KEY"],
        );
    vec![found]
}
