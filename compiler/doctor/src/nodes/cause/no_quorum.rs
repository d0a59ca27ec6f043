//! `no-quorum`: too few copies of a bucket are up to elect a leader.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::Observations;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "no-quorum",
        "too few copies of a bucket are up to elect a leader",
        include_str!("../../pages/no-quorum.md"),
    ),
    step: Step::Quorum,
    sources: &[Source::Public("documentation of NATS")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let without = seen.buckets.iter().filter(|bucket| bucket.leader.is_none());
    let names: Vec<&str> = without.map(|bucket| &*bucket.name).collect();
    let Some(first) = names.first() else { return Vec::new() };
    let mut found = CAUSE.found(format!("the bucket `{first}` has no leader"));
    for name in &names {
        found = found.because(format!("the bucket `{name}` has no leader"));
    }
    vec![found.fix(
        Place::NatsServer,
        "start the servers that are down",
        ["systemctl start nats-server", "nats server report jetstream"],
    )]
}
