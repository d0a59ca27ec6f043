//! `cluster-not-prepared`: the buckets of the cluster do not exist.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::{FailureKind, Observations};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "cluster-not-prepared",
        "the buckets of the cluster do not exist",
        include_str!("../../pages/cluster-not-prepared.md"),
    ),
    step: Step::Buckets,
    sources: &[Source::Public("documentation of NATS")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let found = |reason: &String| {
        CAUSE.found(format!("`{}` has no cluster of adrc", seen.cluster)).because(reason.clone())
    };
    let init = ["adrc cluster init --cluster URL"];
    if let Some(reason) = seen.failed(FailureKind::NoJetStream) {
        let enabled = found(reason).fix(
            Place::NatsServer,
            "write `jetstream {}` into the configuration, and restart the server; a leaf node has \
             to reach its main site",
            ["nats-server --config FILE -t", "systemctl restart nats-server"],
        );
        return vec![enabled.fix(Place::Adrc, "create the buckets", init)];
    }
    let Some(reason) = seen.failed(FailureKind::NotPrepared) else { return Vec::new() };
    vec![found(reason).fix(Place::Adrc, "create the buckets", init).fix(
        Place::Adrc,
        "after a loss, copy the newest folder of a node",
        ["adrc cluster import DIR --cluster URL"],
    )]
}
