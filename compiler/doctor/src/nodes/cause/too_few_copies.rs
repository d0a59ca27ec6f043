//! `too-few-copies`: the buckets have fewer copies than there are servers for.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::Observations;
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
    let is_short = |number: usize| servers >= 3 && number < 3 || number.is_multiple_of(2);
    // nobody can change a bucket whose number is not known
    let known = seen.buckets.iter().filter_map(|bucket| Some((&bucket.name, bucket.replicas?)));
    let short: Vec<(&String, usize)> = known.filter(|(_, number)| is_short(*number)).collect();
    let Some((first, number)) = short.first() else { return Vec::new() };
    let found = CAUSE.found(match number {
        0..3 => format!("the bucket `{first}` has {number} of 3 copies"),
        _ => format!("the bucket `{first}` has an even number of copies, {number}"),
    });
    let found = short.iter().fold(found, |found, (name, number)| {
        found.because(format!("bucket `{name}`: {number} at {servers} servers"))
    });
    vec![found.fix(
        Place::Adrc,
        "keep three copies",
        ["adrc cluster init --cluster URL --replicas 3"],
    )]
}
