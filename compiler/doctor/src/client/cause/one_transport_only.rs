//! `one-transport-only`: a TFTP server answers by one transport and not by the other.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::client::observation::Observations;
use crate::client::server::{ServerSeen, servers};
use crate::found::{Found, Place};
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "one-transport-only",
        "a TFTP server answers by one transport and not by the other",
        include_str!("../../pages/one-transport-only.md"),
    ),
    step: Step::Server,
    sources: &[Source::Guide("Cisco guides to CSF clients")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let partly = servers(seen).into_iter().filter(ServerSeen::is_partly_silent);
    let found = partly.map(|server| {
        let name = server.name;
        let mut found = CAUSE.found(format!("`{name}` does not answer by every transport"));
        for fact in server.failures() {
            found = found.because(fact);
        }
        found.fix(
            Place::Network,
            "let clients reach both ports: clients differ in which one they use first",
            [format!("{name}: {}", seen.ports.words())],
        )
    });
    found.collect()
}
