//! `nats-login-rejected`: NATS rejects the login, or does not permit what adrc does.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::{FailureKind, Observations};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "nats-login-rejected",
        "NATS rejects the login, or does not permit what adrc does",
        include_str!("../../pages/nats-login-rejected.md"),
    ),
    step: Step::Login,
    sources: &[Source::Public("documentation of NATS")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(reason) = seen.failed(FailureKind::Denied) else { return Vec::new() };
    let found = CAUSE
        .found(format!("`{}` rejects the login", seen.cluster))
        .because(reason.clone())
        .fix(
            Place::Adrc,
            "name the file with the credentials of this node",
            ["adrc cluster doctor --cluster URL --cluster-creds NODE.creds"],
        )
        .fix(
            Place::NatsServer,
            "see which user was rejected",
            ["journalctl -u nats-server | grep -i authorization"],
        );
    vec![found]
}
