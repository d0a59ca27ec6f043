//! `nats-server-missing`: a server that keeps a copy is down or behind.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::Observations;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "nats-server-missing",
        "a server that keeps a copy is down or behind",
        include_str!("../../pages/nats-server-missing.md"),
    ),
    step: Step::Quorum,
    sources: &[Source::Public("documentation of NATS")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let mut servers: Vec<&str> = Vec::new();
    let mut facts = Vec::new();
    for bucket in &seen.buckets {
        for copy in bucket.copies.iter().filter(|copy| !copy.is_online || !copy.is_current) {
            let what = if copy.is_online { "is behind" } else { "is down" };
            facts.push(format!("bucket `{}`: `{}` {what}", bucket.name, copy.server));
            servers.push(&copy.server);
        }
    }
    servers.sort_unstable();
    servers.dedup();
    if servers.is_empty() {
        return Vec::new();
    }
    let names = servers.join("`, `");
    let found = CAUSE.found(format!("copies at `{names}` are missing"));
    let found = facts.into_iter().fold(found, Found::because);
    vec![found.fix(
        Place::NatsServer,
        "start the server, and wait until it has caught up",
        ["systemctl start nats-server", "nats server report jetstream"],
    )]
}
