//! `bucket-of-another-program`: the bucket holds something that adrc did not write.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::{FailureKind, Observations};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "bucket-of-another-program",
        "the bucket holds something that adrc did not write",
        include_str!("../../pages/bucket-of-another-program.md"),
    ),
    step: Step::Buckets,
    sources: &[Source::Public("documentation of NATS")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(reason) = seen.failed(FailureKind::Foreign) else { return Vec::new() };
    let found = CAUSE
        .found(format!("`{}` holds something that adrc did not write", seen.cluster))
        .because(reason.clone())
        .fix(
            Place::Adrc,
            "use another bucket, or update adrc",
            ["adrc cluster init --cluster URL --cluster-bucket NAME"],
        );
    vec![found]
}
