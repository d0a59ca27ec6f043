//! `nats-certificate-rejected`: the connection to NATS cannot be encrypted.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::{FailureKind, Observations};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "nats-certificate-rejected",
        "the connection to NATS cannot be encrypted",
        include_str!("../../pages/nats-certificate-rejected.md"),
    ),
    step: Step::Tls,
    sources: &[Source::Public("documentation of NATS")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let Some(reason) = seen.failed(FailureKind::Tls) else { return Vec::new() };
    let found = CAUSE
        .found(format!("the handshake of TLS with `{}` fails", seen.cluster))
        .because(reason.clone())
        .fix(
            Place::Adrc,
            "trust the authority of the servers",
            ["adrc cluster doctor --cluster URL --cluster-ca CA.pem"],
        )
        .fix(
            Place::NatsServer,
            "look at the names and the dates of the certificate",
            ["openssl x509 -in server.pem -noout -subject -ext subjectAltName -dates"],
        );
    vec![found]
}
