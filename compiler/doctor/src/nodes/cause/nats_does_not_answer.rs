//! `nats-does-not-answer`: no server of NATS answers.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::{FailureKind, Observations};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "nats-does-not-answer",
        "no server of NATS answers",
        include_str!("../../pages/nats-does-not-answer.md"),
    ),
    step: Step::Tcp,
    sources: &[Source::Public("documentation of NATS")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(reason) = seen.failed(FailureKind::Unreachable) else { return Vec::new() };
    let found = CAUSE
        .found(format!("no server of `{}` answers", seen.cluster))
        .because(reason.clone())
        .fix(
            Place::NatsServer,
            "start the server, and look at its log",
            ["systemctl restart nats-server", "journalctl -u nats-server -n 50"],
        )
        .fix(Place::Network, "let the nodes reach the servers", ["TCP 4222"]);
    vec![found]
}
