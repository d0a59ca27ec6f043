//! `too-few-copies`: the buckets have fewer copies than there are servers for.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::{Bucket, Observations};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "too-few-copies",
        "the buckets have fewer copies than there are servers for",
        include_str!("../../pages/too-few-copies.md"),
    ),
    step: Step::Quorum,
    sources: &[Source::Public("documentation of NATS")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let servers = seen.servers.unwrap_or_default();
    let is_short =
        |bucket: &&Bucket| servers >= 3 && bucket.replicas < 3 || bucket.replicas.is_multiple_of(2);
    let short: Vec<&Bucket> = seen.buckets.iter().filter(is_short).collect();
    let Some(first) = short.first() else { return Vec::new() };
    let number = first.replicas;
    let found = CAUSE.found(format!("the bucket `{}` has {number} of 3 copies", first.name));
    let found = short.iter().fold(found, |found, bucket| {
        let (name, number) = (&bucket.name, bucket.replicas);
        found.because(format!("bucket `{name}`: {number} at {servers} servers"))
    });
    vec![found.fix(
        Place::Adrc,
        "keep three copies",
        ["adrc cluster init --cluster URL --replicas 3"],
    )]
}
